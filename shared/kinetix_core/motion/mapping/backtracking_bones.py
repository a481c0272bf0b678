"""Bones that lead away and back to where they came from: Second Life's spine has such pairs. They bend nothing and are passed over."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_SAME_PLACE = 0.02
"""Share of the way there; coming back so near is coming back."""


def without_backtracking(line: Sequence[int], places: NDArray[np.float64]) -> list[int]:
    """The bones of a line, each the child of the one before it, without such pairs. `places` (J, 3) of all bones at rest."""
    out: list[int] = []
    for bone in line:
        out.append(bone)
        if len(out) < 3:
            continue
        away = np.linalg.norm(places[out[-2]] - places[out[-3]])
        if np.linalg.norm(places[bone] - places[out[-3]]) < _SAME_PLACE * away:
            del out[-2:]
    return out
