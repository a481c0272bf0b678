"""Two-bone inverse kinematics for whole clips at once: the end goes where it should, the elbow or knee stays in its plane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import quaternion as quat

Array = NDArray[np.float64]
_SOFT = 0.97
"""Beyond this share of its length a limb stretches ever more slowly: a knee that snaps straight pops."""


def solve(root: Array, middle: Array, end: Array, goal: Array, bend: Array) -> tuple[Array, Array]:
    """Turn for the upper and the lower bone that bring the end to the goal, as near as the length allows.

    Args:
        root, middle, end: (F, 3) the limb as it is.
        goal: (F, 3) where the end shall be.
        bend: (F, 3) direction that the middle points to when the limb is straight; its plane counts otherwise.

    Returns:
        World rotations (F, 4) to put before the upper and the lower bone's own.
    """
    upper, lower = _length(middle - root), _length(end - middle)
    straight = upper + lower
    was = _length(end - root)
    to_goal = goal - root
    wanted = _length(to_goal)
    share = wanted / straight
    slow = straight * (_SOFT + (1 - _SOFT) * (1 - np.exp(-np.maximum(share - _SOFT, 0) / (1 - _SOFT))))
    # What is stretched already may stay so: only more of it is slowed down.
    distance = np.where(share > _SOFT, np.maximum(np.minimum(was, wanted), slow), wanted)
    distance = np.clip(distance, np.abs(upper - lower) * 1.001 + 1e-9, straight * (1 - 1e-6))
    ahead = to_goal / np.maximum(wanted, 1e-9)
    # The bend's side: where the middle is now, carried along with the turn of the whole limb; `bend` decides when straight.
    whole = quat.between(end - root, to_goal)
    side = quat.rotate(whole, middle - root)
    side = side - ahead * _dot(side, ahead)
    lean = bend - ahead * _dot(bend, ahead)
    lean = lean / np.maximum(_length(lean), 1e-9)
    along = upper * np.clip((upper**2 + distance**2 - lower**2) / (2 * upper * distance), -1, 1)
    side, out = _bend(side, lean, ahead, straight, np.sqrt(np.maximum(upper**2 - along**2, 0)))
    beyond = np.copysign(np.sqrt(np.maximum(lower**2 - out**2, 0)), distance - along)
    along = np.copysign(np.sqrt(np.maximum(upper**2 - out**2, 0)), along)
    knee = root + along * ahead + out * side
    reached = root + (along + beyond) * ahead
    first = quat.between(middle - root, knee - root)
    second = quat.between(end - middle, reached - knee)
    return first, second


def _bend(side: Array, lean: Array, ahead: Array, straight: Array, wanted: Array) -> tuple[Array, Array]:
    """(F, 3) unit, the side to which the middle stands out, and (F, 1) how far, less than nothing where it bends the other way.

    A straight or overstretched knee could bend anywhere when its leg is shortened. The farther it must stand out (`wanted`, (F, 1))
    beyond the length of `side`, the more `lean` counts: untouched limbs keep their pose, and a limb that passes through straight
    bends to one side throughout, at the cost of a millimetre at its end.
    """
    across = np.cross(ahead, lean)
    out = _length(side)
    over = _dot(side, lean) < 0
    side = np.where(over, -side, side)
    angle = np.where(out < 1e-4 * straight, 0.0, np.arctan2(_dot(side, across), _dot(side, lean)))
    near = np.clip(2 - out / (0.025 * straight), 0, 1) * np.clip((1 - out / np.maximum(wanted, 1e-9)) / 0.75, 0, 1)
    near = near * near * (3 - 2 * near)
    angle = angle * (1 - near)
    return np.cos(angle) * lean + np.sin(angle) * across, np.where(over, wanted * (2 * near - 1), wanted)


def drop(root: Array, middle: Array, end: Array, goal: Array, up: Array) -> Array:
    """(F,) how far a limb's root must come down for its end to reach the goal without stretching more than it does already."""
    straight = _length(middle - root) + _length(end - middle)
    most = np.maximum(_length(end - root), _SOFT * straight)[:, 0]
    to_goal = root - goal
    over = to_goal @ up
    level = _length(to_goal - np.outer(over, up))[:, 0]
    return np.maximum(over - np.sqrt(np.maximum(most**2 - level**2, 0)), 0)


def _length(v: Array) -> Array:
    return np.asarray(np.sqrt((v * v).sum(-1, keepdims=True)))


def _dot(a: Array, b: Array) -> Array:
    return np.asarray((a * b).sum(-1, keepdims=True))
