"""The focal length of a scene whose edges do not tell it, by how well it explains how everybody moves.

With a wrong one everything lies too near or too far, and depth is too flat or too deep by the same factor: who walks one behind the
other comes too close, steps towards the camera are too short for their legs, and people who go past the camera turn away from
their way. Each of these says little; all frames of all people together say more.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np

from kinetix_capture import lowest_step

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

    @functools.cache
    def cost(step: int) -> float:
        off = step * _STEP
        return cost_of(usual * float(np.exp(off))) / _LASTING + (off / _USUAL) ** 2

    best = lowest_step.downhill(cost, _MOST_STEPS)
    if abs(best) == _MOST_STEPS:
        return usual * float(np.exp(best * _STEP))
    below, here, above = (np.array(cost(best + step)) for step in (-1, 0, 1))
    return usual * float(np.exp((best + lowest_step.parabola(below, here, above)) * _STEP))
