# SPDX-License-Identifier: GPL-3.0-or-later
"""Directions of a limb's current pose in the emote's axes, for corrections."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from bpy.types import Object, Scene
from numpy.typing import NDArray

from kinetix_core.motion import quaternion as quat
from kinetix_core.values.errors import InputError

from ..importing import mapping
from ..importing.rig import Rig, read_rig, unit_length

LIMBS: dict[str, tuple[str, ...]] = {
    "leftArm": ("LeftUpperArm", "LeftLowerArm", "LeftHand", "LeftMiddleProximal"),
    "rightArm": ("RightUpperArm", "RightLowerArm", "RightHand", "RightMiddleProximal"),
    "leftLeg": ("LeftUpperLeg", "LeftLowerLeg", "LeftFoot", "LeftToes"),
    "rightLeg": ("RightUpperLeg", "RightLowerLeg", "RightFoot", "RightToes"),
    "trunk": ("Hips", "Neck"),
}
"""Limb → the humanoid bones along it; each part goes from one to the next."""
_PART_OF = {"UpperArm": "UpperArm", "LowerArm": "Forearm", "UpperLeg": "Thigh", "LowerLeg": "Shin"}
"""Humanoid bone of a side → the part of a limb that it turns, as a correction names it."""
# Other bones that stand for a limb: posing one of them is how it is moved.
_ALSO = {"trunk": ("Hips", "Spine", "Chest", "UpperChest"), "head": ("Neck", "Head")}

_CROWN, _FACE = np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0])
"""Of a head at rest, in the emote's axes."""


def limb_of(rig: Object, bone: str) -> str | None:
    """Return the limb that a bone of the rig belongs to, or None."""
    human = _human(rig, bone)
    for limb, also in _ALSO.items():
        if human in also:
            return limb
    return next((limb for limb, bones in LIMBS.items() if human in bones[:3]), None)


def part_of(rig: Object, bone: str) -> str | None:
    """Return the upper arm, forearm, thigh or shin that a bone of the rig turns, or None."""
    parts = {side + human: side.lower() + part for side in ("Left", "Right") for human, part in _PART_OF.items()}
    return parts.get(_human(rig, bone))


def _human(rig: Object, bone: str) -> str:
    """Return the humanoid bone that a bone of the rig plays, "" for none."""
    known = mapping.mapping_of(rig) or mapping.automatic_map(rig)
    return next((human for human, found in known.bones.items() if found.name == bone), "")


def directions(rig: Object, limb: str, scene: Scene) -> list[list[float] | None]:
    """Unit directions of the limb's parts, None for those that the rig has no bones for.

    Raises:
        InputError: it has none for the first part.
    """
    read = read_rig(rig, unit_length(scene), mapping.mapping_of(rig))
    if limb == "head":
        found = [_pointing(rig, read, axis) for axis in (_CROWN, _FACE)]
    else:
        found = [_along(rig, read, here, there) for here, there in pairwise(LIMBS[limb])]
    if found[0] is None:
        raise InputError(
            "This rig has no bones for that limb.",
            code="noLimb",
            next_step="Open the bone mapping and choose its bones.",
        )
    return found


def _along(rig: Any, read: Rig, here: str, there: str) -> list[float] | None:
    """From one humanoid bone's joint to another's."""
    ends = [read.mapping.bones.get(human) for human in (here, there)]
    if ends[0] is None or ends[1] is None:
        return None
    pose = rig.pose.bones
    along = np.array(pose[ends[1].name].head) - np.array(pose[ends[0].name].head)
    length = float(np.linalg.norm(along))
    return quat.rotate(read.align, along / length).tolist() if length > 1e-9 else None


def _pointing(rig: Any, read: Rig, axis: NDArray[np.float64]) -> list[float] | None:
    """Return the direction of an axis (3,) that is fixed to the head, in the emote's axes."""
    head = read.mapping.bones.get("Head")
    if head is None:
        return None
    posed = quat.from_matrix(np.array(rig.pose.bones[head.name].matrix.to_3x3().normalized())[None])[0]
    turned = quat.multiply(posed, quat.conjugate(read.world[head.index]))
    at_rest = quat.rotate(quat.conjugate(read.align), axis)
    found: list[float] = quat.rotate(read.align, quat.rotate(turned, at_rest)).tolist()
    return found
