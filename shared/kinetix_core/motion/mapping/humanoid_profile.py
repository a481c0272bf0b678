"""The humanoid that every rig is mapped to: the 56 bones of Godot's SkeletonProfileHumanoid, so one map works in both editors."""

from __future__ import annotations

from collections.abc import Container, Iterator
from itertools import pairwise

SPINE = ("Spine", "Chest", "UpperChest")
FINGERS: dict[str, tuple[str, str, str]] = {
    "Thumb": ("ThumbMetacarpal", "ThumbProximal", "ThumbDistal"),
    **{
        name: (f"{name}Proximal", f"{name}Intermediate", f"{name}Distal")
        for name in ("Index", "Middle", "Ring", "Little")
    },
}

_CENTRE = {
    "Root": "",
    "Hips": "Root",
    "Spine": "Hips",
    "Chest": "Spine",
    "UpperChest": "Chest",
    "Neck": "UpperChest",
    "Head": "Neck",
    "LeftEye": "Head",
    "RightEye": "Head",
    "Jaw": "Head",
}
_PAIRED = {
    "Shoulder": "UpperChest",
    "UpperArm": "Shoulder",
    "LowerArm": "UpperArm",
    "Hand": "LowerArm",
    "UpperLeg": "Hips",
    "LowerLeg": "UpperLeg",
    "Foot": "LowerLeg",
    "Toes": "Foot",
    **{bone: above for chain in FINGERS.values() for bone, above in zip(chain, ("Hand", *chain), strict=False)},
}

PARENT: dict[str, str] = dict(_CENTRE)
"""Humanoid bone → its parent; the root's is empty. Parents come first."""
for _side in ("Left", "Right"):
    for _bone, _above in _PAIRED.items():
        PARENT[_side + _bone] = _side + _above if _above in _PAIRED else _above

BONES: tuple[str, ...] = tuple(PARENT)

MAIN: tuple[str, ...] = (
    "Hips",
    "Spine",
    "Head",
    *(
        side + bone
        for side in ("Left", "Right")
        for bone in ("UpperArm", "LowerArm", "Hand", "UpperLeg", "LowerLeg", "Foot")
    ),
)
"""Without these fifteen a figure cannot play an emote."""

CHILD: dict[str, str] = {"Neck": "Head"}
"""Bone → the bone at its far end, where there is exactly one that gives it a direction."""
for _side in ("Left", "Right"):
    CHILD |= {_side + a: _side + b for a, b in (("UpperArm", "LowerArm"), ("LowerArm", "Hand"))}
    CHILD |= {_side + a: _side + b for a, b in (("UpperLeg", "LowerLeg"), ("LowerLeg", "Foot"), ("Foot", "Toes"))}
    for _chain in FINGERS.values():
        CHILD |= {_side + a: _side + b for a, b in pairwise(_chain)}


def ancestors(bone: str) -> Iterator[str]:
    """The bones above this one, nearest first."""
    while bone := PARENT[bone]:
        yield bone


def parent_in(bone: str, known: Container[str]) -> str:
    """Return the nearest bone above this one that is known; empty when there is none."""
    return next((above for above in ancestors(bone) if above in known), "")


def unity_name(bone: str) -> str:
    """Return Unity's name of a bone: it calls the thumb's bones proximal, intermediate and distal."""
    if "ThumbMetacarpal" in bone:
        return bone.replace("Metacarpal", "Proximal")
    return bone.replace("ThumbProximal", "ThumbIntermediate")


def mirrored(bone: str) -> str:
    """`LeftHand` → `RightHand` and back; centre bones stay."""
    if bone.startswith("Left"):
        return "Right" + bone[4:]
    return "Left" + bone[5:] if bone.startswith("Right") else bone
