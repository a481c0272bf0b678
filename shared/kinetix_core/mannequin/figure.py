"""A skinned body, and the moves of its surface for the shapes of a face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion.skeleton import Skeleton

_STILL_M = 1e-6


@dataclass(frozen=True, eq=False)
class ShapeMoves:
    """Moves of a whole shape in the rest pose.

    Attributes:
        rows: (R,) the vertices, ascending.
        moves: (R, 3) metres.
    """

    rows: NDArray[np.int64]
    moves: NDArray[np.float64]

    def with_a_vertex(self) -> ShapeMoves:
        """Return the moves for a file, where a shape has one vertex at least: one that stays if none moves."""
        return self if len(self.rows) else ShapeMoves(np.zeros(1, np.int64), np.zeros((1, 3)))


FaceMoves = Mapping[str, ShapeMoves]
"""By the names of `FACE_SHAPES`, in their order, those that a figure has."""


def moves_of(moves: NDArray[np.float64], rows: NDArray[np.int64]) -> ShapeMoves:
    """Return the visible ones of moves (N, 3) of the vertices `rows` (N,)."""
    seen = np.abs(moves).max(axis=1) > _STILL_M
    return ShapeMoves(rows[seen], moves[seen])


@dataclass(frozen=True, eq=False)
class Figure:
    """V vertices and T triangles on J bones, in the skeleton's rest pose, metres.

    Attributes:
        skeleton: J bones, parents before children.
        vertices: (V, 3).
        faces: (T, 3) int, counter-clockwise seen from outside.
        skin_joints: (V, 4) int bone indices.
        skin_weights: (V, 4), rows sum to one.
    """

    skeleton: Skeleton
    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    skin_joints: NDArray[np.int64]
    skin_weights: NDArray[np.float64]

    @property
    def face(self) -> FaceMoves:
        """What the shapes of its face move; empty where it has none."""
        return {}
