"""Clips of a camera that turns, made from clips of one that stands still: a turn is a homography, so they are exact.

What the still camera did not see lies beyond its picture's edge as its mirror image, which is a scene as good as any other.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinetix_bench.capture.clips import clip_writing
from kinetix_capture.video import decode
from kinetix_core.motion import quaternion as quat

Array = NDArray[np.float64]
# Of a hand: hertz, and each one's share of the whole.
_TREMOR = ((0.4, 1.0), (1.1, 0.6), (2.3, 0.35), (4.7, 0.15))


def shake(times: Array, degrees: float, seed: int) -> Array:
    """(N, 3, 3) turns of a camera that a hand holds, about which the three angles are off by `degrees` in the root mean square."""
    random = np.random.default_rng(seed)
    angles = np.zeros((len(times), 3))
    for hertz, share in _TREMOR:
        phase = random.uniform(0, 2 * np.pi, 3)
        angles += share * np.sin(2 * np.pi * hertz * times[:, None] * random.uniform(0.8, 1.2, 3) + phase)
    angles *= np.radians(degrees) / np.sqrt((angles**2).sum(1).mean())
    return quat.to_matrix(quat.exp(angles))


def pan(times: Array, degrees_a_second: float) -> Array:
    """Return (N, 3, 3) turns of a camera that swings evenly to the right and looks straight ahead in the middle of the clip."""
    angles = np.radians(degrees_a_second) * (times - (times[0] + times[-1]) / 2)
    return quat.to_matrix(quat.from_axis_angle([0.0, 1.0, 0.0], -angles))


def turned(source: Path, target: Path, turns: Array, focal: float) -> None:
    """Film `source` at 30 pictures a second with a camera of the same lens that is turned (N, 3, 3).

    Args:
        turns: take directions (x right, y down, z ahead) of the still camera to those of the turned one, frame by frame.
        focal: length in longer sides of the picture.
    """
    pictures = (_seen(picture.image, turn, focal) for picture, turn in zip(decode.frames(source), turns, strict=False))
    clip_writing.write(pictures, target)


def _seen(picture: NDArray[np.uint8], turn: Array, focal: float) -> NDArray[np.uint8]:
    high, wide = (length // 2 * 2 for length in picture.shape[:2])
    margin = min(high, wide) // 2
    padded = Image.fromarray(np.pad(picture, ((margin, margin), (margin, margin), (0, 0)), mode="reflect"))
    length = focal * max(picture.shape)
    lens = np.array([[length, 0, wide / 2], [0, length, high / 2], [0, 0, 1]])
    into = lens @ turn.T @ np.linalg.inv(lens)
    into = np.array([[1, 0, margin], [0, 1, margin], [0, 0, 1]]) @ into
    coefficients = (into / into[2, 2]).ravel()[:8].tolist()
    seen = padded.transform((wide, high), Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC)
    return np.asarray(seen)
