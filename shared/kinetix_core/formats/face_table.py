"""The weights of a face's shapes as a table: one row a frame, one column a shape, as tools for live face capture keep them."""

from __future__ import annotations

import csv
import io

import numpy as np
from numpy.typing import NDArray

from kinetix_core.values.face_shapes import FACE_SHAPES


def write(weights: NDArray[np.float64], fps: float) -> bytes:
    """Return (F, 52) weights in the order of `FACE_SHAPES` → CSV: seconds, then each shape by its name."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("seconds", *FACE_SHAPES))
    for frame, row in enumerate(weights):
        table.writerow((f"{frame / fps:.4f}", *(f"{value:.4f}" for value in row)))
    return text.getvalue().encode()
