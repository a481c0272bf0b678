"""The true move of a rendered sample clip, on the mannequin, so that it can be drawn beside the emote."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinetix_bench.capture import accuracy
from kinetix_bench.capture.sample_clips import truth_of
from kinetix_core import mannequin
from kinetix_core.formats import glb
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion

__all__ = ["beside"]

_Z_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


def beside(emote: Motion, name: str, data: Path) -> Motion:
    """The move of the rendered clip `name`, 30 frames a second from its first picture on, facing as its emote does."""
    skeleton = mannequin.load("1k").skeleton
    with np.load(data / "synthetic" / f"{name}_gt.npz") as file:
        bones = [[str(bone) for bone in file["names"]].index(bone) for bone in skeleton.names]
        turns = _Z_UP @ file["joint_rot"][:, bones].astype(float) @ _Z_UP.T
        hips = file["joint_pos_m"][:, bones[0]].astype(float) @ _Z_UP.T
    facing = accuracy.facing(accuracy.delivered(glb.write_emote(emote)), truth_of("synthetic", name, data))
    rest = kinematics.rest_pose(skeleton)[0]
    world = quat.multiply(quat.from_matrix(facing @ turns), rest)
    path = (hips - hips[0] * [1, 0, 1]) @ facing.T
    extras = {"cameraYawDegrees": emote.extras["cameraYawDegrees"]}
    return Motion(skeleton, 30.0, kinematics.local_rotations(skeleton.parents, world), path, name, extras)
