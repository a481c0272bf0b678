"""A figure of the same proportions that rests in a T: upright, arms out, palms down, legs and toes straight, facing +z.

VRM's T-pose: humanoid bones only, identity rest rotations. Other rest poses are retargeted to it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import body_frames
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.skeleton import Skeleton

Array = NDArray[np.float64]
_LEFT_OUT = frozenset(("Root", "LeftEye", "RightEye"))
_THUMB = (0.7071, 0.0, 0.7071)
# Where a bone of the left side stands from the one above it, x to the figure's left; of the others the figure itself tells.
_DIRECTIONS: dict[str, tuple[float, float, float]] = {
    **dict.fromkeys(("UpperArm", "LowerArm", "Hand"), (1.0, 0.0, 0.0)),
    **dict.fromkeys(("LowerLeg", "Foot"), (0.0, -1.0, 0.0)),
    **{bone: (1.0, 0.0, 0.0) for bones in humanoid_profile.FINGERS.values() for bone in bones},
    **dict.fromkeys(humanoid_profile.FINGERS["Thumb"], _THUMB),
    "IndexProximal": (0.94, 0.0, 0.34),
    "MiddleProximal": (0.995, 0.0, 0.1),
    "RingProximal": (0.99, 0.0, -0.14),
    "LittleProximal": (0.93, 0.0, -0.37),
}


def t_posed(skeleton: Skeleton, bones: BoneMap) -> Skeleton:
    """Bones of the humanoid that the map has, under its names, the hips first.

    Raises:
        InputError: neither legs nor arms are mapped.
    """
    body = body_frames.measure(skeleton, bones)
    at = {bone: body.positions[one.index] @ body.axes for bone, one in bones.bones.items() if bone not in _LEFT_OUT}
    names = tuple(bone for bone in humanoid_profile.BONES if bone in at)
    above = [humanoid_profile.parent_in(bone, names) for bone in names]
    parents = [names.index(bone) if bone else -1 for bone in above]
    places = np.zeros((len(names), 3))
    for number, (bone, parent) in enumerate(zip(names, parents, strict=True)):
        if parent >= 0:
            places[number] = _place(bone, at[bone] - at[names[parent]])
    world = places.copy()
    for number, parent in enumerate(parents):
        if parent >= 0:
            world[number] += world[parent]
    feet = [world[number, 1] for number, bone in enumerate(names) if bone.endswith("Foot")]
    places[0, 1] = body.ankle - min(feet) if feet else at["Hips"][1] - body.floor
    rest = np.tile([0.0, 0.0, 0.0, 1.0], (len(names), 1))
    return Skeleton(names, np.array(parents, np.int64), rest, places)


def _place(bone: str, away: Array) -> Array:
    """Return a bone's position from its parent, at distance `away` (3,) at rest: left, up, front."""
    part = bone.removeprefix("Left").removeprefix("Right")
    if part == "Toes":
        return np.array([0.0, away[1], np.hypot(away[0], away[2])])
    if part not in _DIRECTIONS:
        return away
    direction = np.array(_DIRECTIONS[part]) * ((-1.0, 1.0, 1.0) if bone.startswith("Right") else (1.0, 1.0, 1.0))
    return np.asarray(np.linalg.norm(away) * direction / np.linalg.norm(direction))
