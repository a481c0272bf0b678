"""Moving figures whose pose is known, and what a network would see of them."""

from __future__ import annotations

import numpy as np

from kinetix_capture.arrays import Array
from kinetix_capture.fitting import body_model, solver
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.fitting.measurements import Measurements
from kinetix_capture.networks.hand_landmarks import HAND_POINTS
from kinetix_capture.tracking.track import Track
from kinetix_core.motion import kinematics
from kinetix_core.motion.motion import Motion

AWAY = np.array([0.0, 0.0, -4.0])
"""Place of a figure in the camera's frame, metres."""


def posed(values: Array) -> FigurePose:
    """Return the figure with values (F, N) of its freedoms."""
    rest = FigurePose.rest(len(values))
    return FigurePose(*solver.moved(rest.rotations, np.tile(AWAY, (len(values), 1)), values))


def dancing(phase: Array, swing: float) -> FigurePose:
    """Return a figure whose joints all swing by so many radians, and which goes about."""
    dofs = body_model.load().dofs
    values = np.zeros((len(phase), len(dofs)))
    for number, dof in enumerate(dofs):
        if dof.bones:
            turn = swing * np.sin(phase * (1 + number % 3 / 3) + number)
            values[:, number] = np.abs(turn) + 0.2 if dof.outer else turn
    values[:, 0], values[:, 2] = 0.4 * np.sin(phase / 9), 0.3 * np.sin(phase / 7)
    return posed(values)


def from_hips(points: Array) -> Array:
    """Return landmarks (F, K, 3) relative to the middle of the hips."""
    return np.asarray(points - points[:, body_model.rows((23, 24))].mean(1, keepdims=True))


def seen(points: Array, weight: float = 1.0) -> Measurements:
    """Return exact observations of landmarks (F, K, 3) in the camera's frame."""
    return Measurements(points[..., :2] / -points[..., 2:], np.full(points.shape[:2], weight), from_hips(points))


def track(times: Array, world: Array, points: Array | None = None, visibility: Array | None = None) -> Track:
    """Return a track of landmarks (F, 33, 3) in metres that are seen at points (F, 33, 2), by default their own, and no hands."""
    count = len(times)
    clear = np.ones((count, 33)) if visibility is None else visibility
    hands = np.full((count, 2), np.nan), np.full((count, 2, HAND_POINTS, 3), np.nan)
    return Track(times, world[..., :2] if points is None else points, clear, clear.copy(), world, *hands)


def pose_of(motion: Motion) -> FigurePose:
    """Return the pose of the mannequin's driven bones."""
    bones = [motion.skeleton.index(bone) for bone in body_model.BONES]
    return FigurePose(motion.rotations[:, bones], motion.root_positions)


def with_pose(motion: Motion, pose: FigurePose) -> Motion:
    rotations = motion.rotations.copy()
    rotations[:, [motion.skeleton.index(bone) for bone in body_model.BONES]] = pose.rotations
    return motion.with_(rotations=rotations, root_positions=pose.hips)


def places(motion: Motion, *bones: str) -> Array:
    """Return (F, B, 3) joints."""
    return kinematics.forward(motion)[1][:, [motion.skeleton.index(bone) for bone in bones]]


def degrees(one: Array, other: Array) -> Array:
    """Return (...) the angles between unit vectors (..., N)."""
    return np.asarray(np.degrees(np.arccos(np.clip((one * other).sum(-1), -1, 1))))
