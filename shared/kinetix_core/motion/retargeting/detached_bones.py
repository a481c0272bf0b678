"""Bones that the tree of a rig does not carry: limbs that hang from a root or from control bones instead of from the body.

Deform bones of a generated Rigify rig lack their constraints, and some figures have trunk and legs side by side. They get
translations: each follows the body part that it belongs to. So do IK targets at hands and feet.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import body_frames
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.mapping.bone_names import words
from kinetix_core.motion.skeleton import Skeleton

Array = NDArray[np.float64]
_SAME_PLACE = 0.003
"""Share of the leg length; bones that start this near to each other are two readings of one joint."""
_HEAD, _TRUNK = 0.16, 0.11
"""Shares of the leg length: how far the surface is from the middle of the head and of the trunk."""


def find_held(skeleton: Skeleton, bones: BoneMap, driven: Collection[int]) -> dict[int, int]:
    """Mapped bone → the mapped bone that must hold it, where the tree hangs it from no bone of the body above it."""
    human = {one.index: bone for bone, one in bones.bones.items()}
    out = {}
    for bone, one in bones.bones.items():
        if one.index not in driven or bone in ("Root", "Hips"):
            continue
        above = [up for up in humanoid_profile.ancestors(bone) if up != "Root" and bones.index(up) in driven]
        # An arm that hangs from the hips, beside the spine, does not move with the chest.
        enough = above[:-1] if len(above) > 1 and above[-1] == "Hips" else above
        is_carried = any(human.get(up) in enough for up in skeleton.up_to_root(one.index)[1:])
        if above and not is_carried:
            out[one.index] = bones.index(above[0])
    return out


def find_loose(
    skeleton: Skeleton, bones: BoneMap, body: body_frames.BodyFrame, driven: Collection[int]
) -> dict[int, int]:
    """Other bones that no bone of the body carries → the one to go with. For rigs that have held bones.

    A bone at a joint follows that joint, its children follow it, and the rest follows the nearest body part. The root stays.
    """
    mapped = [one.index for bone, one in bones.bones.items() if one.index in driven and bone != "Root"]
    places = body.positions[mapped]
    hangs, carries = _around(skeleton, driven)
    out: dict[int, int] = {}
    goes_with = np.full(len(skeleton), -1)
    for bone, parent in enumerate(skeleton.parents.tolist()):
        above = int(goes_with[parent]) if parent >= 0 else -1
        if hangs[bone]:
            goes_with[bone] = bone if bone in driven else above
            continue
        far = np.linalg.norm(places - body.positions[bone], axis=1)
        nearest = int(np.argmin(far))
        if far[nearest] < _SAME_PLACE * body.leg:
            goes_with[bone] = mapped[nearest]
        elif not carries[bone]:
            goes_with[bone] = above if above >= 0 else _nearest_part(bones, body, driven, bone)
        if goes_with[bone] not in (-1, above):
            out[bone] = int(goes_with[bone])
    return out


def find_targets(
    skeleton: Skeleton, bones: BoneMap, body: body_frames.BodyFrame, driven: Collection[int]
) -> dict[int, int]:
    """IK targets → the hand, foot or other joint that they lie at: games solve limbs towards them, wherever the limbs are.

    They are named so, and have neither body parents nor children.
    """
    mapped = [one.index for bone, one in bones.bones.items() if one.index in driven and bone != "Root"]
    hangs, carries = _around(skeleton, driven)
    out = {}
    for bone in np.flatnonzero(~hangs & ~carries).tolist():
        if "ik" in words(skeleton.names[bone]):
            far = np.linalg.norm(body.positions[mapped] - body.positions[bone], axis=1)
            if far.min() < _SAME_PLACE * body.leg:
                out[bone] = mapped[int(np.argmin(far))]
    return out


def _around(skeleton: Skeleton, driven: Collection[int]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return (J,) the driven bones and those below them, and (J,) the bones above a driven one."""
    hangs, carries = np.zeros(len(skeleton), bool), np.zeros(len(skeleton), bool)
    for bone, parent in enumerate(skeleton.parents.tolist()):
        hangs[bone] = bone in driven or (parent >= 0 and hangs[parent])
    for bone in driven:
        carries[skeleton.up_to_root(bone)[1:]] = True
    return hangs, carries


def _nearest_part(bones: BoneMap, body: body_frames.BodyFrame, driven: Collection[int], bone: int) -> int:
    """The driven bone whose part of the body is nearest to where this one starts."""
    at = body.positions[bone]
    best, found = np.inf, -1
    for name, one in bones.bones.items():
        if one.index not in driven or name == "Root":
            continue
        start = body.positions[one.index]
        end = start + 0.25 * body.leg * body.axes[:, 1] if name == "Head" else start
        if name in _NEXT:
            follower = next((other for other in _NEXT[name] if other in bones), "")
            end = body.positions[bones.index(follower)] if follower else start
        direction = end - start
        share = float(np.clip((at - start) @ direction / max(float(direction @ direction), 1e-12), 0, 1))
        thick = _HEAD if name == "Head" else _TRUNK if name in ("Hips", *humanoid_profile.SPINE) else 0.0
        away = float(np.linalg.norm(at - start - share * direction)) - thick * body.leg
        if away < best:
            best, found = away, one.index
    return found


_NEXT: dict[str, tuple[str, ...]] = {
    **{bone: (end,) for bone, end in humanoid_profile.CHILD.items()},
    "Hips": ("Spine",),
    "Spine": ("Chest", "UpperChest", "Neck"),
    "Chest": ("UpperChest", "Neck"),
    "UpperChest": ("Neck", "Head"),
    "LeftShoulder": ("LeftUpperArm",),
    "RightShoulder": ("RightUpperArm",),
}
"""Bone → the bones that may be at its far end."""
