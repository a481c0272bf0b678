"""The 15 DeepMimic moves of tests/data/motions, put onto the mannequin."""

from __future__ import annotations

import json
from functools import cache

import numpy as np

from kinetix_core import mannequin
from kinetix_core.motion import Motion, Skeleton
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.retargeting.retarget import retarget
from tests.support.tools import DATA

NAMES = tuple(sorted(path.stem.removeprefix("humanoid3d_") for path in (DATA / "motions").glob("*.txt")))

# Name, parent, offset in DeepMimic's frame (x forward, y up, z to the right), numbers in a frame.
_JOINTS = (
    ("Hips", -1, (0, 0, 0), 4),
    ("Spine", 0, (0, 0.236, 0), 4),
    ("Neck", 1, (0, 0.224, 0), 4),
    ("RightUpperLeg", 0, (0, 0, 0.085), 4),
    ("RightLowerLeg", 3, (0, -0.422, 0), 1),
    ("RightFoot", 4, (0, -0.41, 0), 4),
    ("RightUpperArm", 1, (-0.024, 0.244, 0.183), 4),
    ("RightLowerArm", 6, (0, -0.275, 0), 1),
    ("LeftUpperLeg", 0, (0, 0, -0.085), 4),
    ("LeftLowerLeg", 8, (0, -0.422, 0), 1),
    ("LeftFoot", 9, (0, -0.41, 0), 4),
    ("LeftUpperArm", 1, (-0.024, 0.244, -0.183), 4),
    ("LeftLowerArm", 11, (0, -0.275, 0), 1),
)
_ENDS = (("RightHand", 7, (0, -0.259, 0)), ("LeftHand", 12, (0, -0.259, 0)), ("Head", 2, (0, 0.1, 0)))
_TO_OURS = quat.from_axis_angle([0.0, 1, 0], -np.pi / 2)


def _frames(name: str) -> np.ndarray:
    data = json.loads((DATA / "motions" / f"humanoid3d_{name}.txt").read_text(encoding="utf-8"))
    return np.array(data["Frames"], float)


@cache
def load(name: str) -> Motion:
    """One move on the mannequin at the file's own rate."""
    data = _frames(name)
    count = len(data)
    names = [joint[0] for joint in _JOINTS] + [end[0] for end in _ENDS]
    parents = np.array([joint[1] for joint in _JOINTS] + [end[1] for end in _ENDS])
    offsets = quat.rotate(_TO_OURS, np.array([joint[2] for joint in _JOINTS] + [end[2] for end in _ENDS], float))
    offsets[0] = [0, 0.90, 0]
    skeleton = Skeleton(tuple(names), parents, np.tile(quat.IDENTITY, (len(names), 1)), offsets)
    rotations = np.tile(quat.IDENTITY, (count, len(names), 1))
    column = 4
    for joint, (_, _, _, size) in enumerate(_JOINTS):
        part = data[:, column : column + size]
        column += size
        own = part[:, [1, 2, 3, 0]] if size == 4 else quat.from_axis_angle([0.0, 0, 1], part[:, 0])
        rotations[:, joint] = quat.multiply(quat.multiply(_TO_OURS, quat.normalize(own)), quat.conjugate(_TO_OURS))
    path = quat.rotate(_TO_OURS, data[:, 1:4])
    raw = Motion(skeleton, 1 / data[0, 0], rotations, path, name)
    own_map = BoneMap.from_json({bone: bone for bone in names}, skeleton)
    figure = mannequin.load().skeleton
    return retarget(raw, figure, source_map=own_map, target_map=map_bones(figure))
