"""Hands that stand stay where they are: the palm flat on the floor, held by a two-bone solution of the arm."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from kinetix_capture.arrays import Array, Flags
from kinetix_capture.contacts import foot_lock, hand_contacts
from kinetix_capture.contacts.fading import fade
from kinetix_capture.fitting import body_model, finger_pose
from kinetix_capture.fitting.body_model import SIDES, FigurePose
from kinetix_core import mannequin
from kinetix_core.formats.figure import carriers
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.contacts import runs
from kinetix_core.motion.retargeting import limb_ik

_UP = np.array([0.0, 1.0, 0.0])
# metres: of feet above the floor; and by which a body sinks that its arms may reach it
_IN_THE_AIR = 0.15
_DEEPEST = 0.2
# What a change costs: radians of an elbow, and metres of a body in the air. And metres that a straight arm gives for each radian.
_ELBOW, _GOES_ALONG, _LEAST_SLACK = 0.3, 0.1, 0.02
# frames over which a hand is pulled to its place and let go again
_FADE = 4
# Cosine between the palm and up from which on it is the back of the hand that lies on the floor.
_BACK_DOWN = 0.5
# Of the turn about its own length that a planted hand asks for, what the forearm takes; the wrist takes the rest.
_FOREARM = 0.6
# radians; and frames over which its part is smoothed, as the network's guess of an unseen hand turns fast
_NEAR_HALF, _SMOOTH = 1.0, 2.0


@dataclass(frozen=True)
class _Plan:
    """Correction of one hand: the move of its wrist (F, 3), its rotation (F, 4), and the shares (F,) 0 … 1 to which it is
    planted, and planted on a flat palm."""

    pull: Array
    turn: Array
    weight: Array
    flat: Array

    def after(self, shift: Array) -> _Plan:
        """Return the correction left after the whole body has moved by (F, 3)."""
        return replace(self, pull=self.pull - self.weight[:, None] * shift)


def lock_hands(pose: FigurePose, stands: Flags, fingers: Array) -> tuple[FigurePose, Array]:
    """Hold the hands of a pose with y up and the floor at 0.

    Args:
        stands: (F, 2) the left and the right hand stands.
        fingers: (F, 2) metres by which its fingers reach beyond the knuckles; NaN where it was not seen.

    Returns:
        The pose, and (F, 2) 0 … 1, how far each palm lies flat, so that its fingers are stretched.
    """
    if not stands.any():
        return pose, np.zeros(stands.shape)
    plans = [_plan(pose, stands[:, side], fingers[:, side], side) for side in (0, 1)]
    air = _in_the_air(pose, np.asarray(stands.any(axis=1)))[:, None]
    shift = air * _along_arms(pose, plans) + (1.0 - air) * _UP * _rise(plans)[:, None]
    moved = foot_lock.move_hips(pose, shift)
    plans = [plan.after(moved.hips - pose.hips) for plan in plans]
    held = lowered = foot_lock.move_hips(moved, -_UP * _drop(moved, plans)[:, None])
    for side, plan in enumerate(plans):
        held = place_hand(held, side, plan.after(lowered.hips - moved.hips).pull, plan.turn)
    return held, np.stack([plan.flat for plan in plans], 1)


def _plan(pose: FigurePose, stands: Flags, fingers: Array, side: int) -> _Plan:
    (hand,) = pose.body.limb(side, "Hand")
    turned, wrist = pose.turned(hand), pose.position[:, hand]
    palm, thick, back = _palm(side)
    knuckles = pose.body.attached[body_model.rows(body_model.HANDS[side][1:])].mean(axis=0)
    down = quat.rotate(turned, knuckles)
    points = wrist + down
    slope = -down[:, 1] / np.linalg.norm(knuckles)
    heights = hand_contacts.knuckle_heights(stands[:, None], slope[:, None], fingers[:, None])[:, 0]
    frames = len(wrist)
    weight, flat = np.zeros(frames), np.zeros(frames)
    # From one stand to the next, by their shares: two that follow each other closely pass into one another.
    target, turn = wrist, turned
    for first, last in runs(stands):
        inside = slice(first, last)
        share = fade(frames, first, last, _FADE)
        place = points[inside].mean(axis=0)
        if heights[first] > 0:
            place[1] = heights[first]
            goal = place - down
        else:
            faces = quat.rotate(turned[inside], palm)
            is_back = faces[:, 1].mean() > _BACK_DOWN
            down_is = np.broadcast_to(_UP if is_back else -_UP, faces.shape)
            level = quat.multiply(quat.between(faces, down_is), turned[inside])
            lies = quat.normalize(quat.continuous(level).sum(axis=0))
            goal = place - quat.rotate(lies, knuckles)
            goal[1] = back if is_back else thick
            turn = quat.slerp(turn, np.broadcast_to(lies, turn.shape), share)
            flat = np.maximum(flat, share)
        target = target + (goal - target) * share[:, None]
        weight = np.maximum(weight, share)
    return _Plan(target - wrist, turn, weight, flat)


def _in_the_air(pose: FigurePose, stands: Flags) -> Array:
    """Return (F,) 0 … 1: the hands that stand (F,) bear the body alone, as both feet are in the air."""
    alone = stands & (pose.points[:, body_model.rows(body_model.FEET), 1].min(axis=1) > _IN_THE_AIR)
    share = np.zeros(len(alone))
    for first, last in runs(alone):
        inner = fade(len(alone), first + _FADE, max(last - _FADE, first + _FADE), _FADE)
        share = np.maximum(share, inner * alone)
    return share


def _along_arms(pose: FigurePose, plans: list[_Plan]) -> Array:
    """Return (F, 3) how a body that stands on its hands alone goes along with them, so that its elbows stay as they are.

    An arm that is nearly straight bends far where its hand comes a little nearer, so the body takes what goes along such an arm; what
    goes across it, the shoulder takes.
    """
    normal = np.tile(np.eye(3) / _GOES_ALONG**2, (len(pose.hips), 1, 1))
    wanted = np.zeros(pose.hips.shape)
    for side, plan in enumerate(plans):
        upper, lower, hand = pose.body.limb(side, "Arm", "ForeArm", "Hand")
        arm = pose.position[:, hand] - pose.position[:, upper]
        reach = np.linalg.norm(arm, axis=1)
        along, whole = arm / reach[:, None], float(np.linalg.norm(pose.body.offsets[[lower, hand]], axis=1).sum())
        # metres that the hand comes nearer for each radian of the elbow
        slack = np.maximum(0.5 * np.sqrt(np.maximum(whole**2 - reach**2, 0.0)), _LEAST_SLACK)
        stiff = plan.weight / (_ELBOW * slack) ** 2
        normal += stiff[:, None, None] * along[:, :, None] * along[:, None]
        wanted += (stiff * (along * plan.pull).sum(axis=1))[:, None] * along
    shift = np.linalg.solve(normal, wanted[..., None])[..., 0]
    return np.asarray(gaussian_filter1d(shift, 1.0, axis=0, mode="nearest"))


def _rise(plans: list[_Plan]) -> Array:
    """(F,) how far a body must rise whose hands are below the floor. Its arms would have to bend else, which is not what was seen."""
    weight = np.maximum(*(plan.weight for plan in plans))
    wanted = sum(plan.pull[:, 1] for plan in plans) / np.maximum(sum(plan.weight for plan in plans), 1e-6)
    return np.asarray(gaussian_filter1d(np.maximum(wanted, 0.0) * weight, 1.0, mode="nearest"))


def _drop(pose: FigurePose, plans: list[_Plan]) -> Array:
    """Return (F,) how far the figure must sink so that both arms reach the floor."""
    need = np.zeros(len(pose.hips))
    for side, plan in enumerate(plans):
        shoulder, elbow, wrist = (pose.position[:, bone] for bone in pose.body.limb(side, "Arm", "ForeArm", "Hand"))
        need = np.maximum(need, limb_ik.drop(shoulder, elbow, wrist, wrist + plan.pull, _UP))
    need = np.minimum(need, _DEEPEST)
    return np.asarray(gaussian_filter1d(maximum_filter1d(need, 5), 1.5, mode="nearest"))


def place_hand(pose: FigurePose, side: int, pull: Array, turn: Array) -> FigurePose:
    """Move a wrist by `pull` (F, 3) and give its hand the world rotations `turn` (F, 4).

    The elbow keeps its side.
    """
    body, rotations = pose.body, pose.rotations.copy()
    upper, lower, hand = body.limb(side, "Arm", "ForeArm", "Hand")
    shoulder, elbow, wrist = (pose.position[:, bone] for bone in (upper, lower, hand))
    out = -np.cross(pose.world[:, upper] @ body.elbow[side], elbow - shoulder)
    first, second = limb_ik.solve(shoulder, elbow, wrist, wrist + pull, out)
    parent = pose.turned(body.parents[upper])
    arm = quat.multiply(first, pose.turned(upper))
    forearm = quat.multiply(second, pose.turned(lower))
    forearm = quat.multiply(
        forearm, _twist(quat.multiply(quat.conjugate(forearm), turn), rotations[:, hand], body.forearm[side])
    )
    rotations[:, upper] = quat.normalize(quat.multiply(quat.conjugate(parent), arm))
    rotations[:, lower] = quat.normalize(quat.multiply(quat.conjugate(arm), forearm))
    rotations[:, hand] = quat.normalize(quat.multiply(quat.conjugate(forearm), turn))
    return FigurePose(rotations, pose.hips)


def _twist(wanted: Array, was: Array, axis: Array) -> Array:
    """Return (F, 4) the forearm's part of the turn about its own length between the hand as it was (F, 4) and as it is wanted."""
    change = quat.multiply(wanted, quat.conjugate(was))
    angle = 2 * np.arctan2(change[:, :3] @ axis, change[:, 3])
    angle = np.arctan2(np.sin(angle), np.cos(angle))
    # Half a turn to one side is half a turn to the other: near it the forearm takes nothing, so that it does not jump between them.
    part = _FOREARM * np.clip((np.pi - np.abs(angle)) / _NEAR_HALF, 0.0, 1.0)
    smooth = gaussian_filter1d(part * angle, _SMOOTH, mode="nearest")
    return quat.from_axis_angle(np.broadcast_to(axis, (len(angle), 3)), smooth)


@cache
def _palm(side: int) -> tuple[Array, float, float]:
    """Out of the palm in the hand's own frame (3,), and the wrist's height in metres on the palm and on the back of a flat hand."""
    figure = mannequin.load("12k")
    out = finger_pose.palm_direction(SIDES[side])
    carrier = carriers(figure)
    hand = figure.skeleton.index(SIDES[side] + "Hand")
    along = (figure.vertices[carrier == hand] - figure.heads[hand]) @ out
    return out, float(along.max()), float(-along.min())
