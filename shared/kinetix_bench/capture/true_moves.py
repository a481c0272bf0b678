"""The true moves of rendered sample clips, on the mannequin, to be drawn beside an emote or before another camera."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinetix_bench.capture import accuracy
from kinetix_bench.capture.sample_clips import truth_of
from kinetix_core import mannequin
from kinetix_core.formats import glb
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion

__all__ = ["beside", "move"]

_Z_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])
_UNTURNED = np.eye(3)


def beside(emote: Motion, name: str, data: Path) -> Motion:
    """The move of the rendered clip `name`, 30 frames a second from its first picture on, facing as its emote does."""
    facing = accuracy.facing(accuracy.delivered(glb.write_emote(emote)), truth_of("synthetic", name, data))
    return move(name, data, facing).with_(extras={"cameraYawDegrees": emote.extras["cameraYawDegrees"]})


def move(name: str, data: Path, facing: NDArray[np.float64] = _UNTURNED) -> Motion:
    """The move of the rendered clip `name` on the mannequin, turned by `facing` (3, 3)."""
    skeleton = mannequin.load("1k").skeleton
    with np.load(data / "synthetic" / f"{name}_gt.npz") as file:
        bones = [[str(bone) for bone in file["names"]].index(bone) for bone in skeleton.names]
        turns = _Z_UP @ file["joint_rot"][:, bones].astype(float) @ _Z_UP.T
        hips = file["joint_pos_m"][:, bones[0]].astype(float) @ _Z_UP.T
    rest = kinematics.rest_pose(skeleton)[0]
    world = quat.multiply(quat.from_matrix(facing @ turns), rest)
    path = (hips - hips[0] * [1, 0, 1]) @ facing.T
    return Motion(skeleton, 30.0, kinematics.local_rotations(skeleton.parents, world), path, name)
