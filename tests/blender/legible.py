"""Contrast of the words in a picture of a panel."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import numpy as np
from PIL import Image

from tests.support.measuring.contrast import contrast

# Rows of pixels: lower is a line or an edge, higher a button, which has a ground of its own.
_LOWEST, _HIGHEST = 5, 18
_SAME = 8  # of 255: how far the ground's colour differs from itself


def least_contrast(picture: Path, left: int, right: int, height: int) -> float:
    """Return the lowest contrast of a line of text. Its strongest pixel counts, as letters have soft edges.

    `left`, `right`, `height`: which part of the picture from its upper edge, pixels.
    """
    with Image.open(picture) as opened:
        pixels = np.asarray(opened.convert("RGB"))[:height, left:right].astype(int)
    lines = [_line(row) for row in pixels]
    found = []
    for is_written, run in groupby(lines, lambda line: line is not None):
        ratios = [ratio for ratio in run if ratio is not None]
        if is_written and _LOWEST <= len(ratios) <= _HIGHEST:
            found.append(max(ratios))
    assert found, f"{picture.name} has no words there"
    return min(found)


def _line(row: np.ndarray) -> float | None:
    """The strongest contrast of a row of pixels with its most frequent colour; None where there is that colour alone."""
    colours, counts = np.unique(row, axis=0, return_counts=True)
    ground = colours[counts.argmax()]
    others = colours[np.abs(colours - ground).max(axis=1) > _SAME]
    return max((contrast(one / 255, ground / 255) for one in others), default=None)
