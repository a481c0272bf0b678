"""The bone names that files of an emote use, as tables."""

from __future__ import annotations

NAMINGS = ("mixamo", "legacy", "generic")

_SIDES = ("Left", "Right")
_FINGERS = {"Thumb": 1, "Index": 2, "Middle": 3, "Ring": 4, "Pinky": 5}

# mannequin → Kinetix' generic rig (`animation-v2.glb`): the fingers are numbered from the thumb
_GENERIC = {"Spine": "Spine1", "Spine1": "Spine2", "Spine2": "Spine3"}
# mannequin → Godot's SkeletonProfileHumanoid
HUMANOID = {"Hips": "Hips", "Spine": "Spine", "Spine1": "Chest", "Spine2": "UpperChest", "Neck": "Neck", "Head": "Head"}
"""Mannequin bone → humanoid bone (Godot's names)."""

for _side in _SIDES:
    for _own, _generic, _humanoid in (
        ("Shoulder", "Shoulder", "Shoulder"),
        ("Arm", "Arm", "UpperArm"),
        ("ForeArm", "ForeArm", "LowerArm"),
        ("Hand", "Hand", "Hand"),
        ("UpLeg", "Thigh", "UpperLeg"),
        ("Leg", "Shin", "LowerLeg"),
        ("Foot", "Foot", "Foot"),
        ("ToeBase", "Toe", "Toes"),
    ):
        _GENERIC[_side + _own] = _side + _generic
        HUMANOID[_side + _own] = _side + _humanoid
    for _finger, _number in _FINGERS.items():
        _thumb = _finger == "Thumb"
        _parts = ("Metacarpal", "Proximal", "Distal") if _thumb else ("Proximal", "Intermediate", "Distal")
        _medial = ("Metacarpal", "Proximal", "Distal") if _thumb else ("Proximal", "Medial", "Distal")
        for _joint in (1, 2, 3):
            _bone = f"{_side}Hand{_finger}{_joint}"
            _GENERIC[_bone] = f"{_side}Finger{_number}{_medial[_joint - 1]}"
            HUMANOID[_bone] = f"{_side}{'Little' if _finger == 'Pinky' else _finger}{_parts[_joint - 1]}"


def rename(naming: str, bone: str) -> str:
    """The name of a mannequin bone in one of `NAMINGS`."""
    return _GENERIC.get(bone, bone) if naming == "generic" else bone
