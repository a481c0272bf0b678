"""People walk the way that they face. Seen by one camera, the way and the body are each turned by some degrees against the truth, and
apart from each other: the feet of the emote would cross its way. The two share the difference."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import quaternion as quat
from kinetix_local.capture import body as figure

__all__ = ["facing", "squared", "turn"]

Array = NDArray[np.float64]
# metres of way ahead: below the first there is no walk, from the second on there is one
_WALK = (0.3, 0.6)
# degrees between the way and the front: up to the first it is an error of sight, from the second on a step aside
_ASIDE = (15.0, 30.0)
# Either one is as likely to be wrong.
_SHARE = 0.5


def facing(body: figure.Body, rotations: Array) -> Array:
    """(F, 2) unit x, z of the front, y up: square to the hips and to the shoulders, in equal shares."""
    _, position = figure.pose(body, rotations, np.zeros((len(rotations), 3)))
    front = np.zeros((len(rotations), 2))
    for bone in ("UpLeg", "Arm"):
        across = position[:, body.index("Left" + bone)] - position[:, body.index("Right" + bone)]
        front += _unit(np.stack((-across[:, 2], across[:, 0]), 1))
    return _unit(front)


def turn(front: Array, path: Array) -> float:
    """Radians about y by which a path (F, 2) of x, z should turn towards the fronts (F, 2): 0 where nobody walks ahead."""
    step = np.diff(path, axis=0)
    front = front[:-1]
    ahead = float((step * front).sum())
    # positive to the left of the front
    aside = float((step[:, 0] * front[:, 1] - step[:, 1] * front[:, 0]).sum())
    angle = np.arctan2(aside, ahead)
    walks = np.clip((np.hypot(ahead, aside) - _WALK[0]) / (_WALK[1] - _WALK[0]), 0, 1)
    errs = np.clip((_ASIDE[1] - abs(np.degrees(angle))) / (_ASIDE[1] - _ASIDE[0]), 0, 1)
    return float(-_SHARE * angle * walks * errs)


def squared(body: figure.Body, rotations: Array, path: Array) -> Array:
    """The path (F, 3), y up, turned about its start by half of what lies between it and the front of a body that walks."""
    about = quat.from_axis_angle([0.0, 1.0, 0.0], turn(facing(body, rotations), path[:, [0, 2]]))
    start = path[0] * np.array([1.0, 0.0, 1.0])
    return np.asarray(quat.rotate(about, path - start) + start)


def _unit(v: Array) -> Array:
    return np.asarray(v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9))
