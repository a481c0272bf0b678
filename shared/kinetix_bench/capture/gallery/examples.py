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
    """Grade of an example. The value is the heading on the page, in this order."""

    GOOD = "Good"
    PARTLY = "Partly wrong"
    REFUSED = "Refused"


@dataclass(frozen=True)
class Example:
    """A captured clip, and the lesson from it.

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
    """Write the clip with the shake of `kinetix bench capture --moving`."""
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
        "Everything in frame",
        "Good light, a still camera, and head and feet in frame from first to last.",
        Shot("real/cam02"),
    ),
    Example(
        "walk",
        Verdict.GOOD,
        "A walk, slightly from the side",
        "Both arms and both feet are visible in nearly every frame.",
        Shot("synthetic/walk_az20", close=True),
    ),
    Example(
        "spin",
        Verdict.GOOD,
        "A leap and a full turn",
        "Front, sides and back are visible in turn. Neighbouring frames show what one hides.",
        Shot("synthetic/spin_az10", close=True),
    ),
    Example(
        "two-phones",
        Verdict.GOOD,
        "Two phones",
        "One take from two sides, 46° apart. Below both clips: the emote of the first alone, then of both. [Film "
        "with two phones](how-to/two-phones.md).",
        Shot("real/cam01", second="real/cam02", aside_degrees=46.0),
        ("The first alone", "Both"),
    ),
    Example(
        "hand",
        Verdict.GOOD,
        "A camera in a hand",
        "The first clip, shaken by 1°. The shake is removed, and the feet stand.",
        Shot("real/cam02", remade=_shaken),
    ),
    Example(
        "two-people",
        Verdict.GOOD,
        "Two people",
        "Each person becomes an emote: first the left one, then the right one, whose leg is hidden for half a "
        "second. [Capture several people](how-to/several-people.md).",
        Shot("real/two_people_cam02", people=People.ALL, truths=(None, "real/cam02")),
        ("The left one", "The right one"),
    ),
    Example(
        "waist-up",
        Verdict.GOOD,
        "The upper body alone",
        "The first clip, cropped at the waist and captured as *Upper Body*. Legs are at rest, and arms are less "
        "exact. [Capture the upper body](how-to/upper-body.md).",
        Shot("real/cam02", crop=(0.0, 0.0, 1.0, 0.41), body=CapturedBody.UPPER),
    ),
    Example(
        "jump",
        Verdict.PARTLY,
        "Both feet off the floor",
        "Legs and trunk are good. Height and distance are less exact, as no foot is in contact. The last two rows "
        "show emote and truth from the side.",
        Shot("synthetic/jump_az20", truth_beside=True, close=True),
    ),
    Example(
        "turned-away",
        Verdict.PARTLY,
        "Bent and turned away",
        "Fast turns with the arms behind the body or towards the camera. The last three rows, from the side: the "
        "emote, the emote after three clicks ([correct a take](refine.md)), and the truth.",
        Shot("synthetic/dance_a_az15", truth_beside=True, said=_THREE_SIDES, close=True),
        ("As captured", "After three clicks"),
    ),
    Example(
        "dark",
        Verdict.PARTLY,
        "Too dark",
        "The first clip with 1/64 of its light. Noise hides the outlines; the report says so. Use daylight or lamps.",
        Shot("real/cam02", remade=functools.partial(dark_clips.darkened, stops=6)),
    ),
    Example(
        "no-feet",
        Verdict.REFUSED,
        "Feet out of frame",
        "The first clip, cropped at the knees.",
        Shot("real/cam02", crop=(0.0, 0.0, 1.0, 0.5)),
    ),
    Example(
        "far-away",
        Verdict.REFUSED,
        "Too far away",
        "A dance, from 16 m away.",
        Shot("synthetic/dance_b_az15", remade=_too_far_away),
    ),
)
_HEAD = """# Good and bad clips

Twelve clips with their emotes: the clip above, the emote below as the camera saw it, six moments each. `make examples` makes it.
*PA* is the mean joint distance and *limb* the mean angle of arms and legs, as in [Capture quality](capture-quality.md); for the upper
body, of the arms alone. See also [how to film](how-to/recording.md).
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
    """Return the text that a person reads instead of an emote."""
    return f"> **{refusal.title}** {refusal.detail} {refusal.next_step}"
