"""Fingers: the mannequin's own hand in known poses is read back, smoothed, and held where it is not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kinetix_capture.fitting import body_model, finger_pose, observations
from kinetix_capture.refining import solving
from kinetix_core import mannequin
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.protocol.corrections import Limb, LimbPose
from kinetix_core.values.captured_body import CapturedBody
from tests.support.seen_take import FRAMES, seen_take

pytestmark = pytest.mark.quick

POSES = {"open": (0.0, 0.0, 0.0), "fist": (75.0, 90.0, 60.0), "half": (30.0, 40.0, 25.0)}


def _still(frames: int = 9) -> Motion:
    skeleton = mannequin.load().skeleton
    rotations = np.tile(quat.IDENTITY, (frames, len(skeleton), 1))
    return Motion(skeleton, 30.0, rotations, np.tile([0.0, 1.0, 0.0], (frames, 1)))


def _seen(hands: np.ndarray, weights: np.ndarray) -> observations.Observations:
    frames = len(hands)
    return observations.Observations(
        np.arange(frames) / 30,
        np.zeros((frames, 33, 2)),
        np.ones((frames, 33)),
        np.zeros((frames, 33, 3)),
        hands,
        weights,
    )


def _hand_points(motion: Motion, name: str) -> np.ndarray:
    """(F, 21, 3) of the posed mannequin, in MediaPipe's order."""
    figure = mannequin.load()
    rotations, positions = kinematics.forward(motion)
    index = motion.skeleton.index
    out = np.zeros((len(motion), 21, 3))
    out[:, 0] = positions[:, index(f"{name}Hand")]
    for finger, numbers in finger_pose.FINGERS.items():
        for joint, number in enumerate(numbers[:3]):
            out[:, number] = positions[:, index(f"{name}Hand{finger}{joint + 1}")]
        tip = index(f"{name}Hand{finger}3")
        out[:, numbers[3]] = positions[:, tip] + quat.rotate(rotations[:, tip], figure.tails[tip] - figure.heads[tip])
    return out


@pytest.mark.parametrize("name", ["Left", "Right"])
@pytest.mark.parametrize("pose", POSES)
def test_a_known_grip_comes_back(name: str, pose: str) -> None:
    """Curls that are set on the mannequin's fingers are read from its points and set again."""
    side = 0 if name == "Left" else 1
    goal = np.radians(POSES[pose])
    rest = finger_pose.curls(finger_pose._rest(name), name)
    motion = _still()
    rotations = motion.rotations.copy()
    palm = finger_pose._palm(finger_pose._rest(name), name)
    for number, finger in enumerate(finger_pose._LONG):
        numbers = finger_pose.FINGERS[finger]
        for joint in range(3):
            direction = finger_pose._rest(name)[numbers[joint + 1]] - finger_pose._rest(name)[numbers[joint]]
            axis = np.cross(direction, palm[2])
            axis /= np.linalg.norm(axis)
            bone = motion.skeleton.index(f"{name}Hand{finger}{joint + 1}")
            rotations[:, bone] = quat.from_axis_angle(axis, goal[joint] - rest[number, joint])
    posed = motion.with_(rotations=rotations)
    hands, weights = np.zeros((len(motion), 2, 21, 3)), np.zeros((len(motion), 2))
    # seen from any side: the hand model's axes are the camera's
    turn = quat.exp(np.array([0.4, -0.9, 0.3]))
    hands[:, side] = quat.rotate(turn, _hand_points(posed, name)) * 0.8
    weights[:, side] = 0.9
    found = _hand_points(finger_pose.set_fingers(motion, _seen(hands, weights)), name)
    wanted = _hand_points(posed, name)
    long_fingers = [number for finger in finger_pose._LONG for number in finger_pose.FINGERS[finger]]
    assert np.linalg.norm(found - wanted, axis=-1)[:, long_fingers].mean() < 0.006


def test_an_unseen_hand_stays_relaxed_and_a_lost_one_is_held() -> None:
    motion = _still(90)
    hands = np.tile(_hand_points(motion, "Left")[:, None], (1, 2, 1, 1))
    assert np.allclose(finger_pose.set_fingers(motion, _seen(hands, np.zeros((90, 2)))).rotations, motion.rotations)
    weight = finger_pose._held(np.where(np.arange(90) < 20, 0.9, 0.0))
    assert weight[:35].min() == 1
    assert weight[-1] == 0
    assert np.abs(np.diff(weight)).max() < 0.05


@pytest.mark.parametrize("captured", CapturedBody)
def test_a_wrist_that_is_out_of_frame_eases_to_rest(captured: CapturedBody) -> None:
    motion, turned = _without_right_hand(captured)
    degrees = np.degrees(np.linalg.norm(quat.log(motion.rotations[:, motion.skeleton.index("RightHand")]), axis=1))
    assert degrees[:_LEAVES] == pytest.approx(np.degrees(turned), abs=1), "as seen"
    assert degrees[-10:].max() < 1, "at rest"
    assert 1 < -np.diff(degrees).min() < 10, "no jump"


def test_a_hand_that_is_posed_out_of_frame_stays_posed() -> None:
    at = FRAMES - 5
    posed = LimbPose(id="hand", frame=at, limb=Limb.RIGHT_ARM, directions=(None, None, (0.0, 1.0, 0.0)))
    motion, _ = _without_right_hand(CapturedBody.WHOLE, posed)
    hand, finger = (motion.skeleton.index(f"RightHand{part}") for part in ("", "Middle1"))
    _, positions = kinematics.forward(motion)
    along = positions[at, finger] - positions[at, hand]
    assert along[1] / np.linalg.norm(along) > 0.9


_LEAVES = 15


def _without_right_hand(captured: CapturedBody, *said: LimbPose) -> tuple[Motion, float]:
    """Return a take whose bent right hand leaves the frame, and its angle in radians."""
    take, turned = seen_take(captured=captured), np.radians(50)
    rotations, visible = take.fit.state.rotations.copy(), take.fit.visible.copy()
    rotations[:, body_model.load().index("RightHand")] = quat.from_axis_angle(np.array([1.0, 0.0, 0.0]), turned)
    visible[:] = 1.0
    visible[_LEAVES:, body_model.rows(body_model.HANDS[1])] = 0.0
    fit = replace(take.fit, visible=visible, state=replace(take.fit.state, rotations=rotations))
    return solving.refine(replace(take, fit=fit), said).motion, turned
