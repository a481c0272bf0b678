"""Corrections as firm observations: what they say of their own frames, and how far it holds in the frames around."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from kinetix_capture.arrays import Array, unit
from kinetix_capture.contacts.said_contacts import SaidContacts
from kinetix_capture.fitting import body_model, firm_directions, solver, touching
from kinetix_capture.fitting.clip_fit import ClipFit
from kinetix_capture.fitting.firm_directions import SEGMENTS, FirmDirections, Segment
from kinetix_capture.fitting.measurements import Measurements
from kinetix_capture.refining import limb_depth
from kinetix_capture.video.decode import FPS
from kinetix_core.motion import quaternion as quat
from kinetix_core.protocol.corrections import (
    Contact,
    Correction,
    FootContact,
    HandContact,
    LimbDepth,
    LimbPose,
    PictureJoint,
    PicturePoint,
    Side,
)

# Seconds over which a limb that the capture got wrong is wrong in the same way: depth is misjudged for long.
_LASTS_S = 0.4
# Radians that it may turn meanwhile.
_TURNS = 0.6
# By how much the picture's landmarks of a limb count less where somebody says how it was: they may be what was wrong.
_OVERRULED = 0.8
# A point in the picture is a slip of single frames.
_POINT_LASTS_S = 0.15
# Radians: of a direction that somebody gives; and how far the capture's own may be off before anybody says anything.
_GIVEN, _UNSAID = 0.015, 0.6
# Radians: of a direction that was mirrored because somebody said its side; as far as the picture told how foreshortened it is.
_MIRRORED = 0.1
# Where so much of what the capture did not know is still unknown, nothing is said.
_FAR = 0.9
# How much firmer a given point counts than a landmark that is clearly seen.
_FIRM_POINT = 4.0
_JOINTS = dict(zip(PictureJoint, (*range(11, 17), *range(23, 29)), strict=True))
_ELBOWS = (13, 14)
# What a hand can touch of its own body: landmarks for the left hand and for the right one, and metres from there to the skin and on
# to the middle of the hand.
_PARTS: dict[Contact, tuple[tuple[tuple[int, ...], tuple[int, ...]], float]] = {
    Contact.OTHER_HAND: ((body_model.HANDS[1], body_model.HANDS[0]), 0.05),
    Contact.HEAD: (((7, 8), (7, 8)), 0.12),
    Contact.HIP: (((23,), (24,)), 0.10),
}


@dataclass(frozen=True)
class Firm:
    """Corrections as the solver takes them.

    Attributes:
        measured: what was seen, with them.
        state: where the solution begins: that of the capture with the limbs turned as they say.
        contacts: what is said of feet and hands.
        meetings: id of a hand's correction → what meets.
        cameras: id of a point or a depth → in the picture of which camera of the fit it is said; 0 is the first one.
    """

    measured: Measurements
    state: solver.State
    contacts: SaidContacts
    meetings: Mapping[str, touching.Meeting]
    cameras: Mapping[str, int]

    def ray(self, point: PicturePoint) -> Array:
        """Return (2,) the slopes at which its camera is to see the joint."""
        view = (self.measured, *self.measured.further)[self.cameras[point.id]]
        return np.asarray(view.rays[point.frame, row_of(point.joint)])


def firm(found: ClipFit, corrections: Sequence[Correction], turn: Array, clips: Sequence[int] = (0,)) -> Firm:
    """
    Args:
        corrections: checked for their frames and cameras; the order does not matter.
        turn: (4,) from the camera's frame to that of the emote.
        clips: the numbers of the clips that the cameras of the fit are.
    """
    frames = len(found.state.hips)
    in_pictures = [one for one in corrections if isinstance(one, PicturePoint | LimbDepth)]
    cameras = {one.id: 0 if one.camera is None else clips.index(one.camera) for one in in_pictures}
    measured, state = found.measured, found.state
    said_of_limbs = _said_of_limbs(found, corrections, cameras, quat.conjugate(turn))
    if said_of_limbs:
        measured, state = _with_directions(found, said_of_limbs)
    points = [one for one in in_pictures if isinstance(one, PicturePoint)]
    if points:
        measured = _with_points(measured, found, points, cameras)
    said = SaidContacts.nothing(frames)
    for foot in (one for one in corrections if isinstance(one, FootContact)):
        said.feet[foot.first : foot.last + 1, _number(foot.side)] = 1 if foot.stands else -1
    hands = [one for one in corrections if isinstance(one, HandContact)]
    for hand in hands:
        said.hands[hand.first : hand.last + 1, _number(hand.side)] = 1 if hand.touches is Contact.FLOOR else -1
    meetings = {one.id: _meeting(one, frames) for one in hands if one.touches in _PARTS}
    return Firm(_with_contacts(measured, said, hands, meetings), state, said, meetings, cameras)


def row_of(joint: PictureJoint) -> int:
    """The row of its landmark among the attached ones."""
    return body_model.rows((_JOINTS[joint],))[0]


def _number(side: Side) -> int:
    return 0 if side is Side.LEFT else 1


@dataclass
class _Said:
    """Frame → the direction (3,) of a part of a limb in the first camera's frame. `is_posed`: by somebody who posed it.

    Where only its side was said, the picture tells the rest, and is believed as ever.
    """

    directions: dict[int, Array] = field(default_factory=dict)
    is_posed: bool = False


def _said_of_limbs(
    found: ClipFit, corrections: Sequence[Correction], cameras: Mapping[str, int], to_camera: Array
) -> dict[Segment, _Said]:
    said: dict[Segment, _Said] = {}
    for depth in (one for one in corrections if isinstance(one, LimbDepth)):
        direction = limb_depth.on_said_side(found, depth, cameras[depth.id])
        said.setdefault(limb_depth.SEGMENT_OF[depth.part], _Said()).directions[depth.frame] = direction
    for pose in (one for one in corrections if isinstance(one, LimbPose)):
        for segment, given in zip(SEGMENTS[pose.limb], pose.directions, strict=False):
            if given is not None:
                own = said.setdefault(segment, _Said())
                own.directions[pose.frame], own.is_posed = quat.rotate(to_camera, np.array(given)), True
    return said


def _with_directions(found: ClipFit, given: Mapping[Segment, _Said]) -> tuple[Measurements, solver.State]:
    segments = tuple(segment for limb in SEGMENTS.values() for segment in limb if segment in given)
    pose = found.state.pose
    captured = firm_directions.directions(segments, pose)
    frames = len(captured)
    wanted, weights = np.empty_like(captured), np.zeros((frames, len(segments)))
    seen = (found.measured, *found.measured.further)
    views = [replace(view, world=view.world.copy(), weights=view.weights.copy()) for view in seen]
    to_views = [np.eye(3), *(camera.turn for camera in found.state.cameras)]
    turned = quat.from_matrix(pose.world)
    turns: dict[str, Array] = {}
    for number, segment in enumerate(segments):
        said = given[segment].directions
        at = np.array(sorted(said))
        off = np.stack([said[frame] for frame in at]) - captured[at, number]
        # In another direction the capture errs in another way.
        cosine = np.clip(captured[:, number] @ captured[at, number].T, -1.0, 1.0)
        spread = _spread(_alike(np.arange(frames), at, _LASTS_S * FPS) * np.exp((cosine - 1) / _TURNS**2), at)
        wanted[:, number] = unit(captured[:, number] + spread.weights @ off)
        tilted = turns.get(segment.bone)  # a head is tilted first, and turned from there
        now = captured[:, number] if tilted is None else quat.rotate(tilted, captured[:, number])
        turn = turns[segment.bone] = quat.between(now, wanted[:, number])
        sure = _GIVEN if given[segment].is_posed else _MIRRORED
        weights[:, number] = 1 / np.hypot(sure, _UNSAID * np.sqrt(spread.unknown))
        weights[:, number] *= spread.unknown < _FAR
        # The bones that it carries keep their own directions.
        for name in ("Hips", "Spine", "Spine1", "Spine2") if segment.bone == "Hips" else (segment.bone,):
            bone = pose.body.index(name)
            turned[:, bone] = quat.multiply(turn, turned[:, bone])
        for view, to_view in zip(views, to_views, strict=True):
            _overrule(view, segment, wanted[:, number] @ to_view.T, 1 - spread.unknown, given[segment].is_posed)
    firm = FirmDirections(segments, wanted, weights)
    state = replace(found.state, rotations=_local(turned))
    first, *further = views
    return replace(first, firm=firm, further=tuple(further)), state


def _overrule(view: Measurements, segment: Segment, wanted: Array, known: Array, is_posed: bool) -> None:
    """Direct a limb's part in place as `wanted` (F, 3), in this camera's frame, by how much that is known (F,), 0 … 1.

    The correction replaces the network's 3D; the limb's landmarks count less only where somebody posed it.
    """
    if segment.landmarks is None:
        return
    _move_network(view.world, segment, wanted, known)
    if is_posed:
        rows = body_model.rows((segment.landmarks[1], *segment.further))
        view.weights[:, rows] *= 1 - _OVERRULED * known[:, None]


@dataclass(frozen=True)
class _Spread:
    """Influence of some frames on all F: weights (F, C) of the corrections, and the share (F,) that stays unknown, 0 … 1."""

    weights: Array
    unknown: Array


def _spread(alike: Array, at: NDArray[np.int64]) -> _Spread:
    """Spread the corrections in the frames `at` (C,) by Gaussian process regression: exact there, by likeness elsewhere.

    Args:
        alike: (F, C) 0 … 1, how much alike the errors in two frames are expected to be.
    """
    weights = np.linalg.solve(alike[at] + 1e-4 * np.eye(len(at)), alike.T).T
    unknown = np.clip(1 - (weights * alike).sum(axis=1), 0.0, 1.0)
    return _Spread(np.asarray(weights), np.asarray(unknown))


def _alike(frames: NDArray[np.int64], at: NDArray[np.int64], lasts: float) -> Array:
    """Return (F, C) by the time between frames (F,) and (C,); `lasts` in frames."""
    return np.asarray(np.exp(-0.5 * ((frames[:, None] - at[None]) / lasts) ** 2))


def _local(turned: Array) -> Array:
    """World rotations (F, B, 4) → local ones."""
    local = turned.copy()
    for bone, parent in enumerate(body_model.load().parents):
        if parent >= 0:
            local[:, bone] = quat.multiply(quat.conjugate(turned[:, parent]), turned[:, bone])
    return np.asarray(quat.normalize(local))


def _move_network(network: Array, segment: Segment, wanted: Array, known: Array) -> None:
    """Turn a limb of the network's landmarks (F, K, 3) in place towards directions (F, 3), by how far they are known (F,)."""
    assert segment.landmarks is not None
    here, there = body_model.rows(segment.landmarks)
    along = network[:, there] - network[:, here]
    length = np.linalg.norm(along, axis=-1, keepdims=True)
    mixed = (1 - known[:, None]) * along / np.maximum(length, 1e-6) + known[:, None] * wanted
    mixed = unit(mixed) * length
    for row in (there, *body_model.rows(segment.further)):
        network[:, row] += mixed - along


