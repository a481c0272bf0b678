"""A jump cut: two takes of one place joined. The scene stays the same, the person is elsewhere from one frame to the next."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np

from kinetix_capture.arrays import Array
from kinetix_capture.tracking.scene_cuts import beside
from kinetix_capture.tracking.track import Track
from kinetix_capture.video import decode

# Left and right: their middles stay when the network takes one for the other.
_PAIRS = np.array([(0, 0), (11, 12), (13, 14), (15, 16), (23, 24), (25, 26), (27, 28)])
_PERSON_M = 1.7
# How much further than in any frame beside it the body goes at a cut: heights of the person, as a mean over the body; times as far.
# The fastest of real moves differ by 0.04 and by 1.5 times from one frame to the next, slow ones by twice.
_FURTHER, _TIMES_AS_FAR = 0.035, 2.3
_MAX_CHECKS, _LOOKS_IN_S = 3, 12.0
_ROUND_S = 0.2
_SMALL = 320
# What changes around the person: at a cut, times the most beside it and grey levels more (a key frame changes a little of everything);
# in a repeated picture, times what is usual there.
_NEW, _NEW_LEVELS, _REPEATED = 1.3, 3.0, 0.15


def cut_at(path: Path, crop: decode.Crop | None, seen: Track, stabilised: Track | None = None) -> float | None:
    """Return seconds at which a jump cut's second take begins. `stabilised` is the track without what a moving camera added.

    The landmarks say where one may be, the pictures there whether it is one: where only the network changes its mind, they do not
    change more than before, and where pictures were repeated until the next one came, the way is that of several frames.
    """
    stabilised = stabilised or seen
    each, _ = _steps(stabilised, 1)
    for over in (1, 2):  # the first frame after a cut may be a slip, as the body is sought where it was
        steps, ends = _steps(stabilised, over)
        others = np.array([beside(each, number, over) for number in range(len(steps))])
        may_be = np.flatnonzero((steps > _TIMES_AS_FAR * others) & (steps > others + _FURTHER))
        looks = _MAX_CHECKS * (1 + int(np.ptp(ends) / _LOOKS_IN_S)) if len(ends) else 0
        for number in may_be[np.argsort(-steps[may_be])][:looks]:
            time_s, frames = _change(path, crop, seen, float(ends[number]))
            step, other = steps[number] / max(frames, 1), others[number]
            if frames and step > _TIMES_AS_FAR * other and step > other + _FURTHER:
                return time_s
    return None


def _steps(seen: Track, over: int) -> tuple[Array, Array]:
    """Return the body's move from each found frame over so many, (N - over,) in heights of the person, and its times."""
    rows = np.flatnonzero(seen.found)
    points, metres = seen.points[rows], seen.world[rows, :, :2]
    spread = [np.sqrt(((values - values.mean(1, keepdims=True)) ** 2).sum((1, 2))) for values in (points, metres)]
    height = float(np.median(spread[0] / np.maximum(spread[1], 1e-6))) * _PERSON_M
    middles = points[:, _PAIRS].mean(2)
    visible = seen.visibility[rows][:, _PAIRS].min(2)
    weight = np.minimum(visible[over:], visible[:-over]) ** 2 + 1e-3
    away = np.linalg.norm(middles[over:] - middles[:-over], axis=2)
    times = seen.times[rows]
    frames = np.maximum((times[over:] - times[:-over]) * decode.FPS, over)
    return (away * weight).sum(1) / weight.sum(1) / height / frames, times[over:]


def _change(path: Path, crop: decode.Crop | None, seen: Track, near_s: float) -> tuple[float, int]:
    """When near a time the picture around the person changes as at a cut, and frames since the picture before; 0 where it does not."""
    pictures = list(decode.frames(path, max(near_s - _ROUND_S, 0.0), near_s + _ROUND_S, crop=crop, longest_side=_SMALL))
    rows = seen.found & (np.abs(seen.times - near_s) < _ROUND_S / 2)
    if len(pictures) < 3 or not rows.any():
        return near_s, 0
    corners = seen.points[rows].reshape(-1, 2) / pictures[0].scale
    left, top = np.maximum(corners.min(0), 0).astype(int)
    right, bottom = corners.max(0).astype(int) + 1
    parts = [picture.image[top:bottom, left:right].astype(np.float64) for picture in pictures]
    if not parts[0].size:
        return near_s, 0
    change = np.array([np.abs(after - before).mean() for before, after in itertools.pairwise(parts)])
    most = int(np.argmax(change))
    beside = float(np.delete(change, most).max())
    if change[most] < max(_NEW * beside, beside + _NEW_LEVELS):
        return near_s, 0
    usual = float(np.median(change))
    before = most
    while before > 0 and change[before - 1] < _REPEATED * usual:
        before -= 1
    return pictures[most + 1].time_s, most - before + 1
