"""Types of arrays, and unit vectors."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


def unit(vectors: Array) -> Array:
    """Return vectors (..., N) at length 1; shorter than 1e-9 they stay short."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))
