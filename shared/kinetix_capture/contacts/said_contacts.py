"""Which feet stand, where somebody says so."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["as_said"]


def as_said(standing: NDArray[np.bool_], stands: NDArray[np.int8]) -> NDArray[np.bool_]:
    """(F, 4) which heels and toes (`body_model.FEET`) stand: as was found, but where somebody says otherwise of their foot.

    Args:
        standing: (F, 4) as was found.
        stands: (F, 2) of the left and right foot: 1 it stands, -1 it does not, 0 nothing is said.
    """
    said = np.tile(stands, 2)
    return np.asarray((standing | (said > 0)) & ~(said < 0))
