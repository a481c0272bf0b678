"""Smoothing by Savitzky and Golay. scipy.signal has it as well, but loading that takes as long as tracking a second of film."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import convolve1d

from kinetix_capture.arrays import Array


def smoothed(values: Array, window: int, degree: int) -> Array:
    """(F, …) → in each place the value of the polynomial that fits the `window` values around it best.

    Within half a window of an end, the value of the polynomial that fits the first or the last `window` values.

    Args:
        values: at least `window` of them.
        window: odd, greater than `degree`.
        degree: of the polynomials.
    """
    half = window // 2
    powers = np.vander(np.arange(window) - half, degree + 1).astype(np.float64)
    fit = powers @ np.linalg.pinv(powers)  # row k: weights of the values for the polynomial's value in place k
    out: Array = convolve1d(values, fit[half], axis=0, mode="constant")
    out[:half] = np.tensordot(fit[:half], values[:window], 1)
    out[-half:] = np.tensordot(fit[-half:], values[-window:], 1)
    return out
