"""docs/good-clips.md: twelve sample clips beside what became of them, good and bad, with what made the difference."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from kinetix_bench.capture import further
from kinetix_bench.capture.clips import dark_clips, moving, scenes
from kinetix_bench.capture.gallery import example_captures, example_sheets
from kinetix_bench.capture.gallery.example_captures import Outcome, Shot
from kinetix_capture.interface import CaptureRejected
from kinetix_capture.video import decode
from kinetix_core.io import files
from kinetix_core.protocol.corrections import LimbDepth, LimbPart
from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.people import People

__all__ = ["EXAMPLES", "Example", "Verdict", "section", "write"]


class Verdict(StrEnum):
    """How much of an example is right. The value is the heading on the page, in this order."""

    GOOD = "Good"
    PARTLY = "Partly wrong"
    REFUSED = "Refused"


@dataclass(frozen=True)
class Example:
    """What is captured, and what one learns from it.

    Attributes:
        name: of the picture.
        labels: of each emote, where there are several.
    """

    name: str
    verdict: Verdict
    title: str
    lesson: str
    shot: Shot
    labels: tuple[str, ...] = ()

    @property
    def picture(self) -> str:
        return f"pictures/example-{self.name}.webp"


def _shaken(source: Path, target: Path) -> None:
    """As `kinetix bench capture --moving` shakes it."""
    times = np.arange(sum(1 for _ in decode.frames(source))) / decode.FPS
    turns = moving.shake(times, further.SHAKE_DEG, further.SHAKE_SEED)
    moving.turned(source, target, turns, further.MOVED[source.stem][1])


def _too_far_away(source: Path, target: Path) -> None:
    """Draws the move of a rendered clip before a camera that stands too far away."""
    scene = scenes.Scene("far", (scenes.Actor(source.stem, (0.0, 0.0)),), away=16.0)
    scenes.render(scene, source.parents[1], target)


# Those that `kinetix bench capture --corrections` finds.
_THREE_SIDES = tuple(
    LimbDepth(id=part, frame=frame, part=part, towards=towards)
    for part, frame, towards in (
        (LimbPart.RIGHT_FOREARM, 35, False),
        (LimbPart.LEFT_UPPER_ARM, 0, True),
        (LimbPart.LEFT_FOREARM, 48, True),
    )
)
EXAMPLES = (
    Example(
        "balance",
        Verdict.GOOD,
        "Everything in the picture",
        "Good light, a camera that stands still, head and feet inside the picture from the first frame to the last.",
        Shot("real/cam02"),
    ),
    Example(
        "walk",
        Verdict.GOOD,
        "A walk, a little from the side",
        "Both arms and both feet are seen in nearly every frame, so steps are held and the way is right to some percent.",
        Shot("synthetic/walk_az20", close=True),
    ),
    Example(
        "spin",
        Verdict.GOOD,
        "A leap and a whole turn",
        "Front, sides and back are seen in turn. What is hidden for a moment is told by the frames before and after it.",
        Shot("synthetic/spin_az10", close=True),
    ),
    Example(
        "two-phones",
        Verdict.GOOD,
        "Two phones",
        "One take from two sides, 46° apart. What one camera guesses, the other one sees. Below both clips the emote of "
        "the first one alone, then that of both, looked at as the second camera did. "
        "[How to film with two phones](how-to/two-phones.md).",
        Shot("real/cam01", second="real/cam02", aside_degrees=46.0),
        ("The first alone", "Both"),
    ),
    Example(
        "hand",
        Verdict.GOOD,
        "A camera in a hand",
        "The first clip of this page, filmed again by a camera that shakes by 1°. The shake is taken out: the emote is as "
        "good as the first one, and its feet stand.",
        Shot("real/cam02", remade=_shaken),
    ),
    Example(
        "two-people",
        Verdict.GOOD,
        "Two people",
        "Where everybody is asked for, each one becomes an emote: below the clip that of the person on the left, whose "
        "truth is not known, then that of the other one, whose leg is hidden for half a second. "
        "[How to capture several people](how-to/several-people.md).",
        Shot("real/two_people_cam02", people=People.ALL, truths=(None, "real/cam02")),
        ("The left one", "The right one"),
    ),
    Example(
        "waist-up",
        Verdict.GOOD,
        "The upper body alone",
        "The first clip of this page cropped at the waist, as at a desk, and captured as *Upper Body*: legs at rest, and "
        "arms worse by half than with the whole body in the picture. [How to capture the upper body](how-to/upper-body.md).",
        Shot("real/cam02", crop=(0.0, 0.0, 1.0, 0.41), body=CapturedBody.UPPER),
    ),
    Example(
        "jump",
        Verdict.PARTLY,
        "Both feet off the floor",
        "Legs and trunk are good. How high and how far is told less well, as nothing is held while no foot stands, and arms "
        "that swing back are not seen from the front. The last two rows are the emote and the true move from the side.",
        Shot("synthetic/jump_az20", truth_beside=True, close=True),
    ),
    Example(
        "turned-away",
        Verdict.PARTLY,
        "Bent and turned away",
        "The worst of the samples: fast turns and bends in which the arms are behind the body or point at the camera. As "
        "the camera saw it the emote looks right. The last three rows are from the side: the emote, the emote after three clicks "
        "that say to which side an arm points ([how to correct a take](refine.md)), and the true move. "
        "Or film it from a side that shows the arms, or with two phones.",
        Shot("synthetic/dance_a_az15", truth_beside=True, said=_THREE_SIDES, close=True),
        ("As captured", "After three clicks"),
    ),
    Example(
        "dark",
        Verdict.PARTLY,
        "Too dark",
        "The first clip of this page with 1/64 of its light: outlines are lost in the noise, and limbs with them. The report "
        "says so. With less light nobody is found. Film by daylight or with lamps on.",
        Shot("real/cam02", remade=functools.partial(dark_clips.darkened, stops=6)),
    ),
    Example(
        "no-feet",
        Verdict.REFUSED,
        "Feet outside the picture",
        "The first clip of this page, cropped at the knees.",
        Shot("real/cam02", crop=(0.0, 0.0, 1.0, 0.5)),
    ),
    Example(
        "far-away",
        Verdict.REFUSED,
        "Too far away",
        "The dance of a sample, from 16 m away.",
        Shot("synthetic/dance_b_az15", remade=_too_far_away),
    ),
)
_HEAD = """# What good looks like

