"""Further cameras of one take, as the fit sees them: where each one stands is unknown, and is found together with the motion
(bundle adjustment). The first camera's frame is that of the fit; the mannequin gives the scale.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinetix_capture import savitzky_golay
from kinetix_capture.arrays import Array
from kinetix_capture.video.decode import FPS
from kinetix_core.motion import quaternion as quat

UNKNOWNS = 7
"""Of each further camera: three of its turn, three of its place, one of its clock."""


@dataclass(frozen=True, eq=False)
class CameraPose:
    """Takes points of the first camera's frame to those of a further one: x → turn · x + shift.

    Attributes:
        turn: (3, 3).
        shift: (3,) metres of the mannequin.
        late_s: seconds by which its pictures are older than the frames that they are taken for.
    """

    turn: Array
    shift: Array
    late_s: float = 0.0

    def apply(self, points: Array) -> Array:
        """(..., 3) in the first camera's frame → in this one's."""
        return np.asarray(points @ self.turn.T + self.shift)

    def inverse(self) -> CameraPose:
        return CameraPose(self.turn.T, -self.turn.T @ self.shift)

    def moved(self, step: Array) -> CameraPose:
        """After a step (7,) of its unknowns."""
        small = quat.to_matrix(quat.exp(step[:3]))
        return CameraPose(small @ self.turn, small @ self.shift + step[3:6], self.late_s + float(step[6]))


def columns(shapes: int, number: int) -> slice:
    """Return the columns of further camera `number` among the shared unknowns; `shapes` proportions come first."""
    first = shapes + UNKNOWNS * number
    return slice(first, first + UNKNOWNS)


def speeds(rays: Array) -> Array:
    """By how much slopes (F, K, 2) change in a second: along these a clock that is late moves what is seen."""
    window = min(5, len(rays) // 2 * 2 - 1)
    return np.asarray(np.gradient(savitzky_golay.smoothed(rays, window, min(2, window - 1)), axis=0) * FPS)


def seen_from(camera: CameraPose, points: Array, slope: Array, grown: Array, own: slice) -> tuple[Array, Array, Array]:
    """Landmarks (F, K, 3) and how they move with the unknowns (F, K, 3, N) and with what all frames share (F, K, 3, S), in the
    further camera's frame. `own` are its own columns among the shared ones.
    """
    turned = camera.apply(points)
    moves = np.matmul(camera.turn, slope)
    shared = np.matmul(camera.turn, grown)
    # a small turn w moves a point by w × point
    x, y, z = (turned[..., axis] for axis in range(3))
    about = shared[..., own][..., :3]
    about[..., 0, 1], about[..., 0, 2] = z, -y
    about[..., 1, 0], about[..., 1, 2] = -z, x
    about[..., 2, 0], about[..., 2, 1] = y, -x
    shared[..., own][..., 3:6] = np.eye(3)
    return turned, moves, shared
