"""Nothing of a body is in the floor: it rises where its trunk or a limb was fitted there, and its hands bend up."""

from __future__ import annotations

from functools import cache

import numpy as np

from kinetix_capture.arrays import Array, Flags
from kinetix_capture.contacts import foot_lock, hand_lock
from kinetix_capture.contacts.fading import ease, fade
from kinetix_capture.fitting import body_model
from kinetix_capture.fitting.body_model import SIDES, FigurePose
from kinetix_core import mannequin
from kinetix_core.formats.figure import carriers
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.contacts import runs
from kinetix_core.motion.motion import Motion

_UP = np.array([0.0, 1.0, 0.0])
_BODY = "body"
# metres by which flesh gives way
_SINKS = 0.01
# Metres from a wrist to the ends of its fingers; and radians by which a hand bends up at most.
_HAND, _MOST_BENT = 0.17, 0.9
# frames over which a hand that stays comes to its place and leaves it
_FADE = 4


def raise_body(pose: FigurePose, motion: Motion, stays: Flags) -> FigurePose:
    """Raise a pose with y up out of the floor at 0. Feet near the floor stay where they are.

    Args:
        motion: the mannequin in that pose, with its fingers.
        stays: (F, 2) the left and the right hand stands or holds on, and stays where it is too.
    """
    lowest = lowest_skin(motion)
    deep = {part: np.maximum(-lowest[:, bones].min(axis=1) - _SINKS, 0.0) for part, bones in _parts().items()}
    raised = foot_lock.move_hips(pose, _UP * ease(deep[_BODY])[:, None])
    rose = raised.hips - pose.hips
    for side, name in enumerate(SIDES):
        share, resting = _stay(stays[:, side], deep[name])
        depth = (1.0 - share) * ease(np.maximum(deep[name] - rose[:, 1], 0.0)) + resting
        raised = _raise_hand(raised, side, -share[:, None] * rose, depth)
    return raised


def lowest_skin(motion: Motion) -> Array:
    """Return (F, J) metres of the lowest point that each bone of the mannequin carries; infinite where it carries none."""
    turns, places = kinematics.forward(motion)
    rest = kinematics.rest_pose(motion.skeleton)[0]
    upright = quat.rotate(
        quat.conjugate(quat.multiply(turns, quat.conjugate(rest))), np.broadcast_to(_UP, places.shape)
    )
    lowest = np.full(turns.shape[:2], np.inf)
    for bone, skin in _skin().items():
        lowest[:, bone] = (upright[:, bone] @ skin.T).min(axis=1) + places[:, bone, 1]
    return lowest


def _stay(stays: Flags, depth: Array) -> tuple[Array, Array]:
    """(F,) 0 … 1, how far a hand stays where it is, and (F,) the depth out of which it then bends: one for all of a stand."""
    share, part = np.zeros(len(stays)), np.zeros(len(stays))
    for first, last in runs(stays):
        held = fade(len(stays), first, last, _FADE)
        share = np.maximum(share, held)
        part = np.maximum(part, held * np.median(depth[first:last]))
    return share, part


def _raise_hand(pose: FigurePose, side: int, pull: Array, depth: Array) -> FigurePose:
    """Move a wrist by `pull` (F, 3), and bend or raise its hand out of a `depth` (F,)."""
    if not pull.any() and not depth.any():
        return pose
    (hand,) = pose.body.limb(side, "Hand")
    knuckles = pose.body.attached[body_model.rows(body_model.HANDS[side][1:])].mean(axis=0)
    turn, left = _bend_up(pose.turned(hand), knuckles / np.linalg.norm(knuckles), depth)
    return hand_lock.place_hand(pose, side, pull + left[:, None] * _UP, turn)


def _bend_up(turn: Array, along: Array, depth: Array) -> tuple[Array, Array]:
    """World rotations (F, 4) of hands bent up at the wrist until their fingers are higher by `depth` (F,), and what is left of it.

    The arm stays as it is, as the picture tells more of it.

    Args:
        along: (3,) the direction from the wrist to the knuckles in the hand's own frame.
    """
    points = quat.rotate(turn, np.broadcast_to(along, (len(turn), 3)))
    slope = np.arcsin(np.clip(-points[:, 1], -1.0, 1.0))
    # Fingers come up by the length of the hand times what the sine of their slope loses.
    goal = np.arcsin(np.clip(np.sin(slope) - depth / _HAND, 0.0, 1.0))
    angle = np.where(depth > 0, np.clip(slope - goal, 0.0, _MOST_BENT), 0.0)
    side = np.cross(points, _UP)
    axis = side / np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-6)
    raised = _HAND * (np.sin(slope) - np.sin(slope - angle))
    return quat.multiply(quat.from_axis_angle(axis, angle), turn), np.maximum(depth - raised, 0.0)


@cache
def _skin() -> dict[int, Array]:
    """Bone of the mannequin → (V, 3) the skin that it carries most of, from its joint in the rest pose."""
    figure = mannequin.load("1k")
    carrier = carriers(figure)
    return {int(bone): figure.vertices[carrier == bone] - figure.heads[bone] for bone in np.unique(carrier)}


@cache
def _parts() -> dict[str, list[int]]:
    """The bones by what is raised when one of them is in the floor: the whole body, or the hand of one side.

    Feet are left out, as the foot lock holds them.
    """
    parts: dict[str, list[int]] = {part: [] for part in (_BODY, *SIDES)}
    for number, name in enumerate(mannequin.load("1k").skeleton.names):
        side = next((side for side in SIDES if name.startswith(side)), "")
        bone = name.removeprefix(side)
        if bone.startswith("Hand"):
            parts[side].append(number)
        elif not bone.startswith(("Foot", "Toe")):
            parts[_BODY].append(number)
    return parts
