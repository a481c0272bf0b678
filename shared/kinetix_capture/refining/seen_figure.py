"""Where the figure of a take is in the clip's picture, for who shows a joint another place there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinetix_capture import estimate
from kinetix_capture.fitting import body_model
from kinetix_capture.fitting.clip_fit import ClipFit
from kinetix_capture.refining.firm import row_of
from kinetix_capture.refining.solving import fit_again
from kinetix_capture.refining.take_file import Take
from kinetix_core.captured_body import CapturedBody
from kinetix_core.corrections import LOWER_JOINTS, Correction, PictureJoint, Side
from kinetix_core.motion.contacts import runs

__all__ = ["SeenFigure", "seen_figure"]

Array = NDArray[np.float64]
_NOSE = 0
_NEAREST_M = 0.1


@dataclass(frozen=True)
class SeenFigure:
    """F frames; places are shares of the picture's width and height from the upper left, and may lie outside of it.

    Attributes:
        size: of the upright picture in pixels.
        joints: joint → (F, 2), of those that were captured.
        head: (F, 2) the nose.
        camera_moved: the places are those for a camera that stands as in the first frame, so they are not in the other pictures.
        stands: foot → the first and last frames of each stretch in which it stands; None where no legs were captured.
    """

    size: tuple[int, int]
    joints: dict[PictureJoint, Array]
    head: Array
    camera_moved: bool
    stands: dict[Side, list[tuple[int, int]]] | None


def seen_figure(take: Take, corrections: Sequence[Correction]) -> SeenFigure:
    """The figure with the person's own proportions, solved with the corrections, at the joints that a `PicturePoint` names.

    Raises:
        CorrectionError: as `solving.refine`.
    """
    found, said = fit_again(take, corrections)
    places = _in_picture(estimate.attached_points(body_model.load(), found.state), found)
    upper = found.captured is CapturedBody.UPPER
    joints = {joint: places[:, row_of(joint)] for joint in PictureJoint if not (upper and joint in LOWER_JOINTS)}
    (nose,) = body_model.rows((_NOSE,))
    stands = None if upper else _stands(take, found, said)
    return SeenFigure(found.size, joints, places[:, nose], take.camera is not None, stands)


def _stands(take: Take, found: ClipFit, said: NDArray[np.int8] | None) -> dict[Side, list[tuple[int, int]]]:
    """As the emote has it."""
    turned = estimate.turn_of(take.fit.state, take.fit.up, take.fit.captured)
    planted = estimate.finish(found, take.name, stands=said, turned=turned).planted.any
    return {side: [(first, end - 1) for first, end in runs(planted[:, number])] for number, side in enumerate(Side)}


def _in_picture(points: Array, found: ClipFit) -> Array:
    """Points (F, K, 3) in the camera's frame → (F, K, 2) shares; the camera's axis meets the middle of the full picture."""
    slopes = points[..., :2] / np.maximum(-points[..., 2:], _NEAREST_M)
    length = found.focal * max(found.size)
    return np.asarray(0.5 + slopes * length * np.array([1.0, -1.0]) / found.size)
