"""Keyframe tracks at given seconds: every interpolation of glTF."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import quaternion as quat

Array = NDArray[np.float64]
MODES = ("LINEAR", "STEP", "CUBICSPLINE")


@dataclass(frozen=True, eq=False)
class Track:
    """Keys of one channel: times (K,) seconds, values (K, C) or, for CUBICSPLINE, (3K, C) in-tangent, value, out-tangent."""

    node: int
    times: Array
    values: Array
    mode: str


class Sampler:
    """Samples tracks at the seconds `at` (F,); time lines that tracks share are compared with `at` once."""

    def __init__(self, at: Array) -> None:
        self._at = at
        self._between: dict[int, _Between] = {}

    def sample(self, track: Track, *, turn: bool) -> Array:
        """Return (F, C); `turn` interpolates unit quaternions."""
        if id(track.times) not in self._between:
            self._between[id(track.times)] = _between(track.times, self._at)
        between = self._between[id(track.times)]
        if track.mode == "CUBICSPLINE":
            return _cubic(track.values, between, turn=turn)
        if between.on_frames:
            return track.values
        if track.mode == "STEP":
            return np.asarray(track.values[between.left])
        if turn:
            unit = quat.normalize(track.values)
            return quat.slerp(unit[between.left], unit[between.right], between.share)
        share = between.share[:, None]
        return np.asarray(track.values[between.left] * (1 - share) + track.values[between.right] * share)


@dataclass(frozen=True, eq=False)
class _Between:
    """Keys before and after each frame (F,), the seconds between them, and the fraction."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    gap: Array
    share: Array
    on_frames: bool
    """Every key is at a frame, and every frame has one."""


def _between(times: Array, at: Array) -> _Between:
    on_frames = len(times) == len(at) and bool(np.abs(times - at).max() < 1e-4)
    # half a microsecond: a key at the very time of a frame counts as reached
    left = np.maximum(np.searchsorted(times, at + 5e-7, side="right") - 1, 0)
    right = np.minimum(left + 1, len(times) - 1)
    gap = times[right] - times[left]
    share = np.minimum(np.maximum(at - times[left], 0.0) / np.maximum(gap, 1e-9), 1.0) * (gap > 1e-9)
    return _Between(left, right, gap, share, on_frames)


def _cubic(values: Array, between: _Between, *, turn: bool) -> Array:
    left, right, gap, part = between.left, between.right, between.gap[:, None], between.share[:, None]
    arriving, value, leaving = values[0::3], values[1::3], values[2::3]
    square, cube = part**2, part**3
    out: Array = (
        (2 * cube - 3 * square + 1) * value[left]
        + (cube - 2 * square + part) * gap * leaving[left]
        + (3 * square - 2 * cube) * value[right]
        + (cube - square) * gap * arriving[right]
    )
    return quat.normalize(out) if turn else out
