"""Moves of a figure's surface for the shapes of a face; most vertices stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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


FaceMoves = Mapping[str, ShapeMoves]
"""By the names of `FACE_SHAPES`, in their order, those that a figure has."""


def moves_of(moves: NDArray[np.float64], rows: NDArray[np.int64]) -> ShapeMoves:
    """Return the visible ones of moves (N, 3) of the vertices `rows` (N,)."""
    seen = np.abs(moves).max(axis=1) > _STILL_M
    return ShapeMoves(rows[seen], moves[seen])
