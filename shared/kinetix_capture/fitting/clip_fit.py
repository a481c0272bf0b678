"""Observations of a whole clip and the figure that fits them best: all that the motion is made from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinetix_capture.arrays import Array
from kinetix_capture.fitting import solver
from kinetix_capture.fitting.measurements import Measurements
from kinetix_core.values.captured_body import CapturedBody

_UPWARDS = np.array([1.0, -1.0])


@dataclass(frozen=True)
class Picture:
    """Frame size of one camera in upright pixels, and its focal length in units of the longer side."""

    size: tuple[int, int]
    focal: float

    def slopes(self, shares: Array) -> Array:
        """Places (..., 2) as shares of width and height from the upper left → slopes x / depth and y / depth with y up.

        The camera's axis meets the middle of the picture.
        """
        return np.asarray((shares - 0.5) * self._size / (self.focal * max(self.size)) * _UPWARDS)

    def shares(self, slopes: Array) -> Array:
        return np.asarray(0.5 + slopes * _UPWARDS * (self.focal * max(self.size)) / self._size)

    @property
    def _size(self) -> Array:
        return np.array(self.size, np.float64)


@dataclass(frozen=True, kw_only=True)
class ClipFit:
    """F even frames, in the camera's frame with y up (x right, z towards the camera).

    Attributes:
        visible: (F, K) how clearly each attached landmark is seen, 0 … 1; of several cameras by the one that sees it best.
        hands: (F, 2, 21, 3) hand landmarks, metres.
        hand_weights: (F, 2) their confidence, 0 in gaps.
        measured: what the solver took, with the feet that stand, the up direction and what further cameras saw.
        state: pose, path and proportions that it found, and where further cameras stand.
        up: (3,) the up direction, and `up_confidence` 0 … 1 how sure the scene is of it.
        focal: length in longer sides of the picture.
        scale: length on the mannequin per length of the person, as the network judges it.
        size: of the full upright picture in pixels; `centre` its middle in pixels of the tracked (perhaps cropped) picture.
        captured: how much of the body the motion shows.
        further_pictures: of the further cameras.
    """

    visible: Array
    hands: Array
    hand_weights: Array
    measured: Measurements
    state: solver.State
    up: Array
    up_confidence: float
    focal: float
    scale: float
    size: tuple[int, int]
    centre: tuple[float, float]
    captured: CapturedBody = CapturedBody.WHOLE
    further_pictures: tuple[Picture, ...] = ()

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Frame sizes of the cameras, the first one's first."""
        return Picture(self.size, self.focal), *self.further_pictures

    def seen_from(self, camera: int, points: Array) -> Array:
        """Points (..., 3) in the frame of one of the cameras; 0 is the first one, whose frame is that of the fit."""
        return points if camera == 0 else self.state.cameras[camera - 1].apply(points)
