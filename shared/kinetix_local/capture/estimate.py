"""Landmarks over time to a motion of the mannequin: even the frames, fit the figure, find the floor, set the fingers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import savgol_filter

from kinetix_core import mannequin
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_local.capture import body as figure
from kinetix_local.capture import start
from kinetix_local.capture.contract import CaptureRequest
from kinetix_local.capture.decode import FPS
from kinetix_local.capture.track import Track

__all__ = ["motion"]

Array = NDArray[np.float64]


def motion(
    seen: Track,
    size: tuple[int, int],
    centre: tuple[float, float],
    request: CaptureRequest,
    report: Callable[[float], None],
) -> tuple[Motion, dict[str, Any]]:
    report(0.0)
    even = np.arange(seen.times[0], seen.times[-1] + 0.5 / FPS, 1 / FPS)
    ok = seen.found
    world = np.stack(
        [np.interp(even, seen.times[ok], seen.world[ok].reshape(ok.sum(), -1)[:, c]) for c in range(99)],
        1,
    ).reshape(-1, 33, 3)
    body = figure.load()
    local = quat.continuous(start.guess(body, world * [1, -1, -1]))
    window = min(9, len(local) // 2 * 2 - 1)
    local = quat.normalize(savgol_filter(local, window, 2, axis=0)) if window > 2 else local
    _, position = figure.pose(body, local, np.zeros((len(local), 3)))
    hips = np.zeros((len(local), 3))
    hips[:, 1] = -position[..., 1].min(axis=1) + 0.05
    result = on_mannequin(body, local, hips, request.name)
    report(1.0)
    return result, {}


def on_mannequin(body: figure.Body, local: Array, hips: Array, name: str) -> Motion:
    skeleton = mannequin.load().skeleton
    rotations = np.tile(quat.IDENTITY, (len(local), len(skeleton), 1))
    for bone, bone_name in enumerate(body.names):
        rotations[:, skeleton.index(bone_name)] = local[:, bone]
    return Motion(skeleton, FPS, rotations, hips, name)
