"""Moves whose hands stand on the floor or hold on to something, rendered from several sides with exact truth."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_bench.capture import accuracy
from kinetix_bench.capture.clips import scenes
from kinetix_bench.capture.sample_clips import captured
from kinetix_capture.contacts import above_floor
from kinetix_capture.fitting import finger_pose
from kinetix_core import mannequin
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.retargeting import limb_ik
from kinetix_core.motion.skeleton import Skeleton

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Row = dict[str, Any]
_YAWS = {
    "cartwheel": (0, 50, -40, 100),
    "push-up": (60, -100, 20, 130),
    "table": (0, 50, -60, 100),
    "rail": (0, 50, -60, 100),
}
# Metres, and the degrees that a phone sees.
_AWAY, _HIGH, _FIELD_DEG = 4.0, 1.4, 66.0
_FPS = 30.0
# frames
_LEANING = 90
_ARM = {side: (side + "Arm", side + "ForeArm", side + "Hand") for side in ("Left", "Right")}
_FIGURES = ("paMm", "limbDirectionDeg", "upDeg", "footSpeed")


def measure_hands(data: Path, only: str | None = None) -> list[Row]:
    """Figures of the delivered motion by clip and their mean.

    While the true hand stands or holds on: how fast the hand slides (m/s), how far its wrist is from the true height (mm), and the
    share of these frames in which it counts as doing so (%). And how deep the figure's skin is in the floor at its deepest point, in
    all but a twentieth of the frames (mm).
    """
    rows = []
    with tempfile.TemporaryDirectory(prefix="kinetix-bench-") as scratch:
        for move, yaws in _YAWS.items():
            if only is not None and only not in move:
                continue
            motion, stands = _MADE[move]() if move in _MADE else flat_hands(move, data)
            rows += [_row(move, motion, stands, yaw, Path(scratch) / "clip.mp4") for yaw in yaws]
    keys = [key for key in rows[0] if key not in ("move", "yawDeg")] if rows else []
    means = {key: round(float(np.mean([row[key] for row in rows])), 2) for key in keys}
    return [*rows, {"move": "mean", "yawDeg": None, **means}] if rows else []


def _row(move: str, motion: Motion, stands: Flags, yaw: int, clip: Path) -> Row:
    scene = scenes.Scene(move, (scenes.Actor(move, (0.0, 0.0)),), _AWAY, _HIGH, _FIELD_DEG)
    (truth,) = scenes.render_posed(scene, [scenes.posed(motion, yaw)], clip)
    found = captured(clip)
    given = accuracy.delivered(found.motion)
    figures = accuracy.rounded({key: accuracy.compare(given, truth)[key] for key in _FIGURES})
    deepest = np.maximum(-above_floor.lowest_skin(found.motion).min(axis=1), 0.0)
    figures["inFloorMm"] = round(1000 * float(np.percentile(deepest, 95)), 1)
    return {"move": move, "yawDeg": yaw, **figures, **_hands(given, truth, stands, found.hands | found.held)}


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


def flat_hands(move: str, data: Path) -> tuple[Motion, Flags]:
    """A move on the floor, and when its hands stand (F, 2).

    "cartwheel" is that of the sample clip, whose hands stand on their fingers and slide, with its hands put flat where they are low;
    "push-up" a straight body that turns about its toes over hands that stay below its shoulders.
    Both were made once and are kept, so that what is measured does not make what it is measured by.
    """
    with np.load(data / "motions" / f"{move}_flat_hands.npz") as file:
        skeleton = mannequin.load("1k").skeleton
        bones = [[str(bone) for bone in file["names"]].index(bone) for bone in skeleton.names]
        rotations = file["rotations"][:, bones]
        return Motion(skeleton, _FPS, rotations, file["hips"], move), file["stands"]


def table() -> tuple[Motion, Flags]:
    """A body that sways and leans over both hands on a table, and when they hold on (F, 2)."""
    phase = np.arange(_LEANING) / _FPS * 2 * np.pi
    back_and_forth = np.sin(phase / 1.5)
    sway = np.stack((0.07 * np.sin(phase / 2.2), -0.05 - 0.03 * np.cos(phase / 1.5), 0.08 * back_and_forth - 0.06), 1)
    skeleton, turns, places = _on_its_feet(32 + 10 * back_and_forth, sway)
    for side, aside in (("Left", 1.0), ("Right", -1.0)):
        _reach(skeleton, turns, places, _ARM[side], np.array([0.24 * aside, 1.02, 0.3]), (aside, 0.2, -1.0))
        _lay_hand(skeleton, turns, side)
    return _motion(skeleton, turns, places, "table"), np.ones((_LEANING, 2), bool)


def rail() -> tuple[Motion, Flags]:
    """A squat with the right hand on a rail, and when it holds on (F, 2)."""
    phase = np.arange(_LEANING) / _FPS * 2 * np.pi
    deep = 0.18 * (1 - np.cos(phase / 1.5))
    sway = np.stack((0.03 * np.sin(phase / 3.0), -deep, -0.5 * deep), 1)
    skeleton, turns, places = _on_its_feet(8 + 60 * deep, sway)
    _reach(skeleton, turns, places, _ARM["Right"], np.array([-0.3, 1.12, 0.3]), (-1.0, -0.6, -0.5))
    _lay_hand(skeleton, turns, "Right")
    free = np.stack((np.full(_LEANING, 0.3), np.ones(_LEANING), 0.35 + 0.05 * np.sin(phase / 1.5)), 1) + sway
    _reach(skeleton, turns, places, _ARM["Left"], free, (1.0, -0.6, -0.5))
    return _motion(skeleton, turns, places, "rail"), np.tile([False, True], (_LEANING, 1))


_MADE = {"table": table, "rail": rail}


def _on_its_feet(lean_deg: Array, sway: Array) -> tuple[Skeleton, Array, Array]:
    """World rotations (F, B, 4) and places (F, B, 3) of a figure on standing feet whose hips go by `sway` (F, 3) and whose trunk leans
    forward by so many degrees (F,).
    """
    skeleton = mannequin.load("1k").skeleton
    rest_turns, rest = kinematics.rest_pose(skeleton)
    turns, places = np.tile(rest_turns, (len(sway), 1, 1)), rest + sway[:, None]
    lean = quat.from_axis_angle(np.tile([1.0, 0.0, 0.0], (len(sway), 1)), np.radians(lean_deg))[:, None]
    spine = skeleton.index("Spine")
    above = [bone for bone in range(len(skeleton)) if spine in _line(skeleton, bone)]
    turns[:, above] = quat.multiply(lean, turns[:, above])
    places[:, above] = places[:, [spine]] + quat.rotate(lean, places[:, above] - places[:, [spine]])
    for side, aside in (("Left", 0.05), ("Right", -0.05)):
        leg = (side + "UpLeg", side + "Leg", side + "Foot")
        foot = rest[skeleton.index(side + "Foot")] + [aside, 0.0, 0.0]
        _reach(skeleton, turns, places, leg, foot, (0.0, 0.0, 1.0))
    return skeleton, turns, places


def _line(skeleton: Skeleton, bone: int) -> list[int]:
    """The bone and all above it."""
    return [bone] if skeleton.parents[bone] < 0 else [bone, *_line(skeleton, int(skeleton.parents[bone]))]


def _reach(
    skeleton: Skeleton, turns: Array, places: Array, limb: tuple[str, str, str], goal: Array, out: tuple[float, ...]
) -> None:
    """Turn a limb's two bones in place, so that its end is at the goal, (3,) or (F, 3); where it is straight it bends to `out`."""
    first, second, end = (skeleton.index(bone) for bone in limb)
    near, far = places[:, second] - places[:, first], places[:, end] - places[:, second]
    shape = places[:, end].shape
    goal, bend = np.broadcast_to(goal, shape), np.broadcast_to(np.array(out), shape)
    upper, lower = limb_ik.solve(places[:, first], places[:, second], places[:, end], goal, bend)
    turns[:, first], turns[:, second] = quat.multiply(upper, turns[:, first]), quat.multiply(lower, turns[:, second])
    places[:, second] = places[:, first] + quat.rotate(upper, near)
    places[:, end] = places[:, second] + quat.rotate(lower, far)


def _lay_hand(skeleton: Skeleton, turns: Array, side: str) -> None:
    """Turn a hand in place with its palm down and its fingers ahead."""
    rest_turns, rest = kinematics.rest_pose(skeleton)
    hand = skeleton.index(side + "Hand")
    flat = quat.between(finger_pose.palm_direction(side), np.array([0.0, -1.0, 0.0]))
    fingers = quat.rotate(flat, rest[skeleton.index(side + "HandMiddle1")] - rest[hand])
    ahead = quat.between(fingers * [1.0, 0.0, 1.0], np.array([0.0, 0.0, 1.0]))
    lies = quat.multiply(ahead, quat.multiply(flat, rest_turns[hand]))
    change = quat.multiply(lies, quat.conjugate(turns[:, hand]))[:, None]
    whole = [bone for bone in range(len(skeleton)) if hand in _line(skeleton, bone)]
    turns[:, whole] = quat.multiply(change, turns[:, whole])


def _motion(skeleton: Skeleton, turns: Array, places: Array, name: str) -> Motion:
    local = quat.continuous(kinematics.local_rotations(skeleton.parents, turns))
    return Motion(skeleton, _FPS, local, places[:, skeleton.index("Hips")], name)
