"""A small sway of the hips that keeps standing feet from sliding where the two figures have other proportions.

With other proportions the same limb directions swing an ankle differently. The figure moves against the error of the planted
foot and relaxes soon; limbs are not rotated (see the foot lock).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_SLOW, _LOW = 0.17, 0.045
"""Leg lengths a second, and leg lengths above its rest height: a foot that is faster or higher than this hardly stands."""
_DECAY_STANDING_S, _DECAY_LIFTED_S = 0.3, 0.1
"""After this time about two thirds of a sway are forgotten, while a foot stands firmly and in the air: soon enough that the hips
stay near their own way, and not so soon that they are seen to go back."""
_CONTACT_DELAY_S, _EASE_S = 0.034, 0.067
"""Just after it has come down and just before it lifts, a foot does not hold yet, and it takes hold over a few frames: hips that
sway from one frame to the next would jerk."""
_MOST_STRETCH = 0.015
"""By this share of its length a way may become longer or shorter: steps stay as long as the source's."""


def contact_weight(at: Array, above: Array, leg: float, fps: float) -> Array:
    """Return (F - 1,) from 0 to 1, how firmly a foot stands from each frame to the next.

    Args:
        at: (F, 3) of the ankle.
        above: (F,) its height above its rest height.
        leg: length of a leg; all three in one unit.
        fps: frames a second.
    """
    speed = np.linalg.norm(np.diff(at, axis=0), axis=1) * fps / leg
    height = np.abs(above[1:] + above[:-1]) / (2 * leg)
    return np.asarray(np.exp(-((speed / _SLOW) ** 4) - (height / _LOW) ** 4))


def compensation(misses: Sequence[Array], firmness: Sequence[Array], fps: float) -> Array:
    """Return (F, 3) what to add to the hips' way. It begins and ends with nothing, so that loops and joins fit as before.

    Least squares of each planted foot's drift, of the sway, and of its speed.

    Args:
        misses: per foot (F, 3), where it is less where it should be.
        firmness: per foot (F - 1,), from `contact_weight`.
        fps: frames a second.
    """
    if len(misses[0]) < 4:
        return np.zeros_like(misses[0])
    holds = [_eased(firm, fps) * (fps * _DECAY_STANDING_S) ** 2 for firm in firmness]
    weights = np.sum(holds, axis=0) + (fps * _DECAY_LIFTED_S) ** 2
    pulls = np.sum([hold[:, None] * np.diff(miss, axis=0) for miss, hold in zip(misses, holds, strict=True)], axis=0)
    inner = _tridiagonal(1 + weights[1:] + weights[:-1], -weights[1:-1], pulls[1:] - pulls[:-1])
    return np.pad(inner, ((1, 1), (0, 0)))


def _eased(firm: Array, fps: float) -> Array:
    """Return (F - 1,) how firmly a foot holds the hips: a little after it stands, never at once, and softly at a loop's seam."""
    late, ease = round(_CONTACT_DELAY_S * fps), max(1, round(_EASE_S * fps))
    padded = np.pad(firm, late + ease)
    lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * late + 1).min(axis=1)
    share = np.hanning(2 * ease + 3)[1:-1]
    return np.convolve(lowest, share / share.sum(), "valid")


def bounded(path: Array, added: Array) -> Array:
    """Return (F, 3) as much of a sway as the length of the hips' way (F, 3) bears."""
    shares = np.linspace(0, 1, 9)
    steps = np.diff(path, axis=0) + shares[:, None, None] * np.diff(added, axis=0)
    lengths = np.linalg.norm(steps, axis=2).sum(axis=1)
    fits = np.abs(lengths - lengths[0]) <= _MOST_STRETCH * lengths[0]
    return np.asarray(added * shares[fits].max())


def _tridiagonal(diagonal: Array, beside: Array, right: Array) -> Array:
    """Solve a symmetric system whose diagonal (N,) outweighs what is beside it (N - 1,) for `right` (N, K), by cyclic reduction.

    Every round doubles the distance between coupled unknowns.
    """
    count, step = len(diagonal), 1
    diagonal, right = diagonal.copy(), right.copy()
    below, above = np.append(0.0, beside), np.append(beside, 0.0)
    while step < count:
        down, up = -below[step:] / diagonal[:-step], -above[:-step] / diagonal[step:]
        new_diagonal, new_right = diagonal.copy(), right.copy()
        new_diagonal[step:] += down * above[:-step]
        new_diagonal[:-step] += up * below[step:]
        new_right[step:] += down[:, None] * right[:-step]
        new_right[:-step] += up[:, None] * right[step:]
        new_below, new_above = np.zeros(count), np.zeros(count)
        new_below[step:] = down * below[:-step]
        new_above[:-step] = up * above[step:]
        diagonal, right, below, above = new_diagonal, new_right, new_below, new_above
        step *= 2
    return np.asarray(right / diagonal[:, None])
