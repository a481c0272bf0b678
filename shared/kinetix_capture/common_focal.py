"""The focal length of a scene whose edges do not tell it, by how well it explains how everybody moves.

With a wrong one everything lies too near or too far, and depth is too flat or too deep by the same factor: who walks one behind the
other comes too close, steps towards the camera are too short for their legs, and people who go past the camera turn away from
their way. Each of these says little; all frames of all people together say more.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

__all__ = ["MOST_TRIES", "find"]

# Natural logarithms: how far from the usual one focal lengths are, the step between those that are tried, and the farthest one.
_USUAL, _STEP, _MOST_STEPS = 0.25, 0.2, 3
# Errors of the network last for so many frames (0.4 s), which say what one does.
_LASTING = 12
MOST_TRIES = 2 + _MOST_STEPS


def find(usual: float, cost_of: Callable[[float], float]) -> float:
    """The focal length near the `usual` one that explains most.

    Args:
        cost_of: what fits with a focal length leave unexplained, in squares of standard deviations summed over the frames.
    """
    costs: dict[int, float] = {}

    def cost(step: int) -> float:
        if step not in costs:
            off = step * _STEP
            costs[step] = cost_of(usual * float(np.exp(off))) / _LASTING + (off / _USUAL) ** 2
        return costs[step]

    sign = 1 if cost(1) < cost(0) else -1
    best = 0
    while abs(best) < _MOST_STEPS and cost(best + sign) < cost(best):
        best += sign
    if abs(best) == _MOST_STEPS:
        return usual * float(np.exp(best * _STEP))
    below, here, above = (cost(best + step) for step in (-1, 0, 1))
    bend = below - 2 * here + above
    between = 0.5 * (below - above) / bend if bend > 0 else 0.0
    return usual * float(np.exp((best + between) * _STEP))
