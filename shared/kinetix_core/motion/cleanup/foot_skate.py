"""Sliding of planted feet after retargeting, which calls for the foot lock."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import body_frames, contacts, kinematics
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.motion import Motion

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
NOTICED = 0.06
"""Leg lengths a second that feet slide faster than in the source: from here on one sees it."""
_FEET = ("LeftFoot", "RightFoot")


def added(source: Motion, source_map: BoneMap, result: Motion, target_map: BoneMap) -> float:
    """Return the added sliding speed of planted feet, in leg lengths a second, mean over contact frames.

    Both motions have the same frames. 0 where no foot stands, or where one of the two figures has not both.
    """
    if len(source) < 2 or not all(foot in bones for foot in _FEET for bones in (source_map, target_map)):
        return 0.0
    at = kinematics.forward(source)[1]
    standing = contacts.given(source, source_map, world=at)[:, [contacts.CONTACT_BONES.index(foot) for foot in _FEET]]
    if not standing.any():
        return 0.0
    own = _speed(source, source_map, at, standing)
    return max(0.0, _speed(result, target_map, kinematics.forward(result)[1], standing) - own)


def _speed(motion: Motion, bones: BoneMap, at: Array, standing: Flags) -> float:
    body = body_frames.measure(motion.skeleton, bones)
    step = np.gradient(at[:, [bones.index(foot) for foot in _FEET]], 1 / motion.fps, axis=0)
    up = body.axes[:, 1]
    level = step - (step @ up)[..., None] * up
    return float(np.linalg.norm(level, axis=-1)[standing].mean()) / max(body.leg, 1e-9)
