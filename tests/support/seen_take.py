"""A take whose observations agree with its solution, without a capture: a figure that turns and lifts its arms before a camera."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinetix_capture.fitting import body_model, further_cameras, packing, solver
from kinetix_capture.fitting.clip_fit import ClipFit, Picture
from kinetix_capture.fitting.further_cameras import CameraPose
from kinetix_capture.fitting.measurements import Measurements
from kinetix_capture.fitting.observations import FOCAL
from kinetix_capture.networks.hand_landmarks import HAND_POINTS
from kinetix_capture.quality_model import TimedBy, ViewResult
from kinetix_capture.refining.take_file import Take
from kinetix_capture.tracking.camera_motion import CameraSwing
from kinetix_capture.video.decode import FPS, Clip
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.captured_body import CapturedBody

Array = NDArray[np.float64]
FRAMES = 45
SIZE = (240, 400)
"""Of the picture, pixels."""
UNSURE = slice(20, 31)
"""Frames in which the right arm is hardly seen."""
STARTS_S = 0.1
"""With which second of its clip the take begins."""
FURTHER_SIZE = (400, 240)
"""Of a second camera's picture, which is shot from the figure's left."""
FURTHER_STARTS_S = 0.3
_AWAY_M = 3.4
_FURTHER_FOCAL = 1.5


def seen_take(
    *,
    camera_moved: bool = False,
    captured: CapturedBody = CapturedBody.WHOLE,
    two_cameras: bool = False,
    further_moved: bool = False,
    uncertain_arm: bool = False,
) -> Take:
    """Its camera stands before the figure at the height of the hips, and of two the other one at its left.

    `camera_moved` and `further_moved`: the take says that of the one and of the other; what was seen is the same.
    `uncertain_arm`: the network's right forearm points to the other side of the picture plane than the figure's.
    """
    state, up = _state(), np.array([0.0, 1.0, 0.0])
    points = state.pose.points
    visible = np.ones(points.shape[:2])
    visible[UNSURE, body_model.rows((14, 16, 18, 20))] = 0.1
    standing = np.zeros(visible.shape, bool)
    standing[:, body_model.rows(body_model.FEET)] = True
    palm = np.zeros((FRAMES, 2))
    measured = Measurements(
        _slopes(points), visible, points - state.hips[:, None], palm, standing, up, body_model.soles()
    )  # fmt: skip
    if uncertain_arm:
        elbow, *hand = body_model.rows((14, 16, 18, 20))
        for row in hand:
            measured.world[:, row, 2] = 2 * measured.world[:, elbow, 2] - measured.world[:, row, 2]
    if two_cameras:
        aside = CameraPose(
            np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]), np.array([-1.0, 0.0, -1.0]) * _AWAY_M
        )
        state = replace(state, cameras=(aside,))
        there = aside.apply(points)
        rays = _slopes(there)
        further = Measurements(
            rays, visible.copy(), there - aside.apply(state.hips)[:, None], palm, speeds=further_cameras.speeds(rays)
        )  # fmt: skip
        measured = replace(measured, further=(further,))
    width, height = SIZE
    fit = ClipFit(
        visible=visible,
        hands=np.zeros((FRAMES, 2, HAND_POINTS, 3)),
        hand_weights=palm,
        measured=measured,
        state=state,
        up=up,
        up_confidence=1.0,
        focal=FOCAL,
        scale=1.0,
        size=SIZE,
        centre=(width / 2, height / 2),
        captured=captured,
        further_pictures=(Picture(FURTHER_SIZE, _FURTHER_FOCAL),) if two_cameras else (),
    )
    clip = Clip(Path(), width, height, FRAMES / FPS, float(FPS), "vp8")
    views = (
        ViewResult(used=True, detail="", timed_by=TimedBy.SOUND, camera_moved=camera_moved),
        ViewResult(
            used=True,
            detail="",
            timed_by=TimedBy.SOUND,
            offset_s=round(STARTS_S - FURTHER_STARTS_S, 4),
            degrees=90.0,
            camera_moved=further_moved,
        ),
    )
    return Take(
        packing.rounded(fit),
        clip,
        "seen",
        STARTS_S,
        camera=CameraSwing(9.0, False, np.zeros((FRAMES, 3))) if camera_moved else None,
        views=views if two_cameras else (),
    )


def _slopes(points: Array) -> Array:
    return np.asarray(points[..., :2] / -points[..., 2:])


def _state() -> solver.State:
    """Upright, as the rest pose stands, with arms that swing from there."""
    body, time = body_model.load(), np.arange(FRAMES) / FPS
    rotations = np.tile(quat.IDENTITY, (FRAMES, len(body.names), 1))
    for bone, size in (("LeftArm", -0.5), ("RightArm", 0.5)):
        angle = size * np.sin(np.pi * time)
        rotations[:, body.index(bone)] = quat.from_axis_angle(np.array([0.0, 0.0, 1.0]), angle)
    rotations[:, 0] = quat.from_axis_angle(np.array([0.0, 1.0, 0.0]), 0.25 * np.sin(np.pi * time))
    hips = np.tile([0.0, 0.0, -_AWAY_M], (FRAMES, 1))
    return solver.State(rotations, hips)
