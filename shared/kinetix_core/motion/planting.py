"""Keeps standing feet (and hands) on their spot: anchors for every contact, eased offsets between them, limbs solved to match."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion.contacts import runs

__all__ = ["ahead_of_time", "offsets"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
_FADE_S = 0.22
_DRIFT = 0.10
"""Share of the leg length that a limb may have moved in one contact before it gets a new anchor."""


def offsets(
    at: Array, wanted: Array, meant: Array, standing: Flags, held: Flags, up: Array, fps: float, leg: float
) -> Array:
    """(F, 3) what to add to a path so that it stands still where it stands.

    Args:
        at: (F, 3) path of the limb's end on the target.
        wanted: (F,) height along `up` that it should have.
        meant: (F, 3) the source's path in the target's size: where it drifts, the stand has more than one spot.
        standing: (F,) frames in which it stands.
        held: (F,) frames in which its tip still stands: the offset does not change there.
        up: (3,) unit.
        fps: frames a second.
        leg: length of a leg, to tell much from little.
    """
    out = np.zeros_like(at)
    known = np.zeros(len(at), bool)
    lift = wanted - at @ up
    for start, end in _anchored(meant, standing, up, fps, leg):
        part = at[start:end]
        level = part - np.outer(part @ up, up)
        out[start:end] = level.mean(axis=0) - level + np.outer(_calm(lift[start:end] + part @ up, fps) - part @ up, up)
        known[start:end] = True
    for start, end in runs(held & ~known):
        before, after = start > 0 and known[start - 1], end < len(at) and known[end]
        if before and after:
            out[start:end] = _between(out[start - 1], out[end], end - start)
        elif before or after:
            out[start:end] = out[start - 1] if before else out[end]
        known[start:end] = before or after
    return _filled(out, known, max(1, round(_FADE_S * fps)))


def ahead_of_time(need: Array, fps: float) -> Array:
    """(F,) at least the need (F,) at every moment, begun before and let go after it: no jerk."""
    half = max(1, round(0.1 * fps))
    padded = np.pad(need, 2 * half, mode="edge")
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1).max(axis=1)
    weights = np.hanning(2 * half + 3)[1:-1]
    return np.convolve(highest, weights / weights.sum(), "valid")


def _anchored(at: Array, standing: Flags, up: Array, fps: float, leg: float) -> list[tuple[int, int]]:
    """The runs of standing frames, cut where the path has drifted too far for one spot."""
    out = []
    for start, end in runs(standing):
        level = at[start:end] - np.outer(at[start:end] @ up, up)
        parts = int(np.ceil(np.linalg.norm(np.ptp(level, axis=0)) / (_DRIFT * leg)))
        way = np.concatenate(([0], np.cumsum(np.linalg.norm(np.diff(level, axis=0), axis=1))))
        cuts = np.searchsorted(way, np.linspace(0, way[-1], max(parts, 1) + 1)[1:-1])
        edges = sorted({start, *(start + int(cut) for cut in cuts), end})
        pieces = list(pairwise(edges))
        # Between two spots of one long stand the foot needs a moment to move.
        shortest = min(b - a for a, b in pieces)
        gap = min(round(0.08 * fps), shortest // 3) if len(pieces) > 1 else 0
        out += [(a + (gap if a > start else 0), b - (gap if b < end else 0)) for a, b in pieces if b - a > 2 * gap]
    return out


def _calm(height: Array, fps: float) -> Array:
    """A standing foot's height without its tremble: a running mean over a fifth of a second."""
    width = min(len(height), max(1, round(0.2 * fps)))
    if width < 2:
        return height
    padded = np.concatenate((np.full(width // 2, height[0]), height, np.full(width - 1 - width // 2, height[-1])))
    return np.convolve(padded, np.ones(width) / width, "valid")


def _between(a: Array, b: Array, count: int) -> Array:
    x = np.linspace(0, 1, count + 2)[1:-1, None]
    return np.asarray(a + (b - a) * (x * x * (3 - 2 * x)))


def _filled(out: Array, known: Flags, fade: int) -> Array:
    """Offsets for the frames between contacts: eased from one to the next, through nothing when there is time."""
    for start, end in runs(~known):
        count = end - start
        before = out[start - 1] if start > 0 else None
        after = out[end] if end < len(out) else None
        if before is not None and after is not None and count <= 2 * fade:
            out[start:end] = _between(before, after, count)
            continue
        none = np.zeros(3)
        if before is not None:
            steps = min(fade, count)
            out[start : start + steps] = _between(before, none, steps)
        if after is not None:
            steps = min(fade, count - (min(fade, count) if before is not None else 0))
            out[end - steps : end] = _between(none, after, steps)
    return out
