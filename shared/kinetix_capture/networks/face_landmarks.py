"""Face landmarks of one face in one picture: MediaPipe's face mesh on a crop that the body landmarks place."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from kinetix_capture.arrays import Array
from kinetix_capture.networks.face_mesh import INPUT_SIZE, FaceMesh
from kinetix_capture.networks.network import Region, crop, sigmoid

# The crop about the box of all points, as the network has learnt from.
_MARGIN = 1.5
# Outer corners of the right and left eye.
_EYES = (33, 263)
# Body landmarks: nose, outer corners of the left and right eye, ears, corners of the mouth.
_NOSE, _BODY_EYES, _EARS, _MOUTH = 0, (3, 6), (7, 8), (9, 10)
# Sides of the crop per distance between the ears, and between eyes and mouth; a turned head shortens one, so the larger counts.
_PER_WIDTH, _PER_HEIGHT = 1.8, 3.4


@dataclass(frozen=True)
class Face:
    """478 points in MediaPipe's order.

    Attributes:
        confidence: 0 … 1 that a face is in the crop.
        points: (478, 3) pixels of the picture: x right, y down, and the model's depth at the same scale, towards the camera negative.
        region: where to look in the next picture.
    """

    confidence: float
    points: Array
    region: Region

    @property
    def width(self) -> float:
        """Pixels across the box of the points, upright in the picture or not."""
        return self.region.side / _MARGIN


def face_region(body: Array) -> Region:
    """The crop around a face from body landmarks (33, 2) in pixels, eyes level."""
    left, right = body[_BODY_EYES[0]], body[_BODY_EYES[1]]
    across = left - right
    middle, mouth = (left + right) / 2, body[list(_MOUTH)].mean(0)
    width = float(np.hypot(*(body[_EARS[0]] - body[_EARS[1]])))
    side = max(_PER_WIDTH * width, _PER_HEIGHT * float(np.hypot(*(mouth - middle))))
    centre = (middle + mouth + body[_NOSE]) / 3
    return Region(float(centre[0]), float(centre[1]), side, math.atan2(across[1], across[0]))


class FaceReader:
    def __init__(self, path: Path) -> None:
        self._mesh = FaceMesh(path)

    def __call__(self, picture: Image.Image, region: Region) -> Face:
        points, sure = self._mesh(crop(picture, region, INPUT_SIZE))
        affine = region.to_picture(INPUT_SIZE)
        points[:, :2] = points[:, :2] @ affine[:, :2].T + affine[:, 2]
        points[:, 2] *= region.side / INPUT_SIZE
        return Face(float(sigmoid(np.array(sure))), points, _around(points[:, :2]))


def _around(points: Array) -> Region:
    """The crop for the next picture from the points (478, 2) themselves: eyes level."""
    across = points[_EYES[1]] - points[_EYES[0]]
    angle = math.atan2(across[1], across[0])
    c, s = math.cos(angle), math.sin(angle)
    level = np.array([[c, -s], [s, c]])
    turned = points @ level
    low, high = turned.min(0), turned.max(0)
    x, y = level @ ((low + high) / 2)
    return Region(float(x), float(y), _MARGIN * float((high - low).max()), angle)
