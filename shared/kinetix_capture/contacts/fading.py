"""How what holds a contact comes and goes: over some frames before it begins and after it ends."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["fade"]


def fade(frames: int, first: int, last: int, before: int, after: int | None = None) -> NDArray[np.float64]:
    """(F,) 1 from `first` until before `last`, easing to 0 over so many frames before and `after` it (the same number if None)."""
    frame = np.arange(frames)
    away = np.maximum((first - frame) / (before + 1), (frame - (last - 1)) / ((before if after is None else after) + 1))
    x = np.clip(1 - away, 0, 1)
    return np.asarray(x * x * (3 - 2 * x))
