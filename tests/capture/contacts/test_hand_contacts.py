"""Hands on the floor: which ones stand, that they stay where they are, and that the rest of the figure goes along."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kinetix_bench.capture import hand_moves
from kinetix_capture.contacts import fitted_hands, hand_contacts, hand_lock
from kinetix_capture.contacts.hand_contacts import HandSight
from kinetix_capture.fitting import body_model, finger_pose, solver
from kinetix_capture.fitting.measurements import Settings
from kinetix_capture.refining import solving
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.protocol.corrections import Contact, HandContact, Side
from tests.capture import figures
from tests.capture.figures import places
from tests.support.seen_take import seen_take
from tests.support.tools import DATA

pytestmark = pytest.mark.quick

Array = NDArray[np.float64]
FRAMES, FPS = 30, 30.0
DEPTH = 3.0
WRIST = 0.027
"""Metres of the mannequin's wrist above the floor on which its palm lies."""


def _sight(speed: Array, weight: float = 1.0) -> HandSight:
    """Hands that go aside by so many m/s (F, 2) at a depth of 3 m."""
    aside = np.cumsum(speed, axis=0) / FPS / DEPTH
    rays = np.zeros((FRAMES, 2, 3, 2))
    rays[..., 0] = aside[..., None]
    return HandSight(rays, np.full((FRAMES, 2, 3), weight), np.full((FRAMES, 2, 3), DEPTH))


def _speeds(first: int, last: int) -> Array:
    """(F, 2) both hands go at 2 m/s, but the left one rests from the first frame until before the last."""
    speed = np.full((FRAMES, 2), 2.0)
    speed[first:last, 0] = 0.0
    return speed


def _found(sight: HandSight, height: float = 0.05) -> NDArray[np.bool_]:
    heights = np.full((FRAMES, 2), height)
    return hand_contacts.find_hand_contacts([sight], heights, FPS, hand_contacts.AT_FLOOR)


def test_a_low_hand_that_rests_stands() -> None:
    stands = _found(_sight(_speeds(8, 22)))
    assert not stands[:, 1].any()
    frames = np.flatnonzero(stands[:, 0])
    assert abs(frames[0] - 8) <= 3 and abs(frames[-1] - 21) <= 3 and len(frames) == frames[-1] - frames[0] + 1


@pytest.mark.parametrize(
    ("sight", "height"),
    [
        (_sight(_speeds(8, 22)), 0.3),
        (_sight(_speeds(8, 22), weight=0.1), 0.05),
        (_sight(_speeds(12, 15)), 0.05),
        (_sight(np.full((FRAMES, 2), 0.8)), 0.05),
    ],
    ids=["high", "hardly seen", "for a moment", "slides"],
)
def test_no_other_hand_does(sight: HandSight, height: float) -> None:
    assert not _found(sight, height).any()


def test_a_camera_that_sees_the_hand_better_counts_more() -> None:
    """One of them, which hardly sees it, takes it for moving."""
    heights = np.full((FRAMES, 2), 0.05)
    rests, wild = _sight(np.zeros((FRAMES, 2))), _sight(np.full((FRAMES, 2), 2.0), weight=0.1)
    assert hand_contacts.find_hand_contacts([rests, wild], heights, FPS, hand_contacts.AT_FLOOR).all()
    wild = replace(wild, weights=np.ones(wild.weights.shape))
    assert not hand_contacts.find_hand_contacts([rests, wild], heights, FPS, hand_contacts.AT_FLOOR).any()


@pytest.fixture(scope="module")
def push_up() -> Motion:
    return hand_moves.flat_hands("push-up", DATA)[0]


def _locked(motion: Motion, stands: NDArray[np.bool_], fingers: float = np.nan) -> tuple[Motion, Array]:
    held, flat = hand_lock.lock_hands(figures.pose_of(motion), stands, np.full(stands.shape, fingers))
    return figures.with_pose(motion, held), flat


@pytest.mark.parametrize("higher", [-0.06, 0.06])
def test_hands_are_held_on_the_floor_and_feet_stay(push_up: Motion, higher: float) -> None:
    """The body sways by 3 cm and is too low or too high, as in a fit; its arms are stretched at the top."""
    frames = len(push_up)
    sway = np.stack((0.03 * np.sin(np.arange(frames)), np.full(frames, higher), np.zeros(frames)), 1)
    off = push_up.with_(root_positions=push_up.root_positions + sway)
    held, flat = _locked(off, np.ones((frames, 2), bool))
    wrists = places(held, "LeftHand", "RightHand")
    assert np.ptp(wrists, axis=0).max() < 0.004
    assert np.ptp(places(off, "LeftHand", "RightHand"), axis=0).max() > 0.05
    true = places(push_up, "LeftHand", "RightHand")[0, :, 1]
    assert np.abs(wrists[..., 1] - true).max() < 0.003 and (flat == 1).all()
    feet = "LeftFoot", "RightFoot"
    assert np.abs(places(held, *feet) - places(off, *feet)).max() < 0.002


