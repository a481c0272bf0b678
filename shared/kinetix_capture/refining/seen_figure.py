"""Place of a take's figure in the frames of its clips, for corrections of joints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinetix_capture import estimate
from kinetix_capture.arrays import Array, Flags
from kinetix_capture.fitting import body_model
from kinetix_capture.fitting.clip_fit import ClipFit, Picture
from kinetix_capture.refining import limb_depth
from kinetix_capture.refining.firm import row_of
from kinetix_capture.refining.solving import fit_again
from kinetix_capture.refining.take_file import Take
from kinetix_core.motion.contacts import runs
from kinetix_core.protocol.corrections import LEG_PARTS, LOWER_JOINTS, Correction, LimbPart, PictureJoint, Side
from kinetix_core.values.captured_body import CapturedBody

Stretches = dict[Side, list[tuple[int, int]]]
_NOSE = 0
_NEAREST_M = 0.1


@dataclass(frozen=True)
class SeenPicture:
    """The figure in one clip's picture, F frames; places are shares of its width and height from the upper left, and may lie outside.

    Attributes:
        camera: the number of the clip, in the order in which all of the take were given, from 0.
        starts_s: with which second of the clip the take begins.
        size: of the upright picture in pixels.
        joints: joint → (F, 2), of those that were captured.
        head: (F, 2) the nose.
        towards: part of a limb → (F,) whether it points to the camera.
        camera_moved: the places are those for a camera that stood still, so they are not where the clip's pictures have the figure.
    """

    camera: int
    starts_s: float | None
    size: tuple[int, int]
    joints: dict[PictureJoint, Array]
    head: Array
    towards: dict[LimbPart, Flags]
    camera_moved: bool


@dataclass(frozen=True)
class SeenFigure:
    """Place of a take's figure in the frames of its clips.

    Attributes:
        pictures: of each used clip; first of the one whose frames the take has.
        stands: foot → the first and last frames of each stretch in which it stands; None where no legs were captured.
        hands_stand: the same of hands that stand on the floor or hold on to something above it.
    """

    pictures: tuple[SeenPicture, ...]
    stands: Stretches | None
    hands_stand: Stretches | None


def seen_figure(take: Take, corrections: Sequence[Correction]) -> SeenFigure:
    """The figure with the person's own proportions, solved with the corrections, at the joints that a `PicturePoint` names.

    Raises:
        CorrectionError: as `solving.refine`.
    """
    found, said = fit_again(take, corrections)
    points = found.state.pose.points
    pictures = tuple(
        _seen_picture(take, clip, picture, found.seen_from(number, points), _towards(found, number))
        for number, (clip, picture) in enumerate(zip(take.used_clips, found.pictures, strict=True))
    )
    if found.captured is CapturedBody.UPPER:
        return SeenFigure(pictures, None, None)
    turned = estimate.turn_of(take.fit)
    solved = estimate.finish(found, take.name, said=said, turned=turned)
    return SeenFigure(pictures, _stretches(solved.planted.any), _stretches(solved.hands | solved.held))


def _towards(found: ClipFit, camera: int) -> dict[LimbPart, Flags]:
    upper = found.captured is CapturedBody.UPPER
    parts = (part for part in LimbPart if not (upper and part in LEG_PARTS))
    return {part: limb_depth.depth_along(found, part, camera) < 0 for part in parts}


def _seen_picture(
    take: Take, clip: int, picture: Picture, points: Array, towards: dict[LimbPart, Flags]
) -> SeenPicture:
    """`points`: (F, K, 3) the attached ones in the camera's frame."""
    places = picture.shares(points[..., :2] / np.maximum(-points[..., 2:], _NEAREST_M))
    upper = take.fit.captured is CapturedBody.UPPER
    joints = {joint: places[:, row_of(joint)] for joint in PictureJoint if not (upper and joint in LOWER_JOINTS)}
    (nose,) = body_model.rows((_NOSE,))
    starts_s, moved = take.begins_in(clip), take.camera_moved_in(clip)
    return SeenPicture(clip, starts_s, picture.size, joints, places[:, nose], towards, moved)


def _stretches(stands: Flags) -> Stretches:
    """Return the stretches of contact (F, 2) of the emote."""
    return {side: [(first, end - 1) for first, end in runs(stands[:, number])] for number, side in enumerate(Side)}
