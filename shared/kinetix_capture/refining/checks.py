"""Checks of corrections: frames that do not exist, places out of reach, and conflicts with other corrections."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinetix_capture.arrays import Array
from kinetix_capture.fitting import body_model, firm_directions, touching
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.fitting.clip_fit import ClipFit
from kinetix_capture.fitting.firm_directions import SEGMENTS
from kinetix_capture.refining import limb_depth
from kinetix_capture.refining.firm import Firm, row_of
from kinetix_capture.refining.take_file import Take
from kinetix_core.protocol.corrections import (
    LEG_PARTS,
    LOWER_JOINTS,
    Correction,
    CorrectionError,
    Direction,
    FootContact,
    HandContact,
    Limb,
    LimbDepth,
    LimbPart,
    LimbPose,
    PicturePoint,
)
from kinetix_core.values.captured_body import CapturedBody

# Degrees between the two parts of a limb that is folded up as far as flesh lets it.
_FOLDED = 160.0
# How much longer than the figure's a person's limb may be.
_LONGER = 1.15
# Degrees that a limb may turn in one frame, and those that two people may see in one pose.
_FASTEST, _SAME = 45.0, 10.0
# Degrees and metres by which a solution may miss what was said.
_MOST_OFF, _MOST_AWAY = 20.0, 0.08
# Degrees by which a part of a limb may still point to the other side than was said.
_BEYOND = 10.0


def check_frames(take: Take, corrections: Sequence[Correction]) -> None:
    """Raises CorrectionError for a frame beyond the take, a point in the picture of a camera that moved or is not known, or legs that
    were not captured.
    """
    for one in corrections:
        last = one.last if isinstance(one, FootContact | HandContact) else one.frame
        if last >= take.frames:
            raise CorrectionError.beyond_clip(one.id, last, take.frames)
        if isinstance(one, PicturePoint | LimbDepth):
            clip = take.used_clips[0] if one.camera is None else one.camera
            if clip not in take.used_clips:
                raise CorrectionError.camera_unknown(one.id, clip, "The take was solved without that clip.")
            if isinstance(one, PicturePoint) and take.camera_moved_in(clip):
                raise CorrectionError.camera_moved(one.id)
        if take.fit.captured is CapturedBody.UPPER and _is_below(one):
            raise CorrectionError.legs_not_captured(one.id)


def _is_below(one: Correction) -> bool:
    if isinstance(one, LimbPose):
        return one.limb in (Limb.LEFT_LEG, Limb.RIGHT_LEG)
    if isinstance(one, LimbDepth):
        return one.part in LEG_PARTS
    return isinstance(one, FootContact) or (isinstance(one, PicturePoint) and one.joint in LOWER_JOINTS)


def check_agreement(corrections: Sequence[Correction], first_clip: int = 0) -> None:
    """Raises CorrectionError for two poses of one limb that no limb turns between in the time between them, and for a part of a limb
    that is said to point to both sides in one frame.

    `first_clip`: the number of the clip that is meant where none is named.
    """
    _check_sides([one for one in corrections if isinstance(one, LimbDepth)], first_clip)
    poses = sorted((one for one in corrections if isinstance(one, LimbPose)), key=lambda pose: (pose.frame, pose.id))
    for number, later in enumerate(poses):
        for earlier in (one for one in poses[:number] if one.limb is later.limb):
            for one, other in zip(earlier.directions, later.directions, strict=False):
                angle, frames = _degrees(one, other), later.frame - earlier.frame
                if angle > _FASTEST * frames + _SAME:
                    detail = f"“{earlier.id}” has it {angle:.0f}° from there, {frames} frames before."
                    raise CorrectionError.contradicted(later.id, detail)


def _check_sides(depths: Sequence[LimbDepth], first_clip: int) -> None:
    said: dict[tuple[LimbPart, int, int], LimbDepth] = {}
    for depth in depths:
        clip = first_clip if depth.camera is None else depth.camera
        other = said.setdefault((depth.part, depth.frame, clip), depth)
        if other.towards is not depth.towards:
            raise CorrectionError.contradicted(depth.id, f"“{other.id}” says the contrary.")


def check_reach(found: ClipFit, corrections: Sequence[Correction], given: Firm) -> None:
    """Raises CorrectionError for a limb that would fold up or stretch further than it can, by the captured figure's lengths."""
    pose = found.state.pose
    for one in corrections:
        if isinstance(one, LimbPose) and one.limb is not Limb.HEAD:
            _check_fold(one)
        elif isinstance(one, PicturePoint) and (chain := _CHAINS.get(row_of(one.joint))) is not None:
            root, *bones = (pose.body.index(bone) for bone in chain)
            length = sum(float(np.linalg.norm(pose.body.offsets[bone])) for bone in bones)
            place = found.seen_from(given.cameras[one.id], pose.position[one.frame, root])
            away = _distance(given.ray(one), place)
            if away > _LONGER * length:
                detail = f"The point is {away:.2f} m from where the limb begins; the limb is {length:.2f} m long."
                raise CorrectionError.out_of_reach(one.id, one.joint, detail)