def _with_points(
    measured: Measurements, found: ClipFit, points: Sequence[PicturePoint], cameras: Mapping[str, int]
) -> Measurements:
    views = [
        replace(
            view,
            rays=view.rays.copy(),
            weights=view.weights.copy(),
            speeds=None if view.speeds is None else view.speeds.copy(),
        )
        for view in (measured, *measured.further)
    ]
    for joint in {point.joint for point in points}:
        row, known = row_of(joint), np.zeros((len(views), len(measured.rays)))
        for number, (view, picture) in enumerate(zip(views, found.pictures, strict=True)):
            own = [point for point in points if point.joint is joint and cameras[point.id] == number]
            if own:
                known[number] = _point_out(
                    view, row, {one.frame: picture.slopes(np.array([one.x, one.y])) for one in own}
                )
        for number, view in enumerate(views):
            elsewhere = np.delete(known, number, axis=0).max(axis=0, initial=0.0)
            view.weights[:, row] *= 1 - _OVERRULED * elsewhere * (1 - known[number])
    first, *further = views
    return replace(first, further=tuple(further))


def _point_out(view: Measurements, row: int, said: Mapping[int, Array]) -> Array:
    """Change in place where a camera saw a landmark, by slopes that are said of frames; (F,) by how much that is known, 0 … 1."""
    at = np.array(sorted(said))
    spread = _spread(_alike(np.arange(len(view.rays)), at, _POINT_LASTS_S * FPS), at)
    view.rays[:, row] += spread.weights @ (np.stack([said[frame] for frame in at]) - view.rays[at, row])
    view.weights[:, row] += (1 - spread.unknown) * (_FIRM_POINT - view.weights[:, row])
    if view.speeds is not None:
        # Said of the frame itself, however late the camera's clock is.
        view.speeds[:, row] *= spread.unknown[:, None]
    return 1 - spread.unknown


