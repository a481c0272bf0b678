"""Two bones that bring their end to a goal: knees and elbows stay in their plane, and nothing jumps."""

from __future__ import annotations

import numpy as np
import pytest

from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.retargeting import limb_ik

pytestmark = [pytest.mark.quick, pytest.mark.xdist_group("motion")]

AHEAD = np.array([0.0, 0, 1])


def leg(bent: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hip, knee and ankle (F, 3) of a leg of 0.9 m, straight down; the knee stands out to the front by (F,) metres, or to the back."""
    rise = np.sqrt(0.45**2 - bent**2)
    zero = np.zeros_like(bent)
    hip = np.stack((zero, zero + 1, zero), axis=1)
    return hip, np.stack((zero, 1 - rise, bent), axis=1), np.stack((zero, 1 - 2 * rise, zero), axis=1)


def solved(bent: np.ndarray, moved: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Knee and ankle (F, 3) after the ankle was asked to move by (F, 3), and where it was asked to be."""
    hip, knee, ankle = leg(bent)
    first, second = limb_ik.solve(hip, knee, ankle, ankle + moved, np.broadcast_to(AHEAD, hip.shape))
    new = hip + quat.rotate(first, knee - hip)
    return new, new + quat.rotate(second, ankle - knee), ankle + moved


def test_a_leg_that_is_left_alone_keeps_its_pose() -> None:
    bent = np.linspace(0.1, -0.04, 71)
    hip, knee, ankle = leg(bent)
    turns = limb_ik.solve(hip, knee, ankle, ankle, np.broadcast_to(AHEAD, hip.shape))
    for turn in turns:
        assert np.abs(turn[:, :3]).max() < 1e-3


def test_the_ankle_comes_to_its_goal() -> None:
    count = 60
    moved = np.stack(
        (0.03 * np.sin(np.arange(count) / 9), np.full(count, 0.04), 0.03 * np.cos(np.arange(count) / 7)), 1
    )
    knee, ankle, goal = solved(np.full(count, 0.12), moved)
    assert np.abs(ankle - goal).max() < 1e-6
    assert (knee[:, 2] > 0.05).all()


@pytest.mark.parametrize("lifted", [0.002, 0.005, 0.01])
def test_a_knee_that_goes_through_straight_goes_to_no_side(lifted: float) -> None:
    """Overstretched knees as motion capture has them, in a leg that is shortened a little."""
    bent = 0.015 + 0.03 * np.cos(np.linspace(0, np.pi, 61))
    knee, ankle, goal = solved(bent, np.broadcast_to([0.0, lifted, 0.0], (61, 3)))
    assert np.abs(knee[:, 0]).max() < 1e-4
    assert np.linalg.norm(ankle - goal, axis=1).max() < 0.0015
    assert np.linalg.norm(np.diff(knee, 2, axis=0), axis=1).max() < 0.003
