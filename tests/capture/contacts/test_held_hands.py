"""Hands on a table, a wall or a rail: which ones are held, and that they stay where they are while the body moves."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from kinetix_bench.capture import hand_moves
from kinetix_capture import estimate
from kinetix_capture.contacts import held_hands
from kinetix_capture.contacts.said_contacts import SaidContacts
from kinetix_capture.fitting import body_model, solver
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.refining.seen_figure import seen_figure
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.protocol.corrections import Side
from tests.capture import figures
from tests.support.seen_take import seen_take

pytestmark = pytest.mark.quick

Array = NDArray[np.float64]
FRAMES = 60
VIEW = np.array([0.0, 0.0, 1.0])


def _found(wrist: Array, shoulder: Array, still: slice = slice(5, 55)) -> NDArray[np.bool_]:
    """Return the held frames of a left hand on these paths (F, 3), seen in one place for these frames; the right one is free."""
    seen = np.zeros((FRAMES, 2), bool)
    seen[still] = True
    return held_hands.find_held_hands(seen, np.stack((wrist, shoulder), 1), np.stack((shoulder, shoulder), 1))


def _sway(across: float, deep: float = 0.0) -> Array:
    """(F, 3) to and fro by so many metres in all."""
    to_and_fro = 0.5 * np.sin(np.arange(FRAMES) / 8.0)
    return to_and_fro[:, None] * [across, 0.0, deep]


def test_a_hand_that_stays_while_its_shoulder_goes_is_held() -> None:
    shaky = np.random.default_rng(1).normal(0.0, 0.005, (FRAMES, 3))
    held = _found(shaky, _sway(0.15))
    assert held[5:55, 0].all() and held[:, 0].sum() == 50 and not held[:, 1].any()


@pytest.mark.parametrize(
    ("wrist", "shoulder"),
    [(_sway(0.15), _sway(0.15)), (np.zeros((FRAMES, 3)), _sway(0.04)), (_sway(0.12), _sway(0.6))],
    ids=["goes along with its shoulder", "of a body that is still too", "goes a little way"],
)
def test_no_other_hand_is(wrist: Array, shoulder: Array) -> None:
    assert not _found(wrist, shoulder).any()


def test_depth_counts_less_the_longer_a_hand_stays() -> None:
    """A fist that comes at the camera stays in one place of the picture for a moment."""
    wrist, shoulder = _sway(0.0, 0.4), _sway(0.15)
    assert not _found(wrist, shoulder, slice(10, 30)).any()
    assert _found(wrist, shoulder)[5:55, 0].all()
    assert not _found(np.zeros((FRAMES, 3)), shoulder, slice(10, 20)).any()  # too short


def test_a_held_hand_neither_moves_nor_turns() -> None:
    """The arms are 3 cm and 5° off, ever otherwise; only the held arm changes."""
    motion, stands = hand_moves.rail()
    body, off = body_model.load(), figures.pose_of(motion).rotations
    arm = body.index("RightArm")
    wobble = quat.from_axis_angle(np.tile([0.0, 1.0, 0.0], (len(off), 1)), np.radians(5) * np.sin(np.arange(len(off))))
    off[:, arm] = quat.multiply(off[:, arm], wobble)
    loose = FigurePose(off, motion.root_positions)
    held = held_hands.hold_hands(loose, stands, VIEW)

    def hand(pose: FigurePose) -> tuple[float, float]:
        """Return the metres and the degrees by which the hand moves and turns."""
        turns = pose.turned(body.index("RightHand"))
        angles = np.linalg.norm(quat.log(quat.multiply(quat.conjugate(turns[:1]), turns)), axis=1)
        moves = np.ptp(pose.position[:, body.index("RightHand")], axis=0)
        return float(moves.max()), float(np.degrees(angles.max()))

    assert hand(loose)[0] > 0.03 and hand(loose)[1] > 4
    assert hand(held)[0] < 0.002 and hand(held)[1] < 0.1
    same = [bone for bone, name in enumerate(body.names) if name not in ("RightArm", "RightForeArm", "RightHand")]
    assert (held.rotations[:, same] == off[:, same]).all()
    assert held_hands.hold_hands(loose, np.zeros_like(stands), VIEW) is loose


def test_a_hand_is_held_where_its_arm_comes_to_all_the_time() -> None:
    """The depth of a hand is guessed, and the guess may lie beyond what the arm reaches."""
    shoulders = _sway(0.2, 0.1)
    deep = held_hands._within_reach(np.array([0.1, -0.3, 0.8]), shoulders, 0.5, VIEW)
    assert deep[:2].tolist() == [0.1, -0.3] and np.percentile(
        np.linalg.norm(deep - shoulders, axis=1), 90
    ) == pytest.approx(0.5, abs=0.01)
    near = np.array([0.1, -0.2, 0.2])
    assert (held_hands._within_reach(near, shoulders, 0.5, VIEW) == near).all()
    aside = held_hands._within_reach(np.array([0.9, 0.0, 0.8]), shoulders, 0.5, VIEW)
    assert abs(aside[2]) < 0.1  # out of reach at any depth


def test_a_take_holds_its_hand_but_where_somebody_says_that_it_is_free() -> None:
    """A squat with the right hand on a rail; the fit is right, except that an arm wobbles by 3° along the view."""
    motion, _ = hand_moves.rail()
    take, body = seen_take(), body_model.load()
    fit, frames = take.fit, len(take.fit.state.hips)
    rotations = figures.pose_of(motion).rotations[:frames].copy()
    hips = motion.root_positions[:frames] - [0.0, 1.0, 3.5]
    still = FigurePose(rotations.copy(), hips)
    true = still.points
    wobble = np.radians(3) * np.sin(np.arange(frames) / 3.0)
    arm = body.index("RightArm")
    about = np.swapaxes(still.world[:, arm], 1, 2) @ np.array([1.0, 0.0, 0.0])
    rotations[:, arm] = quat.multiply(rotations[:, arm], quat.from_axis_angle(about, wobble))
    slopes = true[..., :2] / -true[..., 2:]
    seen = replace(fit.measured, rays=slopes, weights=np.ones(fit.measured.weights.shape))
    squat = replace(fit, state=solver.State(rotations, hips), measured=seen)

    def right_hand(found: estimate.Estimate) -> Array:
        places = kinematics.forward(found.motion)[1][:, motion.skeleton.index("RightHand")]
        return np.asarray(np.ptp(places, axis=0))

    held = estimate.finish(squat, "held")
    assert held.held[:, 1].all() and not held.held[:, 0].any() and not held.hands.any()
    assert seen_figure(replace(take, fit=squat), []).hands_stand == {Side.LEFT: [], Side.RIGHT: [(0, frames - 1)]}
    free = SaidContacts.nothing(frames)
    free.hands[:, 1] = -1
    freed = estimate.finish(squat, "free", free)
    assert not freed.held.any()
    assert right_hand(held).max() < 0.005 and right_hand(freed).max() > 0.02
