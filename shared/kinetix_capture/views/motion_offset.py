"""When a further clip began, from the motion itself, for clips that nobody hears anything in.

How far hands, feet and head are from each other is the same from every side. These distances are compared over all lags at once; the
best few lags are then judged by how well the body of one clip lies on that of the other, path included, and the best of them is made
finer than a frame.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from kinetix_capture import savitzky_golay
from kinetix_capture.arrays import Array
from kinetix_capture.fitting import body_model
from kinetix_capture.views import camera_poses

SHARED_S = 1.0
"""Seconds that two clips have to share."""
_ENDS = (0, 15, 16, 27, 28)
_CANDIDATES = 6
# metres a frame: below, a distance changes by the fit's own trembling only
_MOVES_M = 0.002
_FINE = 8


def offset_s(first: Array, further: Array, fps: float) -> float | None:
    """Return seconds from the first frame of the first clip to that of the further one; None when the motion does not tell.

    Args:
        first, further: (F, K, 3) and (G, K, 3) attached landmarks (`body_model.ATTACHED`) in each camera's frame, metres.
    """
    shared = round(SHARED_S * fps)
    if min(len(first), len(further)) < shared:
        return None
    a, b = _changes(first), _changes(further)
    if min(np.abs(a).mean(), np.abs(b).mean()) < _MOVES_M:
        return None
    lags, alike = _alike(a, b, shared)
    candidates = _peaks(alike)[:_CANDIDATES]
    best = min(candidates, key=lambda at: _apart(first, further, float(lags[at]), shared))
    return _finer(lambda lag: _apart(first, further, lag, shared), float(lags[best])) / fps


def _changes(points: Array) -> Array:
    """Return (F, D) how much each distance between two ends changes from frame to frame."""
    ends = points[:, body_model.rows(_ENDS)]
    one, other = np.triu_indices(len(_ENDS), 1)
    lengths = np.linalg.norm(ends[:, one] - ends[:, other], axis=-1)
    return np.asarray(np.gradient(savitzky_golay.smoothed(lengths, 5, 2), axis=0))


def _alike(a: Array, b: Array, shared: int) -> tuple[NDArray[np.int64], Array]:
    """The lags in frames at which enough is shared, and the correlation of the shared parts, -1 … 1."""
    size = 1 << (len(a) + len(b) - 1).bit_length()

    def slide(x: Array, y: Array) -> Array:
        """Sums of x[n + lag] · y[n] over the shared frames, by lags from -(len(b) - 1) on."""
        product = np.fft.irfft(np.fft.rfft(x, size, axis=0) * np.conj(np.fft.rfft(y, size, axis=0)), size, axis=0)
        return np.asarray(np.concatenate((product[size - len(b) + 1 :], product[: len(a)])).sum(axis=1))

    energy = slide(a**2, np.ones_like(b)) * slide(np.ones_like(a), b**2)
    lags = np.arange(-(len(b) - 1), len(a))
    alike = slide(a, b) / np.sqrt(np.maximum(energy, 1e-12))
    enough = np.minimum(len(a), len(b) + lags) - np.maximum(lags, 0) >= shared
    return lags[enough], alike[enough]


def _peaks(values: Array) -> list[int]:
    """Return the local maxima of the values (N,), highest first."""
    padded = np.concatenate(([-np.inf], values, [-np.inf]))
    peaks = np.flatnonzero((values >= padded[:-2]) & (values >= padded[2:]))
    return [int(peak) for peak in peaks[np.argsort(-values[peaks], kind="stable")]]


def _overlap(first: int, further: int, lag: int) -> tuple[slice, slice]:
    """The frames of the first clip and of the further one that are at the same times; its frame 0 is at frame `lag` of the first."""
    begin, end = max(lag, 0), min(first, further + lag)
    return slice(begin, max(end, begin)), slice(begin - lag, max(end, begin) - lag)


def _apart(first: Array, further: Array, lag: float, shared: int) -> float:
    """Return the distance in metres of two bodies aligned at a lag in frames; see `camera_poses.Relation`."""
    whole = int(np.floor(lag))
    share = lag - whole
    moved = further if not share else further[1:] * (1 - share) + further[:-1] * share
    here, there = _overlap(len(first), len(moved), whole + (1 if share else 0))
    if here.stop - here.start < shared - 2:
        return float("inf")
    a, b = first[here], moved[there]
    return camera_poses.relate(a, b, np.ones(a.shape[:2])).apart_m


def _finer(apart: Callable[[float], float], lag: float) -> float:
    """The lag near a whole one at which the bodies are least apart: the lowest point of a parabola over a frame to both sides."""
    lags = lag + np.arange(-_FINE, _FINE + 1) / _FINE * 1.5
    values = np.array([apart(float(one)) for one in lags])
    known = np.isfinite(values)
    if known.sum() < 3:
        return lag
    curve = np.polynomial.Polynomial.fit(lags[known], values[known] ** 2, 2)
    bend = curve.convert().coef
    if len(bend) < 3 or bend[2] <= 0:
        return float(lags[known][np.argmin(values[known])])
    return float(np.clip(-bend[1] / (2 * bend[2]), lags[known][0], lags[known][-1]))