def test_a_body_whose_hands_are_below_the_floor_rises(push_up: Motion) -> None:
    """Its feet stay, and its elbows are bent as they were seen; arms that shorten by 6 cm would bend by 50° and more."""
    low = push_up.with_(root_positions=push_up.root_positions - [0.0, 0.06, 0.0])
    held, _ = _locked(low, np.ones((len(push_up), 2), bool))
    assert np.abs(held.root_positions[:, 1] - low.root_positions[:, 1] - 0.06).max() < 0.01
    elbows = [push_up.skeleton.index(side + "ForeArm") for side in ("Left", "Right")]
    bent = quat.multiply(quat.conjugate(low.rotations[:, elbows]), held.rotations[:, elbows])
    assert np.degrees(np.linalg.norm(quat.log(bent), axis=-1)).max() < 10


def test_a_body_that_stands_on_its_hands_rises_with_them() -> None:
    """In the middle of a cartwheel, 5 cm too low: its arms stay as they are, which is what one sees of it."""
    motion, stands = hand_moves.flat_hands("cartwheel", DATA)
    both = np.flatnonzero(stands.all(axis=1))
    upside_down = np.full(30, both[len(both) // 2])
    low = motion.root_positions[upside_down] - [0.0, 0.05, 0.0]
    body = motion.with_(rotations=motion.rotations[upside_down], root_positions=low)
    held, _ = _locked(body, np.ones((30, 2), bool))
    middle = slice(10, -10)
    assert np.abs(held.root_positions[middle, 1] - low[middle, 1] - 0.05).max() < 0.01
    arms = [body.skeleton.index(side + bone) for side in ("Left", "Right") for bone in ("Arm", "ForeArm")]
    now, was = held.rotations[middle][:, arms], body.rotations[middle][:, arms]
    assert np.degrees(np.abs(quat.log(quat.multiply(quat.conjugate(was), now)))).max() < 5


def test_a_hand_that_is_seen_upright_stands_on_its_fingers(push_up: Motion) -> None:
    rotations = push_up.rotations.copy()
    rest = kinematics.rest_pose(push_up.skeleton)[1]
    world = kinematics.forward(push_up)[0]
    for side in ("Left", "Right"):
        hand, knuckle = (push_up.skeleton.index(side + bone) for bone in ("Hand", "HandMiddle1"))
        down = quat.between(rest[knuckle] - rest[hand], np.array([0.0, -1.0, 0.0]))
        parent = world[:, push_up.skeleton.parents[hand]]
        rotations[:, hand] = quat.multiply(quat.conjugate(parent), np.broadcast_to(down, parent.shape))
    upright = push_up.with_(rotations=rotations)
    stands = np.ones((len(push_up), 2), bool)
    held, flat = _locked(upright, stands, fingers=0.08)
    assert not flat.any()
    knuckles = places(held, "LeftHandMiddle1", "RightHandMiddle1")[..., 1]
    assert (np.abs(knuckles - 0.08) < 0.03).all()
    assert (_locked(upright, stands)[1] == 1).all()  # a guess of the network lies flat


def test_two_stands_of_a_hand_pass_into_one_another(push_up: Motion) -> None:
    """The second one 20 cm on and turned by 60°, three frames after the first; a hand needs longer to be let go."""
    stands = np.zeros((len(push_up), 2), bool)
    stands[20:40, 0], stands[43:60, 0] = True, True
    later = np.clip((np.arange(len(push_up)) - 39) / 4.0, 0.0, 1.0)
    turn = quat.from_axis_angle(np.tile([0.0, 1.0, 0.0], (len(later), 1)), np.radians(60) * later)
    rotations = push_up.rotations.copy()
    rotations[:, 0] = quat.multiply(turn, rotations[:, 0])
    moved = push_up.with_(rotations=rotations, root_positions=push_up.root_positions + later[:, None] * [0.2, 0.0, 0.0])
    held, _ = _locked(moved, stands)
    names = [held.skeleton.index(bone) for bone in ("LeftForeArm", "LeftHand")]
    world = kinematics.forward(held)[0][:, names]
    steps = np.linalg.norm(quat.log(quat.multiply(quat.conjugate(world[:-1]), world[1:])), axis=-1)
    assert np.degrees(steps).max() < 30
    wrist = places(held, "LeftHand")[:, 0]
    assert np.ptp(wrist[22:38], axis=0).max() < 0.01 and np.ptp(wrist[45:58], axis=0).max() < 0.01


def test_a_forearm_does_not_jump_where_its_hand_turns_right_round() -> None:
    """Half a turn to one side is half a turn to the other."""
    axis, angle = np.array([1.0, 0.0, 0.0]), np.linspace(0.0, 2 * np.pi, 60)
    wanted = quat.from_axis_angle(np.tile(axis, (60, 1)), angle)
    part = hand_lock._twist(wanted, np.tile(quat.IDENTITY, (60, 1)), axis)
    steps = np.linalg.norm(quat.log(quat.multiply(quat.conjugate(part[:-1]), part[1:])), axis=-1)
    assert np.degrees(steps).max() < 20 and np.degrees(np.abs(quat.log(part))).max() > 45


def test_flat_hands_have_straight_fingers(push_up: Motion) -> None:
    rest = push_up.with_(rotations=np.tile(quat.IDENTITY, (*push_up.rotations.shape[:2], 1)))
    half = finger_pose.flatten_fingers(rest, np.tile([1.0, 0.0], (len(rest), 1)))
    bent = []
    for name in ("Left", "Right"):
        knuckle, middle, last = (places(half, f"{name}HandRing{joint}")[0, 0] for joint in (1, 2, 3))
        first, second = middle - knuckle, last - middle
        bent.append(float(np.degrees(np.arccos(first @ second / np.linalg.norm(first) / np.linalg.norm(second)))))
    assert bent[0] < 0.5 * bent[1]


def test_fingers_reach_as_far_as_they_are_stretched() -> None:
    fit = seen_take().fit
    rest = np.stack([finger_pose._rest(name) for name in ("Left", "Right")])
    fist = rest.copy()
    for numbers in finger_pose.FINGERS.values():
        fist[:, numbers[2:]] = rest[:, [numbers[0]]]
    hands, weights = fit.hands.copy(), np.ones(fit.hand_weights.shape)
    hands[:], hands[1], weights[2] = rest, fist, 0.0
    reach = finger_pose.finger_reach(replace(fit, hands=hands, hand_weights=weights))
    assert (reach[0] > 0.05).all() and (reach[1] < 0.01).all() and np.isnan(reach[2]).all()


def test_what_somebody_says_of_a_hand_counts() -> None:
    take = seen_take()
    said = HandContact(id="h", side=Side.LEFT, first=4, last=12, touches=Contact.FLOOR)
    solved = solving.refine(take, [said])
    assert solved.hands[4:13, 0].all() and not solved.hands[:4].any() and not solved.hands[:, 1].any()
    rows = np.array(solved.motion.extras["contacts"])
    assert rows.shape[1] == 6 and (rows[:, 4] == solved.hands[:, 0]).all()
    assert not solving.refine(take, [said.model_copy(update={"touches": Contact.NOTHING})]).hands.any()


def test_the_fit_draws_a_hand_that_stands_to_the_floor_and_its_knuckles_to_where_they_are() -> None:
    """Here one that hangs, clearly seen, at the end of a straight arm: it comes down as far as that lets it."""
    fit = seen_take().fit
    stands = np.zeros((len(fit.state.hips), 2), bool)
    stands[:, 0] = True
    rows = [body_model.rows(landmarks[1:]) for landmarks in body_model.HANDS]

    def heights(**said: Any) -> Array:
        """Return the mean height of both hands."""
        points = solver.refine(replace(fit.measured, **said), fit.state, Settings()).pose.points
        return np.asarray((points[:, rows] @ fit.up).mean(axis=(0, 2)))

    lower = heights(hands_standing=None) - heights(hands_standing=stands)
    assert lower[0] > 0.002 and lower[0] > 2 * abs(lower[1])
    below, above = (
        heights(hands_standing=stands, knuckle_heights=np.where(stands, knuckles, 0.0)) for knuckles in (0.95, 1.15)
    )
    assert above[0] > below[0] + 0.002


def test_knuckles_are_as_high_as_fingers_are_long() -> None:
    """Only for a visible hand that points down; a fist has no fingers to stand on."""
    stands, slope = np.zeros((FRAMES, 2), bool), np.full((FRAMES, 2), 0.9)
    stands[5:15], stands[20:, 0] = True, True
    slope[20:] = 0.5
    fingers = np.full((FRAMES, 2), 0.08)
    fingers[:8, 0], fingers[:, 1] = np.nan, 0.0
    above = hand_contacts.knuckle_heights(stands, slope, fingers)
    assert np.allclose(above[5:15], [0.072, 0.02]) and not above[:5].any() and not above[15:].any()
    assert not hand_contacts.knuckle_heights(stands, slope, np.full(fingers.shape, np.nan)).any()


def test_without_a_foot_on_the_floor_no_hand_stands() -> None:
    """There is no floor then of which anything is known."""
    fit = seen_take().fit
    nothing = replace(fit.measured, standing=np.zeros(fit.measured.weights.shape, bool))
    assert not fitted_hands.find_hand_stands(fit.state.pose.points, nothing, fit.state, fit, 10.0).stands.any()
