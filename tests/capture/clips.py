"""Small test clips made here: every frame says its number in its brightness, so a wrong frame is seen."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinetix_capture.video import decode
from tests.support import tools

Pictures = Sequence[NDArray[np.uint8]]


def numbered(count: int, size: tuple[int, int] = (64, 48)) -> list[NDArray[np.uint8]]:
    """Grey frames of rising brightness with a white mark in the upper left corner."""
    width, height = size
    frames = []
    for number in range(count):
        frame = np.full((height, width, 3), 20 + round(180 * number / max(count - 1, 1)), np.uint8)
        frame[: height // 4, : width // 4] = 255
        frames.append(frame)
    return frames


def write(
    path: Path,
    frames: Pictures,
    *,
    rate: float = 30,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    times: Sequence[float] | None = None,
    rotation: int = 0,
    mirrored: bool = False,
    transfer: int | None = None,
    pixel_aspect: Fraction | None = None,
    sound_s: float = 0.0,
    sound: NDArray[np.float32] | None = None,
    reordered: bool = False,
) -> Path:
    """A video of (H, W, 3) frames.

    `times` in seconds make the rate variable; `rotation` and `mirrored` (left and right, once turned) are the phone's display matrix;
    `transfer` the curve of the codes (H.273); `pixel_aspect` width of a pixel by its height; `sound_s` seconds of silence beside it;
    `sound` (N,) are samples of 48 kHz that are heard instead of silence, from its first picture on or, with `times`, from 0 on;
    `reordered` stores H.264 pictures in another order than they are shown in, as most encoders do.
    """
    options: dict[str, dict[str, str]] = {
        "libx264": {"preset": "ultrafast"},
        "libx265": {"preset": "ultrafast", "x265-params": "log-level=none"},
    }
    options |= {
        "libsvtav1": {"preset": "12", "svtav1-params": "lp=1"},
        "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    }
    if reordered:
        options["libx264"] = {"preset": "veryfast", "bf": "3", "b-pyramid": "normal", "g": "25"}
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(
            codec, rate=Fraction(rate).limit_denominator(1001), options=options.get(codec, {})
        )
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pixels
        if transfer is not None:
            stream.codec_context.color_trc = transfer
        if pixel_aspect is not None:
            stream.codec_context.sample_aspect_ratio = pixel_aspect
        if sound_s or sound is not None:
            _add_sound(container, np.zeros(round(sound_s * 48000), np.float32) if sound is None else sound)
        if times is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for number, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            if transfer is not None:
                frame.color_trc = transfer
            if times is not None:
                frame.time_base, frame.pts = Fraction(1, 1000), round(times[number] * 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    if rotation or mirrored:
        _turn(path, rotation, mirrored)
    return path


def _add_sound(container: Any, samples: NDArray[np.float32]) -> None:
    stream = container.add_stream("aac", rate=48000)
    for first in range(0, len(samples), 1024):
        part = np.zeros((1, 1024), np.float32)
        part[0, : len(samples) - first] = samples[first : first + 1024]
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48000, first, Fraction(1, 48000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode())


def _turn(path: Path, rotation: int, mirrored: bool) -> None:
    """Write the display matrix into the track header of an mp4, as phones do."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    one = 0x00010000
    matrix = {0: (one, 0, 0, one), 90: (0, one, -one, 0), 180: (-one, 0, 0, -one), 270: (0, -one, one, 0)}[rotation]
    if mirrored:
        matrix = (-matrix[0], matrix[1], -matrix[2], matrix[3])
    for place, value in zip((0, 4, 12, 16), matrix, strict=True):
        data[at + place : at + place + 4] = int(value & 0xFFFFFFFF).to_bytes(4, "big")
    path.write_bytes(data)


def sample(longest_side: int = 640) -> list[NDArray[np.uint8]]:
    """The real balance clip as pictures at 30 a second."""
    clip = tools.ROOT / "samples" / "balance.mp4"
    return [picture.image for picture in decode.frames(clip, longest_side=longest_side)]


def resized(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(picture).resize(size))