def _with_contacts(
    measured: Measurements,
    said: SaidContacts,
    hands: Sequence[HandContact],
    meetings: Mapping[str, touching.Meeting],
) -> Measurements:
    shape = measured.weights.shape
    standing = np.zeros(shape, bool) if measured.standing is None else measured.standing.copy()
    feet = body_model.rows(body_model.FEET)
    standing[:, feet] = said.of_feet(standing[:, feet])
    hands_standing = said.of_hands(
        np.zeros((shape[0], 2), bool) if measured.hands_standing is None else measured.hands_standing
    )
    heights = np.zeros((shape[0], 2)) if measured.knuckle_heights is None else measured.knuckle_heights.copy()
    still, weights = np.zeros(shape, bool), [view.weights.copy() for view in (measured, *measured.further)]
    for hand in hands:
        side, frames = _number(hand.side), slice(hand.first, hand.last + 1)
        own = body_model.rows(body_model.HANDS[side])
        if hand.touches is Contact.FLOOR:
            standing[frames, own[1:]] = True
            heights[frames, side] = heights[frames, side].max()
        elif hand.touches is Contact.THING:
            still[frames, own] = True
        elif hand.touches in _PARTS:
            for seen in weights:
                seen[frames, body_model.rows((_ELBOWS[side], *body_model.HANDS[side]))] *= 1 - _OVERRULED
    contacts = touching.Touching(still, tuple(meetings.values())) if hands else None
    further = tuple(replace(view, weights=own) for view, own in zip(measured.further, weights[1:], strict=True))
    return replace(
        measured,
        weights=weights[0],
        standing=standing,
        hands_standing=hands_standing,
        knuckle_heights=heights,
        touching=contacts,
        further=further,
    )


def _meeting(hand: HandContact, frames: int) -> touching.Meeting:
    side = _number(hand.side)
    parts, distance = _PARTS[hand.touches]
    inside = np.zeros(frames, bool)
    inside[hand.first : hand.last + 1] = True
    return touching.Meeting(
        inside, _mean(body_model.rows(body_model.HANDS[side])), _mean(body_model.rows(parts[side])), distance
    )


def _mean(rows: Sequence[int]) -> Array:
    weights = np.zeros(len(body_model.ATTACHED))
    weights[list(rows)] = 1 / len(rows)
    return weights
