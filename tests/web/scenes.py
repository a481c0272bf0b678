"""What stands before the camera of the live mirror: scenes made from the real clips, as a film for Chromium's fake camera.

Each scene lasts longer than the mirror needs to say what is wrong with it. In the last one somebody stands, moves and rests.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import Image

from tests.support import tools

__all__ = ["RATE", "SCENES", "SIZE", "Scene", "film", "pictures"]

SIZE = (360, 640)
RATE = 15
_ONE = tools.ROOT / "samples" / "balance.mp4"
_frame_of: Any = av.VideoFrame.from_image
_ALONE = tools.ROOT / "tests" / "data" / "synthetic" / "dance_b_az15.mp4"
_TWO = tools.ROOT / "tests" / "data" / "real" / "two_people_cam02.mp4"


@dataclass(frozen=True)
class Scene:
    """A part `box` (left, top, right, bottom in pixels) of a clip from second `start` on, made darker by `light`. Its first picture
    stands for `before` seconds and its last one for `after`, with the clip between them."""

    clip: Path
    box: tuple[int, int, int, int]
    start: float = 0.0
    light: float = 1.0
    before: float = 0.0
    after: float = 0.0


GOOD = (190, 250, 890, 1494)
SCENES = {
    "near": Scene(_ONE, (340, 330, 740, 1041), before=4.0),
    "dark": Scene(_ONE, GOOD, light=0.12, before=4.0),
    "two": Scene(_TWO, (0, 250, 800, 1672), start=0.55, before=4.0),
    "far": Scene(_ALONE, (520, 0, 925, 720), before=4.0),
    "feet": Scene(_ONE, (190, 60, 740, 1038), before=4.0),
    "head": Scene(_ONE, (190, 485, 890, 1729), before=4.0),
    "hand": Scene(_ALONE, (500, 60, 815, 620), start=1.8, before=4.0),
    "good": Scene(_ONE, GOOD, before=7.0, after=3.0),
}


def pictures(scene: Scene) -> Iterator[Image.Image]:
    """The pictures of a scene, RATE a second."""
    with av.open(str(scene.clip)) as source:
        rate = source.streams.video[0].average_rate
        assert rate is not None
        step = int(rate) // RATE
        first = round(scene.start * RATE) * step
        last = None if scene.after else first + 1  # the others are not shown
        frames: Any = itertools.islice(source.decode(video=0), first, last, step)
        shown: list[Image.Image] = [frame.to_image() for frame in frames]
    cut = [picture.crop(scene.box).resize(SIZE).point(lambda value: value * scene.light) for picture in shown]
    yield from [cut[0]] * int(scene.before * RATE)
    if scene.after:
        yield from cut
    yield from [cut[-1]] * int(scene.after * RATE)


def film(path: Path, *names: str) -> Path:
    """An MJPEG of these scenes, one after the other; Chromium plays it in a loop."""
    with av.open(str(path), "w", format="mjpeg") as out:
        stream = out.add_stream("mjpeg", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuvj420p"
        stream.time_base = Fraction(1, RATE)
        index = 0
        for name in names:
            for picture in pictures(SCENES[name]):
                frame = _frame_of(picture).reformat(format="yuvj420p")
                frame.pts, frame.time_base = index, Fraction(1, RATE)
                out.mux(stream.encode(frame))
                index += 1
        out.mux(stream.encode(None))
    return path