def _chains() -> dict[int, tuple[str, ...]]:
    """Row of a landmark → the bone that its limb begins with, and those whose lengths lie between."""
    found: dict[int, tuple[str, ...]] = {}
    for number, side in enumerate(("Left", "Right")):
        for near, middle, far, landmark in (("Arm", "ForeArm", "Hand", 13), ("UpLeg", "Leg", "Foot", 25)):
            joint, end = body_model.rows((landmark + number, landmark + number + 2))
            found[joint] = side + near, side + middle
            found[end] = side + near, side + middle, side + far
    return found


_CHAINS = _chains()


def _check_fold(pose: LimbPose) -> None:
    for first, second in zip(pose.directions[:2], pose.directions[1:2], strict=False):
        if (angle := _degrees(first, second)) > _FOLDED:
            detail = f"Its parts would fold up by {angle:.0f}°; {_FOLDED:.0f}° is the most."
            raise CorrectionError.out_of_reach(pose.id, pose.limb, detail)


def _degrees(one: Direction | None, other: Direction | None) -> float:
    """Return the angle between two directions, 0 where one of them is not said."""
    if one is None or other is None:
        return 0.0
    return float(np.degrees(np.arccos(np.clip(np.dot(one, other), -1, 1))))


def _distance(ray: Array, place: Array) -> float:
    """Return metres from a place (3,) to the nearest point that is seen at slopes (2,)."""
    along = np.array([ray[0], ray[1], -1.0]) / np.sqrt(1 + (ray**2).sum())
    return float(np.linalg.norm(place - (place @ along) * along))


def check_followed(found: ClipFit, corrections: Sequence[Correction], given: Firm) -> None:
    """Raises CorrectionError when the solution is not what somebody said: alone it is out of reach, else the others forbid it."""
    pose = found.state.pose
    for one in corrections:
        missed = ""
        if isinstance(one, LimbPose) and given.measured.firm is not None:
            missed = _turned_from(one, given.measured.firm, pose)
        elif isinstance(one, PicturePoint):
            place = found.seen_from(given.cameras[one.id], pose.points[one.frame, row_of(one.joint)])
            away = _distance(given.ray(one), place)
            missed = f"It ends {away:.2f} m from the point." if away > _MOST_AWAY else ""
        elif isinstance(one, LimbDepth):
            depth = float(limb_depth.depth_along(found, one.part, given.cameras[one.id])[one.frame])
            beyond = np.degrees(np.arcsin(depth if one.towards else -depth))
            missed = f"It stays {beyond:.0f}° on the other side." if beyond > _BEYOND else ""
        elif isinstance(one, HandContact) and (meeting := given.meetings.get(one.id)) is not None:
            off = np.abs(touching.apart(meeting, pose.points) - meeting.distance)[meeting.frames]
            missed = f"They stay {off.max():.2f} m apart." if off.max() > _MOST_AWAY else ""
        if not missed:
            continue
        if len(corrections) > 1:
            raise CorrectionError.contradicted(one.id, missed)
        if isinstance(one, LimbDepth):
            raise CorrectionError.other_side(one.id, one.part, missed)
        raise CorrectionError.out_of_reach(one.id, _limb_of(one), missed)


def _turned_from(said: LimbPose, firm: firm_directions.FirmDirections, pose: FigurePose) -> str:
    now = firm_directions.directions(firm.segments, pose)[said.frame]
    for segment, direction in zip(SEGMENTS[said.limb], said.directions, strict=False):
        if direction is None:
            continue
        number = firm.segments.index(segment)
        cosine = float(np.clip(now[number] @ firm.wanted[said.frame, number], -1, 1))
        if np.degrees(np.arccos(cosine)) > _MOST_OFF:
            return f"It stays {np.degrees(np.arccos(cosine)):.0f}° from it."
    return ""


def _limb_of(one: LimbPose | PicturePoint | FootContact | HandContact) -> str:
    if isinstance(one, LimbPose):
        return one.limb
    return one.joint if isinstance(one, PicturePoint) else f"{one.side} {one.kind}"
