# SPDX-License-Identifier: GPL-3.0-or-later
"""How a limb of a rig is directed now, as a correction says it: in the emote's axes, whatever way the rig itself is built."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from kinetix_core.errors import InputError
from kinetix_core.motion import quaternion as quat

from ..importing import mapping
from ..importing.rig import read_rig, unit_length

__all__ = ["LIMBS", "directions", "limb_of"]

LIMBS: dict[str, tuple[str, ...]] = {
    "leftArm": ("LeftUpperArm", "LeftLowerArm", "LeftHand", "LeftMiddleProximal"),
    "rightArm": ("RightUpperArm", "RightLowerArm", "RightHand", "RightMiddleProximal"),
    "leftLeg": ("LeftUpperLeg", "LeftLowerLeg", "LeftFoot", "LeftToes"),
    "rightLeg": ("RightUpperLeg", "RightLowerLeg", "RightFoot", "RightToes"),
    "trunk": ("Hips", "Neck"),
}
"""Limb → the humanoid bones along it; each part goes from one to the next. Others of the trunk stand for it too."""
_TRUNK = ("Hips", "Spine", "Chest", "UpperChest", "Neck")


def limb_of(rig: Any, bone: str) -> str | None:
    """The limb that a bone of the rig belongs to, or None."""
    known = mapping.mapping_of(rig) or mapping.automatic_map(rig)
    human = next((human for human, found in known.bones.items() if found.name == bone), "")
    if human in _TRUNK:
        return "trunk"
    return next((limb for limb, bones in LIMBS.items() if human in bones[:3]), None)


def directions(rig: Any, limb: str, scene: Any) -> list[list[float] | None]:
    """Unit directions of the limb's parts, None for those that the rig has no bones for.

    Raises:
        InputError: it has none for the first part.
    """
    read = read_rig(rig, unit_length(scene), mapping.mapping_of(rig))
    chain, pose = LIMBS[limb], rig.pose.bones
    found: list[list[float] | None] = []
    for here, there in pairwise(chain):
        ends = [read.mapping.bones.get(human) for human in (here, there)]
        if ends[0] is None or ends[1] is None:
            found.append(None)
            continue
        along = np.array(pose[ends[1].name].head) - np.array(pose[ends[0].name].head)
        length = float(np.linalg.norm(along))
        found.append(quat.rotate(read.align, along / length).tolist() if length > 1e-9 else None)
    if found[0] is None:
        raise InputError(
            "This rig has no bones for that limb.",
            code="noLimb",
            next_step="Open the bone mapping and choose its bones.",
        )
    return found
