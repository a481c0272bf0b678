# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and put back the channels and number properties of every pose bone, in bulk."""

from __future__ import annotations

from typing import Any

import numpy as np

_CHANNELS = (
    ("location", 3),
    ("rotation_quaternion", 4),
    ("rotation_euler", 3),
    ("rotation_axis_angle", 4),
    ("scale", 3),
)


def read_pose(rig: Any) -> dict[str, Any]:
    bones, out = rig.pose.bones, {}
    for name, width in _CHANNELS:
        values = np.empty(len(bones) * width, np.float32)
        bones.foreach_get(name, values)
        out[name] = values
    return out


def write_pose(rig: Any, pose: dict[str, Any]) -> None:
    bones = rig.pose.bones
    for name, width in _CHANNELS:
        if len(bones) * width == len(pose[name]):
            bones.foreach_set(name, pose[name])
    rig.update_tag()


def read_switches(rig: Any) -> dict[str, dict[str, Any]]:
    """Custom number properties of pose bones (Rigify's IK/FK among them)."""
    out = {}
    for bone in rig.pose.bones:
        values = {key: bone[key] for key in bone.keys() if isinstance(bone[key], int | float)}  # noqa: SIM118 - not a dict
        if values:
            out[bone.name] = values
    return out


def write_switches(rig: Any, switches: dict[str, dict[str, Any]]) -> None:
    for name, values in switches.items():
        bone = rig.pose.bones.get(name)
        for key, value in values.items():
            if bone is not None and bone.get(key) != value:
                bone[key] = value
