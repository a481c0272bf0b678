"""The emote drawn by the camera of its quality report, as any program that reads the report would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.motion import Motion

Array = NDArray[np.float64]
JOINTS = {
    11: "LeftUpperArm", 12: "RightUpperArm", 13: "LeftLowerArm", 14: "RightLowerArm", 15: "LeftHand", 16: "RightHand",
    23: "LeftUpperLeg", 24: "RightUpperLeg", 25: "LeftLowerLeg", 26: "RightLowerLeg", 27: "LeftFoot", 28: "RightFoot",
}  # fmt: skip
"""BlazePose landmark → bone that begins there."""


def joints_in_clip(motion: Motion, camera: Mapping[str, Any]) -> Array:
    """(F, J, 2) places of `JOINTS` in the clip's frame: shares of its width and height from the upper left."""
    bones = map_bones(motion.skeleton)
    points = kinematics.forward(motion)[1][:, [bones.index(bone) for bone in JOINTS.values()]]
    poses = np.array(camera["poses"])
    at = np.minimum(np.arange(len(motion)) / camera["step"], len(poses) - 1)
    before = at.astype(int)
    after, share = np.minimum(before + 1, len(poses) - 1), at - before
    place = (1 - share[:, None]) * poses[before, :3] + share[:, None] * poses[after, :3]
    turn = quat.slerp(poses[before, 3:], poses[after, 3:], share)
    seen = quat.rotate(quat.conjugate(turn)[:, None], points - place[:, None])
    slopes = seen[..., :2] / -seen[..., 2:]
    return np.asarray(0.5 + slopes * camera["focal"] * np.array([1 / camera["aspect"], -1.0]))
