"""Kinanim's fixed tables, version 0: its 55 bones with their parents. The order is part of the format."""

from __future__ import annotations

_BODY = (
    ("Hips", ""),
    ("LeftUpperLeg", "Hips"),
    ("RightUpperLeg", "Hips"),
    ("LeftLowerLeg", "LeftUpperLeg"),
    ("RightLowerLeg", "RightUpperLeg"),
    ("LeftFoot", "LeftLowerLeg"),
    ("RightFoot", "RightLowerLeg"),
    ("Spine", "Hips"),
    ("Chest", "Spine"),
    ("UpperChest", "Chest"),
    ("Neck", "UpperChest"),
    ("Head", "Neck"),
    ("LeftShoulder", "UpperChest"),
    ("RightShoulder", "UpperChest"),
    ("LeftUpperArm", "LeftShoulder"),
    ("RightUpperArm", "RightShoulder"),
    ("LeftLowerArm", "LeftUpperArm"),
    ("RightLowerArm", "RightUpperArm"),
    ("LeftHand", "LeftLowerArm"),
    ("RightHand", "RightLowerArm"),
    ("LeftToes", "LeftFoot"),
    ("RightToes", "RightFoot"),
    ("LeftEye", "Head"),
    ("RightEye", "Head"),
    ("Jaw", "Head"),
)
_FINGERS = ("Thumb", "Index", "Middle", "Ring", "Little")
_JOINTS = ("Proximal", "Intermediate", "Distal")

_pairs = list(_BODY)
for _side in ("Left", "Right"):
    for _finger in _FINGERS:
        _above = f"{_side}Hand"
        for _joint in _JOINTS:
            _pairs.append((f"{_side}{_finger}{_joint}", _above))
            _above = f"{_side}{_finger}{_joint}"

BONES: tuple[str, ...] = tuple(name for name, _ in _pairs)
"""Names in the order of the bits of a frame's transform flags."""
PARENTS: tuple[int, ...] = tuple(BONES.index(parent) if parent else -1 for _, parent in _pairs)
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
