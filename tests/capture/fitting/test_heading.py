"""A walker's way is turned a good half towards the front; a step aside, a walk backwards and a move on the spot stay as they are."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kinetix_capture.fitting import balance, body_model, heading, solver
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.fitting.normal_equations import NormalEquations
from kinetix_core.motion import quaternion as quat

pytestmark = pytest.mark.quick

_FRAMES = 31


def _walk(degrees: float, metres: float = 1.5) -> np.ndarray:
    """(F, 2) straight, turned about y from +z towards +x."""
    along = np.linspace(0, metres, _FRAMES)[:, None]
    path: NDArray[Any] = along * np.array([np.sin(np.radians(degrees)), np.cos(np.radians(degrees))])
    return path


def _rotations(degrees: float) -> np.ndarray:
    rotations = FigurePose.rest(_FRAMES).rotations
    rotations[:, 0] = quat.from_axis_angle([0.0, 1.0, 0.0], np.radians(degrees))
    return rotations


AHEAD = np.tile([0.0, 1.0], (_FRAMES, 1))


@pytest.mark.parametrize("degrees", [-12.0, -3.0, 0.0, 7.0])
def test_a_good_half_of_a_small_difference_is_taken(degrees: float) -> None:
    assert np.degrees(heading.turn(AHEAD, _walk(degrees))) == pytest.approx(-0.6 * degrees)


@pytest.mark.parametrize(("degrees", "metres"), [(40.0, 2.0), (90.0, 2.0), (180.0, 2.0), (-8.0, 0.25)])
def test_a_step_aside_a_walk_backwards_and_a_move_on_the_spot_stay(degrees: float, metres: float) -> None:
    assert heading.turn(AHEAD, _walk(degrees, metres)) == pytest.approx(0)


def test_who_walks_in_a_circle_and_faces_it_is_left_alone() -> None:
    angle = np.linspace(0, np.pi, _FRAMES)
    path = np.stack((1 - np.cos(angle), np.sin(angle)), 1)
    middle = angle + (angle[1] - angle[0]) / 2
    front = np.stack((np.sin(middle), np.cos(middle)), 1)
    assert heading.turn(front, path) == pytest.approx(0, abs=1e-9)


def test_the_path_turns_about_its_start_and_keeps_its_heights() -> None:
    walk = _walk(20.0)
    path = np.stack((walk[:, 0] + 3, np.linspace(0.9, 1.0, _FRAMES), walk[:, 1] - 1), 1)
    found = heading.align_path(_rotations(10.0), path)
    wanted = _walk(14.0)
    assert np.allclose(found, np.stack((wanted[:, 0] + 3, path[:, 1], wanted[:, 1] - 1), 1))


def _added(rotations: np.ndarray, hips: np.ndarray, up: np.ndarray) -> NormalEquations:
    pose = FigurePose(rotations, hips)
    normal = NormalEquations(len(hips), len(pose.body.dofs))
    mass = balance.centre_of_mass(pose), balance.centre_slope(pose)
    slope = body_model.jacobian(pose.body, pose.world, pose.position, pose.points)
    heading.add(normal, mass, (pose.points, slope), up, heading.walks_ahead(mass[0], pose.points, up), 0.005)
    return normal


def _hips(degrees: float, metres: float = 1.5) -> np.ndarray:
    walk = _walk(degrees, metres)
    return np.stack((walk[:, 0], np.full(_FRAMES, 0.9), walk[:, 1] - 4.0), 1)


UP = np.array([0.0, 1.0, 0.0])


@pytest.mark.parametrize("faces", [0.0, 70.0, -130.0])
def test_the_fit_lets_a_walker_go_ahead_and_holds_what_slips_aside(faces: float) -> None:
    assert _added(_rotations(faces), _hips(faces), UP).cost < 1e-3
    slips = 1.5 * np.sin(np.radians(5)) / (_FRAMES - 1) / 0.005
    assert _added(_rotations(faces), _hips(faces + 5), UP).cost == pytest.approx((_FRAMES - 1) * slips**2, rel=0.01)


@pytest.mark.parametrize(("degrees", "metres"), [(45.0, 2.0), (180.0, 2.0), (8.0, 0.25)])
def test_the_fit_leaves_a_step_aside_a_walk_backwards_and_a_move_on_the_spot(degrees: float, metres: float) -> None:
    assert _added(_rotations(0.0), _hips(degrees, metres), UP).cost == 0


def test_the_fit_knows_how_a_slip_changes_with_every_joint_and_under_a_rolled_camera() -> None:
    body, rng = body_model.load(), np.random.default_rng(5)
    jitter = rng.normal(size=(_FRAMES, len(body.dofs))) * 0.001
    rotations, hips = solver.moved(_rotations(0.0), _hips(2.0), jitter)
    roll = quat.from_axis_angle([0.0, 0.0, 1.0], 0.3)
    rotations[:, 0] = quat.multiply(roll, rotations[:, 0])
    hips, up = quat.rotate(roll, hips), quat.rotate(roll, UP)
    normal = _added(rotations, hips, up)
    assert normal.cost > 1
    for number in range(len(body.dofs)):
        costs = []
        for size in (-1e-5, 1e-5):
            step = np.zeros((_FRAMES, len(body.dofs)))
            step[12, number] = size
            costs.append(_added(*solver.moved(rotations, hips, step), up).cost)
        # the equations hold half the slope of the cost, with Huber's weights as they are
        assert normal.right[12, number] == pytest.approx(
            -(costs[1] - costs[0]) / 4e-5, abs=0.02 + 0.01 * abs(normal.right[12, number])
        )
