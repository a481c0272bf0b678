"""Feet that stand stay where they are: flat on the floor, held by a two-bone solution of the leg, never through the floor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from kinetix_capture.arrays import Array, Flags
from kinetix_capture.contacts.fading import ease, fade
from kinetix_capture.fitting import body_model
from kinetix_capture.fitting.body_model import SIDES, BodyModel, FigurePose
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.contacts import runs

_UP = np.array([0.0, 1.0, 0.0])
# frames: a foot is pulled to its place, and turned onto the floor, over the first; its heel rises within the second
_FADE, _RISE = 4, 2
# metres between the heights of heel and toes of a foot that lies flat
_FLAT = 0.02
_REACH = 0.999
# metres above the floor of a foot: up to the first it stays where it is, from the second on it goes along with its body
_AIR = 0.08, 0.2
# a landmark this far below the floor may still be the leg's own error
_SINK = 0.01


@dataclass(frozen=True)
class FootContacts:
    """(F, 2) bool each, left and right: the heel stands, the toes stand."""

    heel: Flags
    toe: Flags

    @property
    def any(self) -> Flags:
        return self.heel | self.toe


def foot_contacts(stands: Flags, height: Array) -> FootContacts:
    """Stands (F, 4) of heels and toes, as in `body_model.FEET`, by feet: one that stands on either and is level stands on both.

    Args:
        height: (F, 4) metres above anything.
    """
    heel, toe = stands[:, :2], stands[:, 2:]
    toes_up = height[:, 2:] - height[:, :2]
    return FootContacts(heel | (toe & (toes_up > -_FLAT)), toe | (heel & (toes_up < _FLAT)))


def lock_feet(pose: FigurePose, planted: FootContacts) -> FigurePose:
    """Hold the planted feet of a pose with y up and the floor at 0."""
    body = pose.body
    lift = _UP * ease(np.maximum(-pose.points[..., 1].min(axis=1) - _SINK, 0.0))[:, None]
    hips, position, points = pose.hips + lift, pose.position + lift[:, None], pose.points + lift[:, None]
    targets, turns = [], []
    for side in (0, 1):
        (foot,) = body.limb(side, "Foot")
        at = body_model.rows((29 + side, 31 + side))
        target, turn = _feet(
            pose.turned(foot),
            position[:, foot],
            body.attached[at],
            np.stack((planted.heel[:, side], planted.toe[:, side]), 1),
            body.heads[foot, 1],
            points[:, at],
        )
        targets.append(target)
        turns.append(turn)
    hips = hips - _UP * _drop(body, position, targets)[:, None]
    return _with_feet(pose, hips, targets, turns)


def move_hips(pose: FigurePose, shift: Array) -> FigurePose:
    """Move the hips by (F, 3), or less far where the legs do not reach.

    Feet near the floor stay where they are; those in the air go along.
    """
    if not shift.any():
        return pose
    body, position = pose.body, pose.position
    targets, turns, back = [], [], np.zeros(pose.hips.shape)
    for side in (0, 1):
        up_leg, leg, foot = body.limb(side, "UpLeg", "Leg", "Foot")
        height = pose.points[:, body_model.rows((29 + side, 31 + side)), 1].min(axis=1)
        air = np.clip((height - _AIR[0]) / (_AIR[1] - _AIR[0]), 0.0, 1.0)
        air = gaussian_filter1d(air * air * (3 - 2 * air), 1.0, mode="nearest")
        targets.append(position[:, foot] + air[:, None] * shift)
        turns.append(pose.turned(foot))
        reach = targets[side] - position[:, up_leg] - shift
        distance = np.linalg.norm(reach, axis=1)
        too_far = np.maximum(distance - _REACH * np.linalg.norm(body.offsets[[leg, foot]], axis=1).sum(), 0.0)
        back += 0.5 * reach * (too_far / distance)[:, None]
    hips = pose.hips + shift + gaussian_filter1d(back, 1.0, axis=0, mode="nearest")
    return _with_feet(pose, hips, targets, turns)


def _feet(
    rotation: Array, ankle: Array, attached: Array, stands: Flags, ankle_height: float, points: Array
) -> tuple[Array, Array]:
    """Return the locked place of one ankle (F, 3) and the rotation of its foot (F, 4).

    Args:
        attached: (2, 3) heel and toe in the foot's frame.
        stands: (F, 2) heel, toe.
        points: (F, 2, 3) heel and toe as they are.
    """
    frames = len(ankle)
    heading = quat.rotate(rotation, np.broadcast_to([0.0, 0.0, 1.0], ankle.shape))
    flat_turn = rotation.copy()
    flat_weight, pull_weight = np.zeros(frames), np.zeros(frames)
    pull = np.zeros((frames, 3))
    soles = ankle_height + attached[:, 1]
    plans = []
    for first, last in runs(stands[:, 0] | stands[:, 1]):
        both = stands[first:last, 0] & stands[first:last, 1]
        inside = np.arange(first, last)
        level = inside[both] if both.any() else inside
        mean = heading[level].sum(axis=0)
        yaw = quat.from_axis_angle(_UP, np.arctan2(mean[0], mean[2]))
        spots = np.stack([points[level, k] for k in (0, 1)], 1).mean(0)
        plans.append((first, last, both, yaw, spots))
    for first, _, both, yaw, _ in plans:
        for begin, end in runs(both):
            weight = fade(frames, first + begin, first + end, _FADE, _RISE)
            nearer = weight > flat_weight
            flat_turn[nearer] = yaw
            flat_weight = np.maximum(flat_weight, weight)
    turn = quat.slerp(rotation, flat_turn, flat_weight)
    now = ankle[:, None] + np.stack([quat.rotate(turn, np.broadcast_to(a, ankle.shape)) for a in attached], 1)
    for first, last, _, yaw, spots in plans:
        flat_offsets = np.stack([quat.rotate(yaw, a) for a in attached])
        # one place of the whole foot, so that rolling from heel to toe does not slide
        origin = (spots - flat_offsets).mean(0)
        goals = origin + flat_offsets
        goals[:, 1] = soles
        share = stands[first:last].astype(float)
        share = np.stack([np.convolve(np.pad(share[:, k], 2, mode="edge"), np.ones(5) / 5, "valid") for k in (0, 1)], 1)
        share[~stands[first:last].any(axis=1)] = 1
        share /= np.maximum(share.sum(axis=1, keepdims=True), 1e-6)
        wanted = ((goals - now[first:last]) * share[..., None]).sum(axis=1)
        held = fade(frames, first, last, _FADE)
        full = np.concatenate((np.repeat(wanted[:1], first, 0), wanted, np.repeat(wanted[-1:], frames - last, 0)))
        pull += full * held[:, None]
        pull_weight += held
    pull /= np.maximum(pull_weight, 1.0)[:, None]
    target = ankle + pull
    lowest = (target[:, None] + now - ankle[:, None])[..., 1] - soles
    through = np.maximum(-lowest.min(axis=1), 0.0)
    target[:, 1] += through
    return target, turn


def _drop(body: BodyModel, position: Array, targets: list[Array]) -> Array:
    """Return (F,) how far the hips must sink for both legs to reach, smoothed upwards so that no leg overreaches."""
    need = np.zeros(len(position))
    for side, name in enumerate(SIDES):
        hip = position[:, body.index(name + "UpLeg")]
        length = _REACH * sum(np.linalg.norm(body.offsets[body.index(name + bone)]) for bone in ("Leg", "Foot"))
        level = np.linalg.norm((targets[side] - hip)[:, [0, 2]], axis=1)
        below = np.sqrt(np.maximum(length**2 - level**2, 0.0))
        need = np.maximum(need, (hip - targets[side])[:, 1] - below)
    need = np.clip(need, 0.0, 0.25)
    return np.asarray(gaussian_filter1d(maximum_filter1d(need, 5), 1.5, mode="nearest"))


def _with_feet(pose: FigurePose, hips: Array, targets: list[Array], turns: list[Array]) -> FigurePose:
    """Move the hips (F, 3), and bring the ankles to their targets (F, 3) and the feet to their turns (F, 4)."""
    pose = FigurePose(pose.rotations, hips)
    for side in (0, 1):
        pose = _bend_leg(pose, side, targets[side], turns[side])
    return pose


def _bend_leg(pose: FigurePose, side: int, target: Array, turn: Array) -> FigurePose:
    """Solve the two bones of a leg: the knee keeps its plane, the ankle comes to the target, the foot to its turn."""
    body, rotations = pose.body, pose.rotations.copy()
    up_leg, leg, foot = body.limb(side, "UpLeg", "Leg", "Foot")
    hip, knee, ankle = (pose.position[:, bone] for bone in (up_leg, leg, foot))
    thigh, shin = np.linalg.norm(body.offsets[leg]), np.linalg.norm(body.offsets[foot])
    reach = target - hip
    distance = np.clip(np.linalg.norm(reach, axis=1), 0.25 * (thigh + shin), _REACH * (thigh + shin))
    # law of cosines: how far the shin must turn about the knee's own axis
    wanted = np.arccos(np.clip((thigh**2 + shin**2 - distance**2) / (2 * thigh * shin), -1, 1))
    u, v = hip - knee, ankle - knee
    now = np.arccos(np.clip((u * v).sum(1) / (thigh * shin), -1, 1))
    hinge = quat.from_axis_angle(np.broadcast_to(body.knee[side], u.shape), now - wanted)
    rotations[:, leg] = quat.normalize(quat.multiply(hinge, rotations[:, leg]))
    bent = FigurePose(rotations.copy(), pose.hips)
    swing = quat.between(bent.position[:, foot] - hip, reach)
    parent = bent.turned(body.parents[up_leg])
    turned = quat.multiply(swing, bent.turned(up_leg))
    rotations[:, up_leg] = quat.normalize(quat.multiply(quat.conjugate(parent), turned))
    shin_world = quat.multiply(turned, rotations[:, leg])
    rotations[:, foot] = quat.normalize(quat.multiply(quat.conjugate(shin_world), turn))
    return FigurePose(rotations, pose.hips)
