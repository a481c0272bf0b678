"""Several people in one clip share their scene: which way is up, and the focal length."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from kinetix_capture.fitting import body_model, scene_up, solver
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.people import group_capture, places
from kinetix_core.motion import quaternion as quat
from tests.capture.drawn_room import NO_EDGES


def _stands(away: float, up: np.ndarray, lean: float, high: float = 1.5) -> Any:
    """Somebody who stands so far away on a floor `high` metres below the camera, and leans by so many radians along the view."""
    upright = quat.between(np.array([0.0, 1.0, 0.0]), up)
    ahead = np.array([0.0, 0.0, -1.0]) + up[2] * up
    rotations = FigurePose.rest(12).rotations
    rotations[:, 0] = quat.multiply(quat.from_axis_angle([1.0, 0.0, 0.0], lean), upright)
    hips = np.tile(ahead / np.linalg.norm(ahead) * away, (12, 1))
    points = FigurePose(rotations, hips).points
    standing = np.zeros(points.shape[:2], bool)
    standing[:, body_model.rows(body_model.FEET)] = True
    floor = float(np.median((points @ up - body_model.soles())[standing]))
    hips = hips - (floor + high) * up
    fit = SimpleNamespace(measured=SimpleNamespace(standing=standing), focal=0.77)
    return SimpleNamespace(
        fit=fit, state=solver.State(rotations, hips), up=quat.rotate(rotations[0, 0], np.array([0, 1.0, 0]))
    )


@pytest.mark.parametrize("lean_deg", [-8.0, 8.0])
def test_people_one_behind_the_other_stand_on_one_floor(lean_deg: float) -> None:
    true = scene_up.up_of(np.radians(14.0), 0.0)
    lean = float(np.radians(lean_deg))
    up, _ = places.common_up([_stands(3.0, true, lean), _stands(6.0, true, lean)], NO_EDGES)
    assert np.degrees(np.arccos(up @ true)) < 3.0, "the lean is not taken for the scene's"


def test_a_camera_that_would_be_below_the_floor_is_not_the_likelier_for_it() -> None:
    """About such a direction people's sizes are not told, and so nothing spoke against it."""
    true = scene_up.up_of(np.radians(6.0), 0.0)
    cost = places._uneven([_stands(6.0, true, 0.0), _stands(7.0, true, 0.0)])
    level = int(np.argmin(np.abs(scene_up.ROLLS)))
    at = {round(float(np.degrees(pitch))): float(row[level]) for pitch, row in zip(scene_up.PITCHES, cost, strict=True)}
    assert at[6] < 0.1 and at[-14] >= 0.5 and at[-20] >= 0.5


@pytest.mark.parametrize("true", [0.6, 0.77, 1.05, 1.2])
def test_the_focal_length_is_the_one_that_leaves_least(true: float) -> None:
    tried: list[float] = []

    def cost(focal: float) -> float:
        tried.append(focal)
        return 3000.0 + 20_000.0 * float(np.log(focal / true)) ** 2

    assert group_capture.common_focal(0.77, cost) == pytest.approx(true, rel=0.01)
    assert len(tried) <= group_capture.MOST_TRIES


def test_what_says_nothing_leaves_the_usual_focal_length() -> None:
    assert group_capture.common_focal(0.77, lambda focal: 3000.0) == pytest.approx(0.77)
    assert group_capture.common_focal(0.77, lambda focal: 3000.0 / focal**9) < 1.5, "it stays among the usual ones"
