"""The face of a figure in a preview: its vertices and normals at rest, but for what the shapes of a motion's face move."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats.figure import vertex_normals
from kinetix_core.mannequin.figure import Figure, ShapeMoves
from kinetix_core.motion.motion import Motion
from kinetix_core.values.face_shapes import FACE_SHAPES

Array = NDArray[np.float64]
Array32 = NDArray[np.float32]


class MovingFace:
    """Works on the vertices that the face moves, and on the triangles around them: they are a small part of a figure."""

    def __init__(self, figure: Figure, motion: Motion) -> None:
        self._vertices = figure.vertices
        self._still = figure.vertices.astype(np.float32)
        self._normals = vertex_normals(figure.vertices, figure.faces).astype(np.float32)
        self._weights = motion.face if motion.face is not None and motion.face.any() else None
        self._shapes: list[tuple[int, ShapeMoves]] = []
        if self._weights is None:
            return  # and the figure's face is not read
        moving = np.flatnonzero(self._weights.any(axis=0)).tolist()
        self._shapes = [
            (column, figure.face[name]) for column in moving if (name := FACE_SHAPES[column]) in figure.face
        ]
        seen = np.zeros(len(figure.vertices), np.bool_)
        for _, shape in self._shapes:
            seen[shape.rows] = True
        # Normals change as far as the triangles of moved vertices reach, and follow from all triangles there.
        seen[figure.faces[seen[figure.faces].any(axis=1)]] = True
        around = figure.faces[seen[figure.faces].any(axis=1)]
        self._rows, corners = np.unique(around, return_inverse=True)
        self._faces = corners.reshape(-1, 3)
        self._turned = seen[self._rows]

    def at(self, frame: int) -> tuple[Array32, Array32]:
        """The figure's vertices (V, 3) and unit normals (V, 3) at a frame of the motion, in the rest pose."""
        if self._weights is None or not self._weights[frame, [column for column, _ in self._shapes]].any():
            return self._still, self._normals
        places = self._vertices.copy()
        for column, shape in self._shapes:
            places[shape.rows] += self._weights[frame, column] * shape.moves
        normals = self._normals.copy()
        normals[self._rows[self._turned]] = vertex_normals(places[self._rows], self._faces)[self._turned]
        return places.astype(np.float32), normals
