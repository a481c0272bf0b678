"""Fade-in and fade-out of contact corrections over some frames, and around feet in the floor."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from kinetix_capture.arrays import Array

# frames around a dip in which its depth counts, and over which that is smoothed
_AROUND, _SMOOTH = 7, 2.5


def fade(frames: int, first: int, last: int, before: int, after: int | None = None) -> Array:
    """(F,) 1 from `first` until before `last`, easing to 0 over so many frames before and `after` it (the same number if None)."""
    frame = np.arange(frames)
    away = np.maximum((first - frame) / (before + 1), (frame - (last - 1)) / ((before if after is None else after) + 1))
    x = np.clip(1 - away, 0, 1)
    return np.asarray(x * x * (3 - 2 * x))


def ease(depth: Array) -> Array:
    """Return (F,) how far to rise out of a depth (F,): as far around a dip as in it, smooth in time."""
    return np.asarray(gaussian_filter1d(maximum_filter1d(depth, _AROUND), _SMOOTH, mode="nearest"))
