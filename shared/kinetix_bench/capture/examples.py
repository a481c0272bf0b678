"""docs/good-clips.md: sample clips beside the emotes that came of them, good and bad, with what made the difference."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from kinetix_bench.capture import accuracy
from kinetix_bench.capture.sample_clips import truth_of
from kinetix_capture import pipeline
from kinetix_capture.interface import CaptureRequest
from kinetix_capture.video import decode
from kinetix_core import files
from kinetix_core.captured_body import CapturedBody
from kinetix_core.formats import glb
from kinetix_tools.preview import side_by_side

__all__ = ["EXAMPLES", "Example", "write"]


@dataclass(frozen=True)
class Example:
    """A clip of the sample data, what is captured of it, and what one learns from it."""

    name: str
    clip: str
    kind: str
    title: str
    lesson: str
    crop: decode.Crop | None = None
    body: CapturedBody = CapturedBody.WHOLE


EXAMPLES = (
    Example(
        "balance",
        "cam02",
        "real",
        "Everything in the picture",
        "Good light, a camera that stands still, head and feet inside the picture from the first frame to the last.",
    ),
    Example(
        "walk",
        "walk_az20",
        "synthetic",
        "A walk, a little from the side",
        "Both arms and both feet are seen in nearly every frame, so steps are held and the way is right to some percent.",
    ),
    Example(
        "kick",
        "kick_az30",
        "synthetic",
        "A fast move",
        "The leg is followed to its highest point, and the standing foot stays where it is.",
    ),
    Example(
        "jump",
        "jump_az20",
        "synthetic",
        "Both feet off the floor",
        "The pose is good. How high and how far is told less well, as nothing is held while no foot stands.",
    ),
    Example(
        "waist-up",
        "cam02",
        "real",
        "The upper body alone",
        "The same clip cropped at the waist, captured as *Upper Body*: legs at rest, arms a little worse than above.",
        (0.0, 0.0, 1.0, 0.41),
        CapturedBody.UPPER,
    ),
    Example(
        "from-the-side",
        "punch_az20",
        "synthetic",
        "A body seen from its side",
        "While it is turned aside, the far arm is hidden by the trunk and the near one covers it; both are guessed. "
        "Turn towards the camera.",
    ),
    Example(
        "turned-away",
        "dance_a_az15",
        "synthetic",
        "Bent and turned away",
        "The worst of the samples: fast turns and bends in which the arms are behind the body or point at the camera. "
        "Film it from a side that shows them.",
    ),
)
_HEAD = """# What good looks like

Clips above, their emotes below, as the camera saw them; six moments each. `make examples` makes the page and its pictures from the
sample clips of the source tree. *PA* is the mean distance of the joints after the best fit of each frame, *limb* how far arms and legs
are turned from the truth, as in [How good the capture is](capture-quality.md); of the upper body both are of the arms alone.
How to film is in [How to record a clip](how-to/recording.md).
"""


def write(data: Path, docs: Path) -> None:
    """Captures every example and writes the page with its pictures below `docs`."""
    lines = [_HEAD]
    for example in EXAMPLES:
        picture = docs / "pictures" / f"example-{example.name}.webp"
        figures = _captured(example, data, picture)
        lines += [
            f"## {example.title}",
            "",
            f"{example.lesson} PA {figures['paMm']:.0f} mm, limb {figures['limbDirectionDeg']:.0f}°.",
            "",
            f"![{example.title}: clip above, emote below](pictures/{picture.name})",
            "",
        ]
    files.write(docs / "good-clips.md", "\n".join(lines).rstrip() + "\n", durable=False)


def _captured(example: Example, data: Path, picture: Path) -> dict[str, float]:
    """Writes the picture and measures the emote."""
    clip = data / example.kind / f"{example.clip}.mp4"
    request = CaptureRequest(clip, Path(), example.name, crop=example.crop, body=example.body)
    probed, meter = pipeline.prepare(request, lambda progress: None)
    motion = pipeline.capture(request, probed, meter).motion
    filmed = np.stack([one.image for one in decode.frames(clip, fps=10, crop=example.crop, longest_side=480)])
    with tempfile.TemporaryDirectory(prefix="kinetix-examples-") as scratch:
        sheet = Path(scratch) / "sheet.png"
        side_by_side.write(filmed, motion, sheet, yaw_degrees=float(motion.extras.get("cameraYawDegrees", 0.0)))
        picture.parent.mkdir(parents=True, exist_ok=True)
        Image.open(sheet).save(picture, "WEBP", quality=70, method=6)
    compare = accuracy.compare_upper if example.body is CapturedBody.UPPER else accuracy.compare
    return compare(accuracy.delivered(glb.write_emote(motion)), truth_of(example.kind, example.clip, data))
