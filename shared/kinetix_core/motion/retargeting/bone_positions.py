"""Positions of single bones of the target, without the whole figure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.retargeting.rest_pose import Match
from kinetix_core.motion.skeleton import Skeleton

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Reach:
    """The way from one driven bone to another bone, as steps fixed to driven bones: `places` in `driven`, `steps` (N, 3)."""

    places: NDArray[np.int64]
    steps: Array

    def __call__(self, driven: Array) -> Array:
        """Return (F, 3) from the first bone to the last, in the world, from world rotations (F, K, 4)."""
        return np.asarray(quat.rotate(driven[:, self.places], self.steps).sum(axis=1))


def reach(plan: Match, skeleton: Skeleton, start: int, end: int) -> Reach | None:
    """From the driven bone `start` down to `end`; None when `end` does not hang from it and is not held by it."""
    place = {int(bone): k for k, bone in enumerate(plan.driven)}
    line = [end]
    while line[-1] != start:
        parent = plan.held.get(line[-1], int(skeleton.parents[line[-1]]))
        while parent >= 0 and parent not in place:
            parent = int(skeleton.parents[parent])
        if parent < 0:
            return None
        line.append(parent)
    line = line[::-1]
    turned, at = plan.target.rotations, plan.target.positions
    steps = [quat.rotate(quat.conjugate(turned[a]), at[b] - at[a]) for a, b in pairwise(line)]
    return Reach(np.array([place[bone] for bone in line[:-1]], np.int64), np.array(steps).reshape(-1, 3))
