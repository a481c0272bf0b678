"""The angle between rotations."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import quaternion as quat


def angle_deg(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Degrees between rotations (..., 4), exact also for small ones."""
    turn = quat.multiply(quat.conjugate(a), b)
    angle: NDArray[Any] = np.degrees(2 * np.arctan2(np.linalg.norm(turn[..., :3], axis=-1), np.abs(turn[..., 3])))
    return angle