Twelve clips and what became of them: clips above, their emotes below as the camera saw them, six moments each. `make examples` makes
the page and its pictures from the sample clips of the source tree; where a figure is small in its clip, the part around it is shown.
*PA* is the mean distance of the joints after the best fit of each frame, *limb* how far arms and legs are turned from the truth, as in
[How good the capture is](capture-quality.md); of the upper body both are of the arms alone. How to film is in
[How to film](how-to/recording.md).
"""


def write(data: Path, docs: Path) -> None:
    """Captures every example and writes the page with its pictures below `docs`."""
    lines = [_HEAD]
    for verdict in Verdict:
        lines += [f"## {verdict.value}", ""]
        for example in EXAMPLES:
            if example.verdict is verdict:
                lines += section(example, data, docs)
    files.write(docs / "good-clips.md", "\n".join(lines).rstrip() + "\n", durable=False)


def section(example: Example, data: Path, docs: Path) -> Iterator[str]:
    """The lines of an example; its picture is written."""
    with tempfile.TemporaryDirectory(prefix="kinetix-examples-") as scratch:
        outcome = example_captures.captured(example.shot, data, Path(scratch))
    if (outcome.refusal is not None) != (example.verdict is Verdict.REFUSED):
        raise KinetixError(
            f"“{example.title}” is not “{example.verdict.value}” any more.",
            detail=str(outcome.refusal or "It became an emote."),
            next_step="Give it another verdict, or show another clip.",
        )
    picture = docs / example.picture
    picture.parent.mkdir(parents=True, exist_ok=True)
    example_sheets.write(outcome.films, outcome.emotes, outcome.times, picture)
    yield from (f"### {example.title}", "")
    yield from (" ".join((example.lesson, *_figures(example, outcome))), "")
    if outcome.refusal is not None:
        yield from (_told(outcome.refusal), "")
    below = "emote" if len(outcome.emotes) == 1 else "emotes"
    beside = "the clip" if outcome.refusal is not None else f"above what was filmed, below its {below}"
    yield from (f"![{example.title}: {beside}]({example.picture})", "")


def _figures(example: Example, outcome: Outcome) -> Iterator[str]:
    """A sentence for each emote whose truth is known."""
    for number, figures in enumerate(outcome.figures):
        if figures is not None:
            told = f"PA {figures['paMm']:.0f} mm, limb {figures['limbDirectionDeg']:.0f}°."
            yield f"{example.labels[number]}: {told}" if example.labels else told


def _told(refusal: CaptureRejected) -> str:
    """What a person gets to read instead of an emote."""
    return f"> **{refusal.title}** {refusal.detail} {refusal.next_step}"
