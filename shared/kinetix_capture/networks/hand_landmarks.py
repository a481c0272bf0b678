"""Hand landmarks of one hand in one picture: MediaPipe's hand model on a crop that the body landmarks place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from kinetix_capture.arrays import Array
from kinetix_capture.networks.network import Network, Region, crop

HAND_POINTS = 21
_SIZE = 224
# Body landmarks of the left and right hand: wrist, index knuckle, little-finger knuckle.
WRIST_INDEX_PINKY = ((15, 19, 17), (16, 20, 18))


@dataclass(frozen=True)
class Hand:
    """21 points in MediaPipe's order (wrist, then four of thumb, index, middle, ring and little finger).

    Attributes:
        confidence: 0 … 1 that a hand is in the crop.
        points: (21, 2) pixels of the picture.
        world: (21, 3) metres in the camera's axes: x right, y down, z away.
        region: where to look in the next picture.
    """

    confidence: float
    points: Array
    world: Array
    region: Region


def hand_region(wrist: Array, index: Array, pinky: Array) -> Region:
    """The crop around a hand from three body landmarks (2,) in pixels, fingers up."""
    across = (index + pinky) / 2 - wrist
    length = math.hypot(*across)
    centre = wrist + across * 1.15
    return Region(float(centre[0]), float(centre[1]), length * 3.2, math.atan2(across[1], across[0]) + math.pi / 2)


class HandReader:
    def __init__(self, path: Path) -> None:
        self._network = Network(path)

    def __call__(self, picture: Image.Image, region: Region) -> Hand:
        screen, confidence, _, world = self._network(crop(picture, region, _SIZE))
        affine = region.to_picture(_SIZE)
        points = screen.reshape(HAND_POINTS, 3)[:, :2].astype(np.float64) @ affine[:, :2].T + affine[:, 2]
        c, s = math.cos(region.angle), math.sin(region.angle)
        metric = world.reshape(HAND_POINTS, 3).astype(np.float64)
        metric[:, :2] = metric[:, :2] @ np.array([[c, s], [-s, c]])
        return Hand(float(confidence.ravel()[0]), points, metric, _around(points))


def _around(points: Array) -> Region:
    """The crop for the next picture from the hand itself: middle finger up, twice the extent of the palm and fingers."""
    up = points[[5, 9, 13]].mean(0) - points[0]
    angle = math.atan2(up[1], up[0]) + math.pi / 2
    c, s = math.cos(-angle), math.sin(-angle)
    turned = points @ np.array([[c, s], [-s, c]])
    low, high = turned.min(0), turned.max(0)
    side = float((high - low).max()) * 2.0
    centre = (low + high) / 2
    c, s = math.cos(angle), math.sin(angle)
    x, y = centre @ np.array([[c, s], [-s, c]])
    return Region(float(x), float(y), side, angle)
