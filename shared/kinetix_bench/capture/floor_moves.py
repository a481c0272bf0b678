"""Moves with hands on the floor, rendered from several sides with exact truth: a cartwheel and push-ups."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_bench.capture import accuracy, scenes, true_moves
from kinetix_capture import pipeline
from kinetix_capture.contacts import hand_lock
from kinetix_capture.fitting import body_model, finger_pose
from kinetix_capture.interface import CaptureRequest
from kinetix_core import mannequin
from kinetix_core.formats import glb
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.contacts import runs
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.retargeting import limb_ik

__all__ = ["cartwheel", "measure_floor", "push_up"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Row = dict[str, Any]
_YAWS = {"cartwheel": (0, 50, -40, 100), "push-up": (60, -100, 20, 130)}
# Metres, and the degrees that a phone sees.
_AWAY, _HIGH, _FIELD_DEG = 4.0, 1.4, 66.0
_FPS = 30.0
# A true hand of the cartwheel stands where its wrist is as low (metres) and as slow (m/s) for so many frames.
_LOW, _SLOW, _SHORTEST = 0.26, 1.4, 5
_PUSH_UP_S, _PUSH_UPS = 1.5, 2
# Degrees by which a push-up's body leans forward, and by how much it goes up and down.
_LEAN, _SWAY = 78.0, 6.0
_FIGURES = ("paMm", "limbDirectionDeg", "upDeg", "footSpeed")


def measure_floor(data: Path, only: str | None = None) -> list[Row]:
    """Figures of the delivered motion by clip and their mean. While the true hand stands: how fast the hand slides (m/s), how far its
    wrist is from the true height (mm), and the share of these frames in which it counts as standing (%).
    """
    rows = []
    with tempfile.TemporaryDirectory(prefix="kinetix-bench-") as scratch:
        for move, yaws in _YAWS.items():
            if only is not None and only not in move:
                continue
            motion, stands = cartwheel(data) if move == "cartwheel" else push_up()
            rows += [_row(move, motion, stands, yaw, Path(scratch) / "clip.mp4") for yaw in yaws]
    keys = [key for key in rows[0] if key not in ("move", "yawDeg")] if rows else []
    means = {key: round(float(np.mean([row[key] for row in rows])), 2) for key in keys}
    return [*rows, {"move": "mean", "yawDeg": None, **means}] if rows else []


def _row(move: str, motion: Motion, stands: Flags, yaw: int, clip: Path) -> Row:
    scene = scenes.Scene(move, (scenes.Actor(move, (0.0, 0.0)),), _AWAY, _HIGH, _FIELD_DEG)
    (truth,) = scenes.render_posed(scene, [_turned(motion, yaw)], clip)
    request = CaptureRequest(clip, Path(), move)
    found = pipeline.capture(request, *pipeline.prepare(request, lambda progress: None))
    given = accuracy.delivered(glb.write_emote(found.motion))
    figures = accuracy.rounded({key: accuracy.compare(given, truth)[key] for key in _FIGURES})
    return {"move": move, "yawDeg": yaw, **figures, **_hands(given, truth, stands, found.hands)}


def _turned(motion: Motion, yaw: int) -> scenes.Posed:
    """The figure in the middle of the scene, its front turned from the camera by so many degrees as it begins."""
    rotations, places = kinematics.forward(motion)
    turns = quat.to_matrix(quat.multiply(rotations, quat.conjugate(kinematics.rest_pose(motion.skeleton)[0])))
    front = turns[:10, 0, :, 2].mean(axis=0)
    about = quat.to_matrix(quat.from_axis_angle([0.0, 1.0, 0.0], np.radians(yaw) - np.arctan2(front[0], front[2])))
    middle = places[:, 0].mean(axis=0) * [1.0, 0.0, 1.0]
    return scenes.Posed(about @ turns, (places - middle) @ about.T)


def _hands(given: accuracy.Delivered, truth: accuracy.Truth, stands: Flags, told: Flags) -> Row:
    wrists = [accuracy.JOINTS.index(side + "Hand") for side in ("Left", "Right")]
    count = min(len(given.joints), len(truth.joints))
    ours, true = given.joints[:count, wrists], truth.joints[:count, wrists]
    on = stands[:count]
    speed = np.linalg.norm(np.gradient(ours[..., [0, 2]], axis=0), axis=-1) * _FPS
    off = np.abs(ours[..., 1] - true[..., 1]) * 1000
    return {
        "handSpeed": round(float(speed[on].mean()), 2),
        "handHeightMm": round(float(off[on].mean()), 1),
        "toldPercent": round(100 * float(told[:count][on].mean()), 1),
    }


def cartwheel(data: Path) -> tuple[Motion, Flags]:
    """The move of the sample clip, whose hands stand on their fingers and slide, with its hands put flat where they are low, and when
    they stand (F, 2).
    """
    motion = true_moves.move("cartwheel_az20", data)
    _, places = kinematics.forward(motion)
    stands = np.zeros((len(motion), 2), bool)
    for side, bone in enumerate(("LeftHand", "RightHand")):
        wrist = places[:, motion.skeleton.index(bone)]
        speed = np.linalg.norm(np.gradient(wrist, axis=0), axis=1) * _FPS
        for first, last in runs((wrist[:, 1] < _LOW) & (speed < _SLOW)):
            stands[first:last, side] = last - first >= _SHORTEST
    return _with_flat_hands(motion, stands), stands


def push_up() -> tuple[Motion, Flags]:
    """A straight body that turns about its toes, up and down over hands that stay below its shoulders, and when they stand (F, 2)."""
    skeleton = mannequin.load("1k").skeleton
    rest_turns, rest = kinematics.rest_pose(skeleton)
    frames = round(_PUSH_UP_S * _PUSH_UPS * _FPS)
    phase = 2 * np.pi * np.arange(frames) / (_PUSH_UP_S * _FPS)
    lean = quat.from_axis_angle(np.tile([1.0, 0.0, 0.0], (frames, 1)), np.radians(_LEAN + _SWAY * np.sin(phase)))
    toes = rest[[skeleton.index(side + "ToeBase") for side in ("Left", "Right")]].mean(axis=0)
    turns = quat.multiply(lean[:, None], np.tile(rest_turns, (frames, 1, 1)))
    places = toes + quat.rotate(lean[:, None], (rest - toes)[None])
    for side in ("Left", "Right"):
        foot, toe = skeleton.index(side + "Foot"), skeleton.index(side + "ToeBase")
        turns[:, foot] = quat.multiply(quat.from_axis_angle([1.0, 0.0, 0.0], np.radians(50.0)), rest_turns[foot])
        turns[:, toe] = rest_turns[toe]
        arm = [skeleton.index(side + bone) for bone in ("Arm", "ForeArm", "Hand")]
        _arm_below_the_shoulder(turns, places, arm)
        flat = quat.between(finger_pose.palm_direction(side), np.array([0.0, -1.0, 0.0]))
        fingers = quat.rotate(flat, rest[skeleton.index(side + "HandMiddle1")] - rest[arm[2]])
        ahead = quat.between(fingers * [1.0, 0.0, 1.0], np.array([0.0, 0.0, 1.0]))
        turns[:, arm[2]] = quat.multiply(ahead, quat.multiply(flat, rest_turns[arm[2]]))
    local = quat.continuous(kinematics.local_rotations(skeleton.parents, turns))
    motion = Motion(skeleton, _FPS, local, places[:, skeleton.index("Hips")], "push-up")
    stands = np.ones((frames, 2), bool)
    return _with_flat_hands(motion, stands), stands


def _arm_below_the_shoulder(turns: Array, places: Array, bones: list[int]) -> None:
    """Turns upper arm and forearm in place, so that the wrist is on the floor below where the shoulder is in the mean."""
    arm, forearm, hand = bones
    goal = places[:, arm].mean(axis=0)
    goal[1] = 0.0
    out = np.array([np.sign(goal[0]), 0.4, -1.0])
    wrist = places[:, hand]
    first, second = limb_ik.solve(
        places[:, arm], places[:, forearm], wrist, np.broadcast_to(goal, wrist.shape), np.broadcast_to(out, wrist.shape)
    )
    turns[:, arm], turns[:, forearm] = quat.multiply(first, turns[:, arm]), quat.multiply(second, turns[:, forearm])


def _with_flat_hands(motion: Motion, stands: Flags) -> Motion:
    body, names = body_model.load(), motion.skeleton.names
    bones = [names.index(bone) for bone in body.names]
    rotations, unseen = motion.rotations.copy(), np.full(stands.shape, np.nan)
    rotations[:, bones], hips, flat = hand_lock.lock_hands(
        body, motion.rotations[:, bones], motion.root_positions, stands, unseen
    )
    planted = motion.with_(rotations=quat.continuous(rotations), root_positions=hips)
    return finger_pose.flatten_fingers(planted, flat)
