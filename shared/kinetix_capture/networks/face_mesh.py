"""MediaPipe's face mesh with attention: 468 points, those about eyes and lips looked at once more, and the irises.

The file has three steps that are MediaPipe's own and that LiteRT does not have: the turned box about an area's points, the features
of the picture in it, and the way back. They are done here, between the parts of the model that come before and after them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinetix_capture.arrays import Array
from kinetix_capture.networks import pruning
from kinetix_capture.networks.network import Network

FACE_POINTS = 478
INPUT_SIZE = 192
_MESH_POINTS, _IRIS_POINTS = 468, 5
# Names of tensors in the file: what goes in, the points, the features, and whether it is a face.
_PICTURE, _MESH, _FEATURES, _SURE = "input_1", "output_mesh", "p_re_lu_3", "conv_faceflag"
# What is looked at of an area: so many features across, from so much more than its points' box. Points come out as quarters of one.
_ACROSS, _MARGIN, _STEPS = 16, 1.5, 4
_LID = 16


@dataclass(frozen=True)
class _Area:
    """`level` are two points between which the area is upright; the lid's own are the first ones of an eye's."""

    points: tuple[int, ...]
    level: tuple[int, int]
    features: str
    refined: str
    iris: str | None = None


_RIGHT_EYE = _Area(
    (
        *(33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173, 130, 25, 110, 24, 23),
        *(22, 26, 112, 243, 247, 30, 29, 27, 28, 56, 190, 226, 31, 228, 229, 230, 231, 232, 233, 244, 113, 225),
        *(224, 223, 222, 221, 189, 35, 124, 46, 53, 52, 65, 143, 111, 117, 118, 119, 120, 121, 128, 245, 156),
        *(70, 63, 105, 66, 107, 55, 193),
    ),
    (33, 133),
    "transform_tensor_bilinear_v2_1",
    "conv_left_eye",
    "conv_left_iris",
)
_LEFT_EYE = _Area(
    (
        *(263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398, 359, 255, 339, 254),
        *(253, 252, 256, 341, 463, 467, 260, 259, 257, 258, 286, 414, 446, 261, 448, 449, 450, 451, 452, 453),
        *(464, 342, 445, 444, 443, 442, 441, 413, 265, 353, 276, 283, 282, 295, 372, 340, 346, 347, 348, 349),
        *(350, 357, 465, 383, 300, 293, 334, 296, 336, 285, 417),
    ),
    (362, 263),
    "transform_tensor_bilinear_v2_2",
    "conv_right_eye",
    "conv_right_iris",
)
_LIPS = _Area(
    (
        *(61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 185, 40, 39, 37, 0, 267, 269, 270, 409, 78, 95),
        *(88, 178, 87, 14, 317, 402, 318, 324, 308, 191, 80, 81, 82, 13, 312, 311, 310, 415, 76, 77, 90, 180),
        *(85, 16, 315, 404, 320, 307, 306, 184, 74, 73, 72, 11, 302, 303, 304, 408, 62, 96, 89, 179, 86, 15),
        *(316, 403, 319, 325, 292, 183, 42, 41, 38, 12, 268, 271, 272, 407),
    ),
    (61, 291),
    "transform_tensor_bilinear_v2",
    "conv_lips",
)
_GRID = np.stack(np.meshgrid(np.arange(_ACROSS), np.arange(_ACROSS)), -1).reshape(-1, 2) + 0.5


class FaceMesh:
    """Not shared between threads."""

    def __init__(self, path: Path) -> None:
        model = path.read_bytes()
        self._whole = Network(pruning.between(model, _PICTURE, (_MESH, _FEATURES, _SURE)))
        self._areas = [
            (area, Network(pruning.between(model, area.features, [name for name in (area.refined, area.iris) if name])))
            for area in (_LIPS, _RIGHT_EYE, _LEFT_EYE)
        ]

    def __call__(self, picture: NDArray[np.float32]) -> tuple[Array, float]:
        """(192, 192, 3) float32 in 0 … 1 → (478, 3) its pixels and the depth, and the logit of a face being there.

        The last ten are the irises, of the right eye first: middle, and towards the picture's right, up, left and down.
        Depth is the mesh's; that of an iris is its lids'.
        """
        mesh, features, sure = self._whole(picture)
        rough = mesh.reshape(_MESH_POINTS, 3).astype(np.float64)
        points = np.concatenate((rough, np.zeros((2 * _IRIS_POINTS, 3))))
        irises = iter((slice(_MESH_POINTS, _MESH_POINTS + _IRIS_POINTS), slice(_MESH_POINTS + _IRIS_POINTS, None)))
        for area, network in self._areas:
            own = list(area.points)
            turn, origin = _box(rough[:, :2], own, area.level)
            refined = [
                output.reshape(-1, 2) @ (turn.T / _STEPS) + origin
                for output in network(_sampled(features[0], turn, origin))
            ]
            points[own, :2] = refined[0]
            if area.iris:
                iris = next(irises)
                points[iris, :2], points[iris, 2] = refined[1], rough[own[:_LID], 2].mean()
        return points, float(sure.ravel()[0])


def _box(points: Array, own: list[int], level: tuple[int, int]) -> tuple[Array, Array]:
    """Return (2, 2) and (2,): from places in an area's features to the picture."""
    across = points[level[1]] - points[level[0]]
    c, s = across / np.hypot(*across)
    turn = np.array([[c, -s], [s, c]])
    upright = points[own] @ turn
    low, high = upright.min(0), upright.max(0)
    scaled = turn * ((high - low) * _MARGIN / _ACROSS)
    return scaled, turn @ ((low + high) / 2) - scaled.sum(1) * (_ACROSS / 2)


def _sampled(features: NDArray[np.float32], turn: Array, origin: Array) -> NDArray[np.float32]:
    """Return (16, 16, C) of the features (H, W, C) between their middles, 0 outside."""
    size = len(features)
    at = (_GRID @ turn.T + origin) * (size / INPUT_SIZE) - 0.5
    first = np.floor(at).astype(int)
    share = at - first
    sampled = np.zeros((len(at), features.shape[2]), np.float32)
    for column in (0, 1):
        for row in (0, 1):
            place = first + np.array((column, row))
            weight = np.abs(1 - column - share[:, 0]) * np.abs(1 - row - share[:, 1])
            weight *= ((place >= 0) & (place < size)).all(1)
            place = np.clip(place, 0, size - 1)
            sampled += weight[:, None].astype(np.float32) * features[place[:, 1], place[:, 0]]
    return sampled.reshape(_ACROSS, _ACROSS, -1)
