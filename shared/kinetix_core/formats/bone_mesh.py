"""A solid for every bone of a skeleton, for motions that have no body of their own."""

from __future__ import annotations

import numpy as np

from kinetix_core.mannequin.figure import Figure
from kinetix_core.motion import kinematics
from kinetix_core.motion.skeleton import Skeleton

_TOP, _BOTTOM = 4, 5
_FACES = np.array([[_TOP, (k + 1) % 4, k] for k in range(4)] + [[_BOTTOM, k, (k + 1) % 4] for k in range(4)], np.int64)
"""An octahedron: four corners around the bone, its end, its head."""
_WIDTH, _WAIST = 0.14, 0.2
"""Half width, and the place of the widest part, as shares of the length."""
_LAST_M = 0.05
"""Length of a bone without a child."""


def bone_mesh(skeleton: Skeleton, *, flat: bool = False) -> Figure:
    """An octahedron from every joint to each of its children, and a short one at the end of a chain.

    `flat` duplicates vertices per triangle for sharp shading.
    """
    _, heads = kinematics.rest_pose(skeleton)
    starts, ends, owners = [], [], []
    for bone in range(len(skeleton)):
        children = skeleton.children(bone)
        starts += [heads[bone]] * max(len(children), 1)
        owners += [bone] * max(len(children), 1)
        ends += [heads[child] for child in children]
        if not children:
            parent = skeleton.parents[bone]
            along = heads[bone] - heads[parent] if parent >= 0 else np.array([0.0, 1.0, 0.0])
            length = np.linalg.norm(along)
            along = along / length if length > 1e-6 else np.array([0.0, 1.0, 0.0])
            ends.append(heads[bone] + along * min(max(length * 0.5, 0.01), _LAST_M))
    start, end = np.array(starts), np.array(ends)
    along = end - start
    length = np.linalg.norm(along, axis=1, keepdims=True)
    unit = np.where(length > 1e-6, along / np.maximum(length, 1e-6), [0.0, 1.0, 0.0])
    helper = np.where(np.abs(unit[:, :1]) < 0.9, [1.0, 0.0, 0.0], [0.0, 0.0, 1.0])
    side = np.cross(unit, helper)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(unit, side)
    half = np.clip(length * _WIDTH, 0.004, 0.045)
    waist = start + along * _WAIST
    corners = np.stack(
        [waist + side * half, waist + other * half, waist - side * half, waist - other * half, end, start], 1
    )
    count = len(corners)
    faces = (_FACES[None] + 6 * np.arange(count)[:, None, None]).reshape(-1, 3)
    joints = np.zeros((6 * count, 4), np.int64)
    joints[:, 0] = np.repeat(np.array(owners, np.int64), 6)
    weights = np.tile([1.0, 0.0, 0.0, 0.0], (6 * count, 1))
    vertices = corners.reshape(-1, 3)
    if flat:
        order = faces.ravel()
        vertices, joints, weights = vertices[order], joints[order], weights[order]
        faces = np.arange(len(order)).reshape(-1, 3)
    return Figure(skeleton, vertices, faces, joints, weights)
