"""How much of a body a picture shows, by its landmarks: for the capture's refusals and for the quick look before it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["inside", "shows_feet", "shows_shoulders"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
_SHOULDERS, _ANKLES = [11, 12], [27, 28]
_VISIBLE = 0.3
# Of legs alone the network draws shoulders too, at 0.5 of its scale for how sharply it sees a landmark; shown ones have 0.85 and more.
_SHARP = 0.65


def inside(points: Array, size: tuple[int, int]) -> Array:
    """(L,) 1 for landmarks (L, 2) inside of the picture, 0 outside: there the model only guesses, and says it sees."""
    return np.asarray(((points >= 0) & (points < np.array(size))).all(axis=1), np.float64)


def shows_shoulders(visibility: Array, peaks: Array) -> Flags:
    """(N,) both shoulders are shown, by the visibility (N, 33) of all landmarks and how sharply each is seen (N, 33)."""
    return np.asarray(((visibility[:, _SHOULDERS] > _VISIBLE) & (peaks[:, _SHOULDERS] > _SHARP)).all(axis=1))


def shows_feet(visibility: Array) -> Flags:
    """(N,) a foot is shown, by the visibility (N, 33) of all landmarks."""
    return np.asarray((visibility[:, _ANKLES] > _VISIBLE).any(axis=1))
