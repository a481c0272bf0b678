"""Moves the vertices and normals of a figure with its face and its bones (linear blend skinning), all frames in a few products."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from kinetix_core.mannequin.figure import Figure
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.editing import timing
from kinetix_core.motion.motion import Motion
from kinetix_tools.preview.moving_face import MovingFace

Array32 = NDArray[np.float32]


def posed(figure: Figure, motion: Motion, frames: Sequence[int]) -> Iterator[tuple[Array32, Array32]]:
    """For each of `frames` (V, 3) vertices and (V, 3) unit normals."""
    rest_rotations, heads = kinematics.rest_pose(figure.skeleton)
    rotations, positions = kinematics.forward(timing.pick(motion, np.array(frames, np.int64)))
    turns = quat.to_matrix(quat.multiply(rotations, quat.conjugate(rest_rotations)[None])).astype(np.float32)
    heads = heads.astype(np.float32)
    moves = positions.astype(np.float32) - (turns @ heads[..., None])[..., 0]
    bones = np.concatenate([turns.reshape(*turns.shape[:2], 9), moves], 2)  # (F, J, 12)
    face = MovingFace(figure, motion)
    corners = [
        (figure.skin_joints[:, corner], figure.skin_weights[:, corner, None].astype(np.float32))
        for corner in range(4)
        if figure.skin_weights[:, corner].any()
    ]
    for frame, placed in zip(frames, bones, strict=True):
        vertices, normals = face.at(frame)
        blended = sum(placed[joints] * weight for joints, weight in corners)
        assert not isinstance(blended, int)
        turn = blended[:, :9].reshape(-1, 3, 3)
        out = (turn @ vertices[..., None])[..., 0] + blended[:, 9:]
        turned = (turn @ normals[..., None])[..., 0]
        turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9)
        yield out, turned
