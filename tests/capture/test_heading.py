"""A walker's way is turned half way to the front; a step aside, a walk backwards and a move on the spot stay as they are."""

from __future__ import annotations

import numpy as np
import pytest

from kinetix_core.motion import quaternion as quat
from kinetix_local.capture import body as figure
from kinetix_local.capture import heading

pytestmark = pytest.mark.quick

_FRAMES = 31


def _way(degrees: float, metres: float = 1.5) -> np.ndarray:
    """(F, 2) straight, turned about y from +z towards +x."""
    along = np.linspace(0, metres, _FRAMES)[:, None]
    return along * np.array([np.sin(np.radians(degrees)), np.cos(np.radians(degrees))])


def _rotations(degrees: float) -> np.ndarray:
    body = figure.load()
    rotations = np.tile(quat.IDENTITY, (_FRAMES, len(body.names), 1))
    rotations[:, 0] = quat.from_axis_angle([0.0, 1.0, 0.0], np.radians(degrees))
    return rotations


AHEAD = np.tile([0.0, 1.0], (_FRAMES, 1))


@pytest.mark.parametrize("degrees", [-12.0, -3.0, 0.0, 7.0])
def test_half_of_a_small_difference_is_taken(degrees: float) -> None:
    assert np.degrees(heading.turn(AHEAD, _way(degrees))) == pytest.approx(-degrees / 2)


@pytest.mark.parametrize(("degrees", "metres"), [(40.0, 2.0), (90.0, 2.0), (180.0, 2.0), (-8.0, 0.25)])
def test_a_step_aside_a_walk_backwards_and_a_move_on_the_spot_stay(degrees: float, metres: float) -> None:
    assert heading.turn(AHEAD, _way(degrees, metres)) == pytest.approx(0)


def test_who_walks_in_a_circle_and_faces_it_is_left_alone() -> None:
    angle = np.linspace(0, np.pi, _FRAMES)
    path = np.stack((1 - np.cos(angle), np.sin(angle)), 1)
    middle = angle + (angle[1] - angle[0]) / 2
    front = np.stack((np.sin(middle), np.cos(middle)), 1)
    assert heading.turn(front, path) == pytest.approx(0, abs=1e-9)


def test_the_front_is_square_to_hips_and_shoulders() -> None:
    front = heading.facing(figure.load(), _rotations(30.0))
    assert front[0] == pytest.approx([np.sin(np.radians(30)), np.cos(np.radians(30))], abs=1e-6)


def test_the_path_turns_about_its_start_and_keeps_its_heights() -> None:
    way = _way(20.0)
    path = np.stack((way[:, 0] + 3, np.linspace(0.9, 1.0, _FRAMES), way[:, 1] - 1), 1)
    found = heading.squared(figure.load(), _rotations(10.0), path)
    wanted = _way(15.0)
    assert np.allclose(found, np.stack((wanted[:, 0] + 3, path[:, 1], wanted[:, 1] - 1), 1))
