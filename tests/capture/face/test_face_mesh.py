"""The mesh with attention finds the irises where they are, however the face lies in the crop."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from kinetix_bench.capture.clips import faces
from kinetix_capture.networks import weights
from kinetix_capture.networks.face_landmarks import FaceReader, face_region
from kinetix_capture.networks.face_mesh import FACE_POINTS
from kinetix_capture.networks.network import Region
from kinetix_core.values.face_shapes import FACE_SHAPES

Array = NDArray[np.float64]
RIGHT_IRIS, LEFT_IRIS = 468, 473
GAZES = {
    "ahead": (),
    "to the left": ("eyeLookOutLeft", "eyeLookInRight"),
    "to the right": ("eyeLookInLeft", "eyeLookOutRight"),
    "up": ("eyeLookUpLeft", "eyeLookUpRight"),
}


@pytest.fixture(scope="module")
def reader() -> FaceReader:
    return FaceReader(weights.find(weights.FACE_LANDMARK))


def _shown(names: tuple[str, ...]) -> Array:
    return np.array([0.7 if name in names else 0.0 for name in FACE_SHAPES])


def _irises(shown: Array, sight: faces.Sight) -> Array:
    """(2, 2) pixels where the pupils of the right and the left eye are."""
    return sight.project(np.array(faces.pupils(shown)))[::-1, :2]


@pytest.mark.parametrize("gaze", GAZES)
@pytest.mark.parametrize(("turn", "aside", "larger"), [(0.0, 0.0, 1.0), (0.35, 0.08, 1.15), (-0.3, -0.05, 0.95)])
def test_irises_are_found_where_they_are(
    reader: FaceReader, gaze: str, turn: float, aside: float, larger: float
) -> None:
    sight, shown = faces.Sight(150.0, yaw=0.15, roll=0.1), _shown(GAZES[gaze])
    picture = faces.render(faces.Person(), shown, sight)
    head = face_region(faces.body_landmarks(sight))
    region = reader(picture, head).region
    moved = Region(region.x + aside * region.side, region.y, region.side * larger, region.angle + turn)
    face = reader(picture, moved)
    assert face.points.shape == (FACE_POINTS, 3) and np.isfinite(face.points).all() and face.confidence > 0.9
    away = np.linalg.norm(face.points[[RIGHT_IRIS, LEFT_IRIS], :2] - _irises(shown, sight), axis=1)
    assert away.max() < 0.02 * sight.face_px
    # an iris is as deep as its lids
    assert face.points[RIGHT_IRIS, 2] == pytest.approx(face.points[[33, 133], 2].mean(), abs=0.05 * sight.face_px)
