# SPDX-License-Identifier: GPL-3.0-or-later
"""Correctable parts, by their labels in the panel and their names in a correction."""

from __future__ import annotations

from typing import Any

from ..blender import pgettext_iface

_LIMBS = {
    "leftArm": "Left Arm",
    "rightArm": "Right Arm",
    "leftLeg": "Left Leg",
    "rightLeg": "Right Leg",
    "trunk": "Trunk",
    "head": "Head",
}
_JOINTS = {
    "leftShoulder": "Left Shoulder",
    "rightShoulder": "Right Shoulder",
    "leftElbow": "Left Elbow",
    "rightElbow": "Right Elbow",
    "leftWrist": "Left Wrist",
    "rightWrist": "Right Wrist",
    "leftHip": "Left Hip",
    "rightHip": "Right Hip",
    "leftKnee": "Left Knee",
    "rightKnee": "Right Knee",
    "leftAnkle": "Left Ankle",
    "rightAnkle": "Right Ankle",
}
_PARTS = {
    "leftUpperArm": "Left Upper Arm",
    "rightUpperArm": "Right Upper Arm",
    "leftForearm": "Left Forearm",
    "rightForearm": "Right Forearm",
    "leftThigh": "Left Thigh",
    "rightThigh": "Right Thigh",
    "leftShin": "Left Shin",
    "rightShin": "Right Shin",
}
DEPTHS = [
    (
        "TOWARDS",
        "Towards Camera",
        "At this frame the active arm or leg segment points towards the camera",
    ),
    (
        "AWAY",
        "Away from Camera",
        "At this frame the active arm or leg segment points away from the camera",
    ),
]
CONTACTS = [
    ("STANDS", "Foot on the Floor", "The foot is planted and does not slide"),
    ("LIFTED", "Foot in the Air", "The foot has no floor contact"),
    ("FLOOR", "Hand on the Floor", "The hand touches the floor and stays there"),
    ("THING", "Hand on an Object", "The hand touches a fixed object, such as a wall or a table"),
    ("HEAD", "Hand on the Head", "The hand touches the head"),
    ("HIP", "Hand on the Hip", "The hand touches the hip of its side"),
    ("OTHER_HAND", "Hands Together", "The hand touches the other hand"),
    ("FREE", "Hand Free", "The hand touches nothing"),
]
FIELDS: dict[str, dict[str, Any]] = {
    "STANDS": {"kind": "foot", "stands": True},
    "LIFTED": {"kind": "foot", "stands": False},
    "FLOOR": {"kind": "hand", "touches": "floor"},
    "THING": {"kind": "hand", "touches": "thing"},
    "HEAD": {"kind": "hand", "touches": "head"},
    "HIP": {"kind": "hand", "touches": "hip"},
    "OTHER_HAND": {"kind": "hand", "touches": "otherHand"},
    "FREE": {"kind": "hand", "touches": "nothing"},
}
"""Fields of a correction for each of `CONTACTS`, besides its side and its frames."""
_SIDES = {"left": "Left", "right": "Right"}


def limb_label(limb: str) -> str:
    return pgettext_iface(_LIMBS.get(limb, limb))


def correction_label(correction: dict[str, Any]) -> str:
    """Return the label of a correction, without its frames."""
    kind = correction.get("kind")
    if kind == "limb":
        return limb_label(str(correction.get("limb", "")))
    if kind == "point":
        joint = str(correction.get("joint", ""))
        return pgettext_iface(_JOINTS.get(joint, joint))
    if kind == "depth":
        part = str(correction.get("part", ""))
        side = pgettext_iface("To Camera") if correction.get("towards") else pgettext_iface("From Camera")
        return f"{pgettext_iface(_PARTS.get(part, part))}: {side}"  # short: it stands in a list
    label = next((label for key, label, _ in CONTACTS if FIELDS[key].items() <= correction.items()), "")
    return f"{pgettext_iface(_SIDES.get(str(correction.get('side')), ''))}: {pgettext_iface(label)}"
