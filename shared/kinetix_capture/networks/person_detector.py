"""People in one picture: BlazePose's detector, decoded here so that every person is seen, not only the best one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from kinetix_capture.arrays import Array
from kinetix_capture.networks import weights
from kinetix_capture.networks.network import Network, Region, crop, sigmoid

_SIZE = 224
# stride of the feature map, anchors per cell
_LAYERS = ((8, 2), (16, 2), (32, 6))


@dataclass(frozen=True)
class Person:
    """Pixels of the picture. `hips` is the middle of the hips, `reach` a point on the circle around the whole body."""

    score: float
    hips: Array
    reach: Array

    @property
    def radius(self) -> float:
        return float(np.hypot(*(self.reach - self.hips)))


def _anchors() -> Array:
    rows = []
    for stride, count in _LAYERS:
        cells = (np.arange(_SIZE // stride) + 0.5) * stride / _SIZE
        y, x = np.meshgrid(cells, cells, indexing="ij")
        rows.append(np.repeat(np.stack((x.ravel(), y.ravel()), 1), count, axis=0))
    return np.concatenate(rows)


_ANCHORS = _anchors()


def body_region(hips: Array, reach: Array, scale: float = 1.25) -> Region:
    """The square around the circle that the two alignment points span, turned so that the body stands upright in it."""
    dx, dy = reach - hips
    return Region(float(hips[0]), float(hips[1]), 2 * math.hypot(dx, dy) * scale, math.atan2(dy, dx) + math.pi / 2)


class Detector:
    def __init__(self) -> None:
        self._network = Network(weights.find(weights.POSE_DETECTION))

    def __call__(self, picture: Image.Image, threshold: float = 0.5) -> list[Person]:
        """Everyone with at least this score, best first; overlapping finds are merged (weighted non-maximum suppression)."""
        side = float(max(picture.size))
        region = Region(picture.width / 2, picture.height / 2, side)
        outputs = self._network(crop(picture, region, _SIZE) * np.float32(2) - np.float32(1))
        raw, logits = sorted((output[0] for output in outputs), key=lambda output: -output.shape[-1])
        score = sigmoid(logits[:, 0])
        keep = score > threshold
        if not keep.any():
            return []
        values, anchors, score = raw[keep].astype(np.float64) / _SIZE, _ANCHORS[keep], score[keep]
        centre = values[:, :2] + anchors
        boxes = np.concatenate((centre - values[:, 2:4] / 2, centre + values[:, 2:4] / 2), 1)
        points = values[:, 4:8].reshape(-1, 2, 2) + anchors[:, None]
        origin = np.array([region.x, region.y]) - side / 2
        people = []
        order = np.argsort(-score, kind="stable")
        while len(order):
            same = _overlap(boxes[order[0]], boxes[order]) > 0.3
            weight = score[order[same]]
            mean = (points[order[same]] * weight[:, None, None]).sum(0) / weight.sum() * side + origin
            people.append(Person(float(score[order[0]]), mean[0], mean[1]))
            order = order[~same]
        return people


def _overlap(box: Array, boxes: Array) -> Array:
    """Intersection over union of (4,) with (N, 4)."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return np.asarray(shared / (areas + np.prod(box[2:] - box[:2]) - shared + 1e-12))
