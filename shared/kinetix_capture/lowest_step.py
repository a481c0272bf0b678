"""The lowest place of a cost that is dear to ask for: downhill in even steps, and a parabola through the last three."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kinetix_capture.arrays import Array


def downhill(cost: Callable[[int], float], most: int) -> int:
    """The step from 0 whose neighbours both cost more; ±`most` where it still goes down there. Steps are asked for again."""
    sign = 1 if cost(1) < cost(0) else -1
    best = 0
    while abs(best) < most and cost(best + sign) < cost(best):
        best += sign
    return best


def parabola(below: Array, here: Array, above: Array) -> Array:
    """(P,) where the parabolas through values at -1, 0 and 1 are lowest; one step away where one has no lowest place between."""
    bend = below - 2 * here + above
    place = 0.5 * (below - above) / np.where(bend > 0, bend, 1.0)
    return np.where(bend > 0, np.clip(place, -1, 1), np.sign(below - above))
