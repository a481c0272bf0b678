"""Nothing of a body is in the floor: it rises, its hands bend, and what was right stays as it was."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from kinetix_bench.capture import hand_moves
from kinetix_capture.contacts import above_floor
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from tests.capture import figures
from tests.capture.figures import places
from tests.motion import moves
from tests.support.tools import DATA

pytestmark = pytest.mark.quick

Array = NDArray[np.float64]
HANDS = "LeftHand", "RightHand"


def _raised(motion: Motion, *, stays: bool = False) -> Motion:
    raised = above_floor.raise_body(figures.pose_of(motion), motion, np.full((len(motion), 2), stays))
    return figures.with_pose(motion, raised)


def _lowered(motion: Motion, metres: float) -> Motion:
    return motion.with_(root_positions=motion.root_positions - [0.0, metres, 0.0])


def _deepest(motion: Motion, kind: str | None = None) -> float:
    """Metres in the floor of what bones whose names hold this carry; None is all but the legs, whose feet are held before."""
    names = motion.skeleton.names
    legs = "Leg", "Foot", "Toe"
    chosen = [
        number
        for number, name in enumerate(names)
        if (kind in name if kind is not None else not any(leg in name for leg in legs))
    ]
    return float(-above_floor.lowest_skin(motion)[:, chosen].min())


@pytest.fixture(scope="module")
def from_the_back() -> Motion:
    return moves.load("getup_faceup")


def test_a_body_that_lies_in_the_floor_rises_out_of_it(from_the_back: Motion) -> None:
    low = _lowered(from_the_back, 0.1)
    raised = _raised(low)
    assert _deepest(low) > 0.1
    assert _deepest(raised) < 0.04


@pytest.mark.parametrize("move", ["dance_b", "walk", "kick"])
def test_a_body_above_the_floor_stays_as_it_is(move: str) -> None:
    motion = _lowered(moves.load(move), -0.02)
    raised = _raised(motion)
    assert np.array_equal(raised.rotations, motion.rotations)
    assert np.array_equal(raised.root_positions, motion.root_positions)


def test_a_hand_in_the_floor_bends_and_its_arm_stays() -> None:
    """Fingers that point into the floor from wrists 7 cm above it."""
    motion = _lowered(hand_moves.flat_hands("push-up", DATA)[0], -0.05)
    rotations = motion.rotations.copy()
    world = kinematics.forward(motion)[0]
    for name in HANDS:
        hand = motion.skeleton.index(name)
        parent = world[:, motion.skeleton.parents[hand]]
        knuckles = np.diff(places(motion, name, name + "Middle1"), axis=1)[:, 0]
        side = np.cross(knuckles, [0.0, -1.0, 0.0])
        down = quat.from_axis_angle(side / np.linalg.norm(side, axis=1, keepdims=True), np.full(len(side), 0.9))
        rotations[:, hand] = quat.multiply(quat.conjugate(parent), quat.multiply(down, world[:, hand]))
    low = motion.with_(rotations=rotations)
    raised = _raised(low)
    assert _deepest(low, "Hand") > 0.05
    assert _deepest(raised, "Hand") < 0.02
    assert np.abs(places(raised, *HANDS) - places(low, *HANDS)).max() < 0.002


def test_hands_that_stay_do_not_rise_with_the_body(from_the_back: Motion) -> None:
    low = _lowered(from_the_back, 0.1)
    raised = _raised(low, stays=True)
    rises = raised.root_positions[:, 1] - low.root_positions[:, 1] > 0.03
    assert rises.sum() > 10
    moved = np.linalg.norm(places(raised, *HANDS) - places(low, *HANDS), axis=-1)[rises]
    # An arm that does not reach comes as near as it can.
    assert np.median(moved) < 0.005
