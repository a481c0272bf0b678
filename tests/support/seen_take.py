"""A take whose observations agree with its solution, without a capture: a figure that turns and lifts its arms before a camera."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kinetix_capture import estimate
from kinetix_capture.fitting import body_model, packing, solver
from kinetix_capture.fitting.clip_fit import ClipFit
from kinetix_capture.fitting.measurements import Measurements
from kinetix_capture.fitting.observations import FOCAL
from kinetix_capture.networks.hand_landmarks import HAND_POINTS
from kinetix_capture.refining.take_file import CameraSwing, Take
from kinetix_capture.video.decode import FPS, Clip
from kinetix_core.captured_body import CapturedBody
from kinetix_core.motion import quaternion as quat

__all__ = ["FRAMES", "SIZE", "UNSURE", "seen_take"]

FRAMES = 45
SIZE = (240, 400)
"""Of the picture, pixels."""
UNSURE = slice(20, 31)
"""Frames in which the right arm is hardly seen."""
_AWAY_M = 3.4


def seen_take(*, camera_moved: bool = False, captured: CapturedBody = CapturedBody.WHOLE) -> Take:
    """Its camera stands before the figure at the height of the hips."""
    body, up = body_model.load(), np.array([0.0, 1.0, 0.0])
    state = _state(body)
    points = estimate.attached_points(body, state)
    visible = np.ones(points.shape[:2])
    visible[UNSURE, body_model.rows((14, 16, 18, 20))] = 0.1
    slopes = points[..., :2] / -points[..., 2:]
    standing = np.zeros(visible.shape, bool)
    standing[:, body_model.rows(body_model.FEET)] = True
    palm = np.zeros((FRAMES, 2))
    measured = Measurements(
        slopes, visible, points - state.hips[:, None], palm, standing, up, body_model.soles(body)
    )  # fmt: skip
    width, height = SIZE
    fit = ClipFit(
        visible,
        np.zeros((FRAMES, 2, HAND_POINTS, 3)),
        palm,
        measured,
        state,
        up,
        1.0,
        FOCAL,
        1.0,
        SIZE,
        (width / 2, height / 2),
        captured,
    )
    clip = Clip(Path(), width, height, FRAMES / FPS, float(FPS), "vp8")
    return Take(packing.rounded(fit), clip, "seen", camera=CameraSwing(9.0, False) if camera_moved else None)


def _state(body: body_model.BodyModel) -> solver.State:
    """Upright, as the rest pose stands, with arms that swing from there."""
    time = np.arange(FRAMES) / FPS
    rotations = np.tile(quat.IDENTITY, (FRAMES, len(body.names), 1))
    for bone, size in (("LeftArm", -0.5), ("RightArm", 0.5)):
        angle = size * np.sin(np.pi * time)
        rotations[:, body.index(bone)] = quat.from_axis_angle(np.array([0.0, 0.0, 1.0]), angle)
    rotations[:, 0] = quat.from_axis_angle(np.array([0.0, 1.0, 0.0]), 0.25 * np.sin(np.pi * time))
    hips = np.tile([0.0, 0.0, -_AWAY_M], (FRAMES, 1))
    return solver.State(rotations, hips)
