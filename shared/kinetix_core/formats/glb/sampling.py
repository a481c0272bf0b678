"""Keyframe tracks at given seconds: every interpolation of glTF, for many tracks at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import quaternion as quat

Array = NDArray[np.float64]
MODES = ("LINEAR", "STEP", "CUBICSPLINE")
_TOGETHER = 100_000
"""Keys or frames of all tracks that are sampled at a time: interpolation needs several times their memory."""


@dataclass(frozen=True, eq=False)
class Track:
    """Keys of one channel: times (K,) seconds, values (K, C) or, for CUBICSPLINE, (3K, C) in-tangent, value, out-tangent."""

    node: int
    times: Array
    values: Array
    mode: str


def sample_all(tracks: list[Track], at: Array, *, turn: bool) -> list[tuple[Track, Array]]:
    """Every track at the seconds `at` (F,), many tracks of one mode at a time."""
    out: list[tuple[Track, Array]] = []
    waiting: dict[str, list[Track]] = {mode: [] for mode in MODES}
    found: dict[int, _Between] = {}  # tracks often share their times
    for track in tracks:
        if id(track.times) not in found:
            found[id(track.times)] = _between(track.times, at)
        if track.mode != "CUBICSPLINE" and found[id(track.times)].on_frames:
            out.append((track, track.values))
        else:
            waiting[track.mode].append(track)
    for mode, group in waiting.items():
        for part in _parts(group, len(at)):
            sampled = _sample(part, [found[id(track.times)] for track in part], mode, turn=turn)
            out += [(track, sampled[:, number]) for number, track in enumerate(part)]
    return out


def _parts(tracks: list[Track], frames: int) -> Iterator[list[Track]]:
    """The tracks in parts of at most `_TOGETHER` keys or frames each."""
    part: list[Track] = []
    size = 0
    for track in tracks:
        own = max(len(track.values), frames)
        if part and size + own > _TOGETHER:
            yield part
            part, size = [], 0
        part.append(track)
        size += own
    if part:
        yield part


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


def _sample(tracks: list[Track], between: list[_Between], mode: str, *, turn: bool) -> Array:
    """Return (F, C, 3 or 4) of C tracks."""
    values = np.concatenate([track.values for track in tracks])
    first = np.cumsum([0, *(len(track.times) for track in tracks[:-1])])
    left = np.stack([own.left for own in between], 1) + first
    right = np.stack([own.right for own in between], 1) + first
    share = np.stack([own.share for own in between], 1)
    out: Array
    if mode == "STEP":
        out = values[left]
        return out
    if mode == "LINEAR":
        if turn:
            unit = quat.normalize(values)
            return quat.slerp(unit[left], unit[right], share)
        out = values[left] * (1 - share[..., None]) + values[right] * share[..., None]
        return out
    gap, part = np.stack([own.gap for own in between], 1)[..., None], share[..., None]
    arriving, value, leaving = values[0::3], values[1::3], values[2::3]
    square, cube = part**2, part**3
    out = (
        (2 * cube - 3 * square + 1) * value[left]
        + (cube - 2 * square + part) * gap * leaving[left]
        + (3 * square - 2 * cube) * value[right]
        + (cube - square) * gap * arriving[right]
    )
    return quat.normalize(out) if turn else out
