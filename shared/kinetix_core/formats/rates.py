"""Frame rates: files store times or rounded periods, clips have a constant rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetix_core.values.errors import UnreadableFile

_COMMON = np.array([30, 24, 25, 48, 50, 60, 90, 100, 120, 240, 24000 / 1001, 30000 / 1001, 60000 / 1001], float)
_SLOWEST = 11.0
"""Keys farther apart than at this rate were thinned out; nobody captures so slowly."""
_TOLERANCE_S = 1e-4
"""Half a rounding step of the exporters seen (four decimals) and more than float32 loses in ten minutes."""


def snap(fps: float) -> float:
    """The common or whole rate that `fps` was rounded from, else `fps` itself.

    Raises:
        FormatError: not a rate between 0 and 1000.
    """
    if not (np.isfinite(fps) and 0 < fps <= 1000.001):
        raise UnreadableFile(f"{fps:g} frames a second is not a usable rate")
    for candidate in (*_COMMON, round(fps)):
        if candidate and abs(fps - candidate) < 2e-4 * candidate:
            return float(candidate)
    return float(min(fps, 1000.0))


def from_period(seconds: float) -> float:
    """The rate whose period was written as `seconds`, e.g. 0.033333 → 30."""
    if not (np.isfinite(seconds) and seconds > 0):
        raise UnreadableFile(f"A frame time of {seconds:g} s is not usable")
    return snap(1.0 / seconds)


def from_times(times: NDArray[np.float64]) -> float:
    """The rate on whose grid all key times (K,) lie, counted from the first; 30 when there is none."""
    gaps = np.diff(times)
    gaps = gaps[gaps > _TOLERANCE_S]
    if not len(gaps):
        return 30.0
    since = times - times[0]
    shortest = float(gaps.min())
    mean = float(since[-1]) / max(round(float(since[-1]) / shortest), 1)
    measured = [snap(1.0 / mean)] if 1e-3 <= mean < 1 / _SLOWEST else []
    # The measured rate first, then, for keys that were thinned out, the common ones.
    for fps in (*measured, *_COMMON):
        frames = since * fps
        if (np.abs(frames - np.round(frames)) < max(_TOLERANCE_S * fps, 2e-3)).all():
            return float(fps)
    return 30.0
