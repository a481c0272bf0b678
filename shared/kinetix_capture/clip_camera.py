"""The clip's camera in the axes of the delivered emote, so that the emote drawn by it lies over the clip's frames."""

from __future__ import annotations

from typing import Any

import numpy as np

from kinetix_capture import estimate
from kinetix_capture.arrays import Array
from kinetix_capture.fitting import body_model
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.values.captured_body import CapturedBody

STEP = 3
"""Frames between two poses of a camera that moves."""
_ITERATIONS = 30
_NEAREST_M = 0.1
# Slope beyond which a landmark counts less: what the clean-up moved, or the network misplaced.
_OFF = 0.02
# From y up, z backwards to y down, z ahead.
_FLIP = np.diag([1.0, -1.0, -1.0])


def lens_and_poses(
    found: estimate.Estimate, first: int, motion: Motion, shifts: Array, turns: Array | None
) -> dict[str, Any]:
    """Return the `focal`, `aspect`, `step` and `poses` of the quality report's `camera`.

    Args:
        first: frame of the take with which the motion begins.
        motion: the delivered motion, still with its path over the floor.
        shifts: (F, 3) what the delivered motion is moved by besides, as one in place is.
        turns: (T, 3) rotation vectors of a camera that turned, in the take's frames (`take_file.CameraSwing`).
    """
    wide, high = found.fit.size
    take = slice(first, first + len(motion))
    rotation, place = resect(found, motion, take)
    rotations, places = np.tile(rotation, (len(motion), 1)), place + shifts
    if turns is not None:
        to_frame = _FLIP @ quat.to_matrix(quat.exp(turns[take])) @ _FLIP
        rotations = quat.from_matrix(quat.to_matrix(rotations) @ to_frame.transpose(0, 2, 1))
    moves = turns is not None or bool(np.ptp(shifts, axis=0).max() > 1e-4)
    shown = slice(None, None, STEP) if moves else slice(1)
    poses = np.concatenate((places, quat.continuous(rotations)), 1)[shown]
    return {
        "focal": round(found.fit.focal * max(wide, high) / high, 4),
        "aspect": round(wide / high, 4),
        "step": STEP,
        "poses": np.round(poses, 4).tolist(),
    }


def resect(found: estimate.Estimate, motion: Motion, take: slice) -> tuple[Array, Array]:
    """Estimate rotation (4,) and position (3,) of a camera at rest from the motion and where its landmarks were seen.

    The motion's own frame is used, not the fit's: proportions, path and contacts were changed since.
    """
    body = body_model.load()
    local = motion.rotations[:, [motion.skeleton.index(name) for name in body.names]]
    points = FigurePose(local, motion.root_positions).points
    rays, weights = found.fit.measured.rays[take], found.fit.measured.weights[take]
    if found.fit.captured is CapturedBody.UPPER:
        weights = weights * (body.landmarks < 23)
    turn, _ = estimate.turn_of(found.fit)
    matrix = quat.to_matrix(turn).T
    hips = body_model.rows((23, 24))
    start = found.state.hips[take].mean(0) - matrix @ points[:, hips].mean((0, 1))
    for _ in range(_ITERATIONS):
        turned = points @ matrix.T
        seen = turned + start
        depth = np.maximum(-seen[..., 2], _NEAREST_M)[..., None]
        slopes = seen[..., :2] / depth
        off = slopes - rays
        weight = weights / (1 + (np.linalg.norm(off, axis=-1) / _OFF) ** 2)
        by_place = (
            np.concatenate((np.broadcast_to(np.eye(2), (*off.shape, 2)), slopes[..., None]), -1) / depth[..., None]
        )
        by_turn = np.cross(turned[..., None, :], by_place)
        unknowns = np.concatenate((by_turn, by_place), -1).reshape(-1, 6)
        each = np.repeat(weight.ravel(), 2)
        step = np.linalg.solve(
            unknowns.T @ (unknowns * each[:, None]) + 1e-9 * np.eye(6), -unknowns.T @ (each * off.ravel())
        )
        matrix = quat.to_matrix(quat.exp(step[:3])) @ matrix
        start = start + step[3:]
        if np.abs(step).max() < 1e-7:
            break
    return quat.from_matrix(matrix.T), -matrix.T @ start
