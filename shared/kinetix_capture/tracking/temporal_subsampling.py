"""Which frames the pose network need not look at: where a body moves evenly, the frame between two looks is known from them.

A frame is held back when the ones before it moved evenly, and filled in when the next one is where an even motion brings it. When it
is not, the held frame is looked at after all, so a move that sets in is seen in every frame of it. Nothing depends on the clock.
"""

from __future__ import annotations

import itertools
from collections import deque
from dataclasses import replace
from typing import Any

import numpy as np

from kinetix_capture.arrays import Array
from kinetix_capture.networks.body_landmarks import Pose

# Joints of arms and legs, heels and toes, and what the middle of two looks may be off by at each one: metres across the view, where
# the network is sharp to a few of them, less for feet, which come to a stop on the floor; and in depth.
_JOINTS = [11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32]
_ACROSS_M = np.array([0.015] * 10 + [0.01] * 6)
_DEPTH_M = 0.03
# Frames further apart hide too much of a move: a clip of fewer than 20 pictures a second is looked at in each one.
_STEP_S = 0.05

Timed = tuple[float, Pose | None]


class MotionHistory:
    """The last frames of a body, and whether they moved evenly."""

    def __init__(self) -> None:
        self._last: deque[Timed] = deque(maxlen=5)

    def add(self, time_s: float, pose: Pose | None) -> None:
        self._last.append((time_s, pose))

    @property
    def last(self) -> Timed:
        return self._last[-1]

    def may_skip(self) -> bool:
        """The next frame can be held back: of five frames without a gap, the first, middle and last are on an even course."""
        if len(self._last) < 5 or any(pose is None for _, pose in self._last):
            return False
        steps = [later[0] - earlier[0] for earlier, later in itertools.pairwise(self._last)]
        return max(steps) < _STEP_S and _is_smooth(self._last[0], self._last[2], self._last[4])

    def continued_by(self, time_s: float, pose: Pose) -> bool:
        """The frame after the next is where the last ones lead: what is between needs no look."""
        return time_s - self._last[-1][0] < 2 * _STEP_S and _is_smooth(self._last[-3], self._last[-1], (time_s, pose))


def _is_smooth(first: Timed, second: Timed, third: Timed) -> bool:
    if first[1] is None or second[1] is None or third[1] is None:
        return False
    across, depth = deviation((first[0], second[0], third[0]), (first[1], second[1], third[1]))
    return bool((across < _ACROSS_M).all() and (depth < _DEPTH_M).all())


def deviation(times: tuple[float, float, float], poses: tuple[Pose, Pose, Pose]) -> tuple[Array, Array]:
    """Return each joint's distance from the straight line half way between the last two of three poses, in metres.

    Returns:
        (J,) across the view, by the network's own size of the person, and (J,) in depth.
    """
    first, second, third = poses
    # half a constant acceleration, of which a quarter of the squared time lies between a chord and its arc
    span = (times[2] - times[1]) ** 2 / 4 / (times[2] - times[0])
    before, after = span / (times[1] - times[0]), span / (times[2] - times[1])

    def off(a: Array, b: Array, c: Array) -> Array:
        return (c - b)[_JOINTS] * after - (b - a)[_JOINTS] * before

    seen, metres = (values - values.mean(axis=0) for values in (third.points, third.world[:, :2]))
    pixels_per_metre = float(np.sqrt((seen**2).sum() / max(float((metres**2).sum()), 1e-9)))
    moved = off(first.points, second.points, third.points) / pixels_per_metre
    deeper = off(first.world[:, 2], second.world[:, 2], third.world[:, 2])
    return np.asarray(np.linalg.norm(moved, axis=1)), np.abs(deeper)


def interpolate(first: Timed, second: Timed, time_s: float) -> Pose:
    """The pose on the straight line from one frame to a later one. Both must have a pose."""
    a, b = first[1], second[1]
    assert a is not None and b is not None
    share = (time_s - first[0]) / (second[0] - first[0])

    ends = [(name, getattr(a, name), getattr(b, name)) for name in ("points", "visibility", "world", "peaks")]
    mixed: dict[str, Any] = {name: before + (after - before) * share for name, before, after in ends}
    return replace(a if share < 0.5 else b, presence=min(a.presence, b.presence), **mixed)
