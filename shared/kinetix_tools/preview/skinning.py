"""Moves the vertices and normals of a figure with its face and its bones (linear blend skinning), all frames in a few products."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats.figure import vertex_normals
from kinetix_core.mannequin.figure import Figure
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.editing import timing
from kinetix_core.motion.motion import Motion
from kinetix_core.values.face_shapes import FACE_SHAPES

Array32 = NDArray[np.float32]


def posed(figure: Figure, motion: Motion, frames: Sequence[int]) -> Iterator[tuple[Array32, Array32]]:
    """For each of `frames` (V, 3) vertices and (V, 3) unit normals."""
    rest_rotations, heads = kinematics.rest_pose(figure.skeleton)
    rotations, positions = kinematics.forward(timing.pick(motion, np.array(frames, np.int64)))
    turns = quat.to_matrix(quat.multiply(rotations, quat.conjugate(rest_rotations)[None])).astype(np.float32)
    heads = heads.astype(np.float32)
    moves = positions.astype(np.float32) - (turns @ heads[..., None])[..., 0]
    bones = np.concatenate([turns.reshape(*turns.shape[:2], 9), moves], 2)  # (F, J, 12)
    unbent = _with_face(figure, motion)
    corners = [
        (figure.skin_joints[:, corner], figure.skin_weights[:, corner, None].astype(np.float32))
        for corner in range(4)
        if figure.skin_weights[:, corner].any()
    ]
    for frame, placed in zip(frames, bones, strict=True):
        vertices, normals = unbent(frame)
        blended = sum(placed[joints] * weight for joints, weight in corners)
        assert not isinstance(blended, int)
        turn = blended[:, :9].reshape(-1, 3, 3)
        out = (turn @ vertices[..., None])[..., 0] + blended[:, 9:]
        turned = (turn @ normals[..., None])[..., 0]
        turned /= np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-9)
        yield out, turned


def _with_face(figure: Figure, motion: Motion) -> Callable[[int], tuple[Array32, Array32]]:
    """The figure's vertices (V, 3) and unit normals (V, 3) by frame of the motion, in the rest pose but for its face."""
    still = figure.vertices.astype(np.float32), vertex_normals(figure.vertices, figure.faces).astype(np.float32)
    face = motion.face
    if face is None or not face.any():
        return lambda frame: still  # and the figure's face is not read
    shapes = [
        (face[:, column], figure.face[name])
        for column, name in enumerate(FACE_SHAPES)
        if face[:, column].any() and name in figure.face
    ]

    def at(frame: int) -> tuple[Array32, Array32]:
        if not any(weights[frame] for weights, _ in shapes):
            return still
        places = figure.vertices.copy()
        for weights, shape in shapes:
            places[shape.rows] += weights[frame] * shape.moves
        return places.astype(np.float32), vertex_normals(places, figure.faces).astype(np.float32)

    return at
