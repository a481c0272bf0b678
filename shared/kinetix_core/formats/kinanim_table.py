"""Kinanim's fixed tables, version 0: its 55 bones with their parents. The order is part of the format."""

from __future__ import annotations

from kinetix_core.motion.mapping.humanoid_profile import PARENT

_BODY = (
    *("Hips", "LeftUpperLeg", "RightUpperLeg", "LeftLowerLeg", "RightLowerLeg", "LeftFoot", "RightFoot"),
    *("Spine", "Chest", "UpperChest", "Neck", "Head", "LeftShoulder", "RightShoulder"),
    *("LeftUpperArm", "RightUpperArm", "LeftLowerArm", "RightLowerArm", "LeftHand", "RightHand"),
    *("LeftToes", "RightToes", "LeftEye", "RightEye", "Jaw"),
)
_FINGERS = ("Thumb", "Index", "Middle", "Ring", "Little")
_JOINTS = ("Proximal", "Intermediate", "Distal")

BONES = (*_BODY, *(side + finger + joint for side in ("Left", "Right") for finger in _FINGERS for joint in _JOINTS))
"""Names in the order of the bits of a frame's transform flags."""


def _parent(number: int, bone: str) -> int:
    if bone in _BODY:
        above = PARENT[bone]
        return BONES.index(above) if above in BONES else -1
    return BONES.index(f"{'Left' if bone.startswith('Left') else 'Right'}Hand") if "Proximal" in bone else number - 1


PARENTS = tuple(_parent(number, bone) for number, bone in enumerate(BONES))
BLEND_SHAPES = (
    *("browInnerUp", "browDownLeft", "browDownRight", "browOuterUpLeft", "browOuterUpRight"),
    *("eyeLookUpLeft", "eyeLookUpRight", "eyeLookDownLeft", "eyeLookDownRight"),
    *("eyeLookInLeft", "eyeLookInRight", "eyeLookOutLeft", "eyeLookOutRight", "eyeBlinkLeft", "eyeBlinkRight"),
    *("eyeSquintRight", "eyeSquintLeft", "eyeWideLeft", "eyeWideRight"),
    *("cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft", "noseSneerRight"),
    *("jawOpen", "jawForward", "jawLeft", "jawRight"),
    *("mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight", "mouthRollUpper", "mouthRollLower"),
    *("mouthShrugUpper", "mouthShrugLower", "mouthOpen", "mouthClose", "mouthSmileLeft", "mouthSmileRight"),
    *("mouthFrownLeft", "mouthFrownRight", "mouthDimpleLeft", "mouthDimpleRight"),
    *("mouthUpperUpLeft", "mouthUpperUpRight", "mouthLowerDownLeft", "mouthLowerDownRight"),
    *("mouthPressLeft", "mouthPressRight", "mouthStretchLeft", "mouthStretchRight", "tongueOut"),
)
"""In the order of the bits of a frame's second flags: ARKit's 52, of which the squints stand right before left, and `mouthOpen`."""
