"""The upper body over a pelvis that stands still and upright: of somebody at a desk, hips and legs are only guessed by the network.

The chest keeps its turn in the world, so that arms and head stay as they were seen; the spine takes what is between it and the pelvis.
"""

from __future__ import annotations

import numpy as np

from kinetix_capture.arrays import Array
from kinetix_capture.fitting import body_model
from kinetix_capture.fitting.body_model import SIDES
from kinetix_core.motion import quaternion as quat

_UP = np.array([0.0, 1.0, 0.0])
_SPINE = ("Spine", "Spine1", "Spine2")
_LEGS = ("UpLeg", "Leg", "Foot", "ToeBase")
# A spine and the hip joints below it let a chest turn about as far to each side while the feet stand; who turns further is held there.
_FARTHEST = np.radians(75.0)


def heading(rotations: Array) -> Array:
    """Return (F,) radians about y from +z to the chest's front, without jumps, of local rotations (F, B, 4) whose root is y up.

    It is told by the direction across the shoulders, which leaning does not change.
    """
    across = quat.rotate(_chest(rotations), np.broadcast_to([1.0, 0.0, 0.0], (len(rotations), 3)))
    return np.asarray(np.unwrap(np.arctan2(-across[:, 2], across[:, 0])))


def over_still_pelvis(rotations: Array) -> Array:
    """Local rotations (F, B, 4) with the pelvis upright and facing +z, the spine between it and the chest, and the legs at rest.

    The root is y up, and the chest usually faces +z.
    """
    body, turned = body_model.load(), heading(rotations)
    held = quat.from_axis_angle(_UP, np.clip(turned, -_FARTHEST, _FARTHEST) - turned)
    chest = quat.multiply(held, _chest(rotations))
    out = rotations.copy()
    out[:, body.index("Hips")] = quat.IDENTITY
    bend = quat.exp(quat.log(chest) / len(_SPINE))
    for name in _SPINE:
        out[:, body.index(name)] = bend
    for side in SIDES:
        for name in _LEGS:
            out[:, body.index(side + name)] = quat.IDENTITY
    return out


def _chest(rotations: Array) -> Array:
    """Return (F, 4) the turn of the uppermost spine bone in the world."""
    body = body_model.load()
    turn = rotations[:, body.index("Hips")]
    for name in _SPINE:
        turn = quat.multiply(turn, rotations[:, body.index(name)])
    return quat.normalize(turn)
