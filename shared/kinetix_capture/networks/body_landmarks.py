"""Body landmarks of one person in one picture: BlazePose GHUM heavy, with the heatmap refinement of its paper."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinetix_capture.arrays import Array
from kinetix_capture.networks import pruning, weights
from kinetix_capture.networks.network import Network, Region, crop, sigmoid
from kinetix_capture.networks.person_detector import body_region

LANDMARKS = 33
_SIZE, _MAP = 256, 64
# Names of tensors in the file. The outline of the person is left out, a ninth of the network's time.
_PICTURE, _LANDMARKS, _PRESENCE, _HEATMAP, _WORLD = "input_1", "Identity", "Identity_1", "Identity_3", "Identity_4"
ARMS = (11, 12, 13, 14, 15, 16)
_JOINTS = (*ARMS, 23, 24, 25, 26, 27, 28)
# Shares of the region's side: a trunk seen shorter than the first does not tell its direction, one longer than the second does.
_END_ON, _SEEN_LONG = 0.04, 0.1


@dataclass(frozen=True)
class Pose:
    """L = 33 landmarks in BlazePose's order.

    Attributes:
        presence: 0 … 1 that a person fills the region.
        points: (L, 2) pixels of the picture.
        visibility: (L,) 0 … 1.
        world: (L, 3) metres, hip-centred: x right, y down, z away from the camera.
        peaks: (L,) 0 … 1 highest value of each landmark's heatmap.
        region: where to look in the next picture.
        judged: landmarks that say whether the body is seen clearly.
    """

    presence: float
    points: Array
    visibility: Array
    world: Array
    peaks: Array
    region: Region
    judged: tuple[int, ...] = _JOINTS

    @property
    def sure(self) -> float:
        """0 … 1 how clearly the joints of arms and legs are seen. Falls when the body does not stand upright in the region."""
        return float(self.peaks[list(self.judged)].mean())


class Poser:
    """`judged` are the landmarks by which its poses are judged, those of arms and legs or, where no legs are seen, `ARMS`."""

    def __init__(self, judged: tuple[int, ...] = _JOINTS) -> None:
        wanted = (_LANDMARKS, _PRESENCE, _HEATMAP, _WORLD)
        model = weights.find(weights.POSE_LANDMARK).read_bytes()
        self._network = Network(pruning.between(model, _PICTURE, wanted))
        self._judged = judged

    def __call__(self, picture: Image.Image, region: Region) -> Pose:
        found, present, (heatmap,), world = self._network(crop(picture, region, _SIZE))
        landmarks = found.reshape(39, 5)
        affine = region.to_picture(_SIZE)
        points = _refined(landmarks[:, :2].astype(np.float64), heatmap) @ affine[:, :2].T + affine[:, 2]
        c, s = math.cos(region.angle), math.sin(region.angle)
        metric = world.reshape(39, 3)[:LANDMARKS].astype(np.float64)
        metric[:, :2] = metric[:, :2] @ np.array([[c, s], [-s, c]])
        return Pose(
            float(present.ravel()[0]),
            points[:LANDMARKS],
            sigmoid(landmarks[:LANDMARKS, 3]),
            metric,
            sigmoid(heatmap.max((0, 1))[:LANDMARKS]),
            _next_region(points),
            self._judged,
        )


def _next_region(points: Array) -> Region:
    """Around the circle that the model draws, turned so that the trunk is upright in it, as in the pictures that it has learnt from.

    The direction of the circle's second point follows the region it was given: once turned away, it stays away.
    """
    region = body_region(points[33], points[34])
    trunk = points[[11, 12]].mean(0) - points[[23, 24]].mean(0)
    length = float(np.hypot(*trunk))
    if not length or not region.side:
        return region
    share = min(max((length / region.side - _END_ON) / (_SEEN_LONG - _END_ON), 0.0), 1.0)
    along = (points[34] - points[33]) / max(float(np.hypot(*(points[34] - points[33]))), 1e-6)
    along = share * trunk / length + (1 - share) * along
    return Region(region.x, region.y, region.side, math.atan2(along[1], along[0]) + math.pi / 2)


def _refined(points: Array, heatmap: NDArray[np.float32]) -> Array:
    """(39, 2) crop pixels → the centre of mass of each landmark's heatmap (64, 64, 39) near it, where the map is sure."""
    cell = points * (_MAP / _SIZE)
    base = cell.astype(np.int64)
    inside = ((base >= 0) & (base < _MAP)).all(axis=1)
    offsets = np.arange(-3, 4)
    rows, columns = base[:, 1:2] + offsets, base[:, :1] + offsets
    valid_rows, valid_columns = (rows >= 0) & (rows < _MAP), (columns >= 0) & (columns < _MAP)
    rows, columns = np.clip(rows, 0, _MAP - 1), np.clip(columns, 0, _MAP - 1)
    index = np.arange(len(points))[:, None, None]
    weight = sigmoid(heatmap[rows[:, :, None], columns[:, None, :], index])
    weight = weight * valid_rows[:, :, None] * valid_columns[:, None, :]
    total = weight.sum((1, 2))
    sure = inside & (weight.max((1, 2)) >= 0.5)
    safe = np.where(sure, total, 1.0)
    refined = np.stack(
        ((weight * columns[:, None, :]).sum((1, 2)) / safe, (weight * rows[:, :, None]).sum((1, 2)) / safe), 1
    )
    return np.where(sure[:, None], refined, cell) * (_SIZE / _MAP)
