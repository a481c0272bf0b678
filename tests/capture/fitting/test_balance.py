"""The body as a pendulum on its feet: where its weight is, where its feet press, and what the two say about its lean."""

from __future__ import annotations

import numpy as np
import pytest

from kinetix_capture.fitting import balance, body_model, solver
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.fitting.normal_equations import NormalEquations, join
from kinetix_capture.video.decode import FPS
from tests.capture import figures

pytestmark = pytest.mark.quick

_UP = np.array([0.0, 1.0, 0.0])
_GRAVITY = 9.81
_FEET = body_model.rows(body_model.FEET)


def _cost(
    lean: np.ndarray, low: float = 0.0, left: bool = True, right: bool = True, rotations: np.ndarray | None = None
) -> NormalEquations:
    """Return the terms added for a figure in its rest pose with planted feet and a body `lean` (F, 2) off in x and z."""
    frames, rest = len(lean), FigurePose.rest(len(lean))
    hips = np.stack((lean[:, 0], np.zeros(frames), lean[:, 1]), 1) + rest.hips - [0.0, low, 0.0]
    pose = FigurePose(rest.rotations if rotations is None else rotations, hips)
    standing = np.tile([left, right, left, right], (frames, 1))
    normal = NormalEquations(frames, len(pose.body.dofs))
    mass = balance.centre_of_mass(pose), balance.centre_slope(pose)
    feet = rest.points[:, _FEET], np.zeros((frames, 4, 3, len(pose.body.dofs)))
    balance.add(normal, mass, feet, standing, _UP, 0.0, 0.08)
    return normal


def _above_the_feet() -> float:
    """z at which the mass of the resting figure is over the point where both flat feet press."""
    rest = FigurePose.rest()
    return float(rest.points[0, _FEET, 2].mean() - balance.centre_of_mass(rest)[0, 2])


def test_the_whole_body_is_weighed_and_its_middle_is_in_the_pelvis() -> None:
    body = body_model.load()
    shares = balance.mass_shares()
    assert shares.sum() == pytest.approx(1)
    legs = [number for number, name in enumerate(body.names) if name.endswith(("UpLeg", "Leg", "Foot", "ToeBase"))]
    assert shares[legs].sum() == pytest.approx(2 * 0.161, abs=0.01)
    middle = balance.centre_of_mass(FigurePose.rest())[0]
    assert abs(middle[0]) < 0.002
    assert 0.52 < middle[1] / 1.85 < 0.6


def test_the_middle_moves_as_its_derivative_says() -> None:
    freedoms = len(body_model.load().dofs)
    pose = figures.posed(np.random.default_rng(2).normal(size=(2, freedoms)) * 0.3)
    slope = balance.centre_slope(pose)
    for number in range(freedoms):
        step = np.zeros((2, freedoms))
        step[:, number] = 1e-6
        moved = FigurePose(*solver.moved(pose.rotations, pose.hips, step))
        change = balance.centre_of_mass(moved) - balance.centre_of_mass(pose)
        assert np.allclose(change / 1e-6, slope[..., number], atol=1e-5)


def test_the_load_goes_over_from_foot_to_foot() -> None:
    standing = np.zeros((30, 4), bool)
    standing[:18, [0, 2]] = True
    standing[12:, [1, 3]] = True
    points = np.zeros((30, 4, 3))
    points[:, [1, 3], 2] = 0.7
    found = balance.support(standing, points)
    apart = np.linalg.norm(found.apart, axis=1)
    left = found.shares[:, [0, 2]].sum(1)
    assert found.shares.sum(1) == pytest.approx(1)
    assert left[:12] == pytest.approx(1)
    assert left[18:] == pytest.approx(0)
    assert (np.diff(left[11:19]) < 0).all()
    assert left[14] + left[15] == pytest.approx(1)
    assert apart[:12] == pytest.approx(0)
    assert apart[14:16] == pytest.approx(0.7, abs=0.02)


@pytest.mark.parametrize(
    ("heel", "toe", "wanted"), [(True, True, (0.5, 0.5)), (True, False, (1, 0)), (False, True, (0, 1))]
)
def test_a_foot_presses_where_it_stands(heel: bool, toe: bool, wanted: tuple[float, float]) -> None:
    standing = np.tile([heel, False, toe, False], (9, 1))
    found = balance.support(standing, np.zeros((9, 4, 3)))
    assert found.shares[4, [0, 2]] == pytest.approx(wanted)


def test_nobody_presses_in_the_air() -> None:
    standing = np.zeros((9, 4), bool)
    assert not balance.support(standing, np.zeros((9, 4, 3))).shares.any()
    assert _cost(np.full((9, 2), 0.5), left=False, right=False).cost == 0


def test_a_body_that_falls_as_a_pendulum_costs_nothing_and_one_that_hangs_off_its_feet_does() -> None:
    over = _above_the_feet()
    height = balance.centre_of_mass(FigurePose.rest())[0, 1]
    beat = np.sqrt((1 - balance._ROLLS) * _GRAVITY / height)
    time = np.arange(-15, 16) / FPS
    falls = np.stack((0.05 * np.sinh(beat * time), over + 0.03 * np.cosh(beat * time)), 1)
    assert _cost(falls).cost < 1e-4
    tips = 0.65 * 0.1 / 0.08
    assert _cost(np.tile([0.0, over + 0.1], (31, 1))).cost == pytest.approx(29 * tips**2, rel=0.01)
    # between two feet side by side the body may be over either
    assert 1 < _cost(np.tile([0.1, over], (31, 1))).cost < 0.2 * 29 * tips**2
    assert _cost(np.tile([0.0, over], (31, 1))).cost < 1e-4


def test_a_body_near_the_floor_is_not_judged() -> None:
    assert _cost(np.full((9, 2), 0.3), low=0.6).cost == 0
    assert _cost(np.full((9, 2), 0.3)).cost > 1


def test_a_step_of_the_fit_brings_a_leaning_body_back_to_what_a_pendulum_does() -> None:
    lean = np.tile([0.0, _above_the_feet() + 0.1], (31, 1))
    normal = _cost(lean)
    step, _ = join([normal.reduce()])
    hips = np.stack((lean[:, 0], np.zeros(31), lean[:, 1]), 1)
    rotations, hips = solver.moved(FigurePose.rest(31).rotations, hips, step)
    assert _cost(hips[:, [0, 2]], rotations=rotations).cost < 0.05 * normal.cost
