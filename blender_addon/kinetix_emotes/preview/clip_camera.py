# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera of the clip that an emote was captured from, in the emote's axes (docs/conventions.md, "The clip's camera")."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats import glb
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.errors import FormatError

Array = NDArray[np.float64]
_RATE = 30.0


@dataclass(frozen=True)
class ClipCamera:
    """A camera of P poses.

    Attributes:
        focal: focal length in heights of the clip's frame.
        aspect: width / height of the clip's frame.
        step: frames of the emote between two poses.
        begins_s: second of the clip with which the emote begins.
        poses: (P, 7) place in metres and rotation xyzw, emote from camera.
    """

    focal: float
    aspect: float
    step: float
    begins_s: float
    poses: Array

    def pose_at(self, seconds: float) -> tuple[Array, Array]:
        """Return place (3,) and rotation xyzw (4,) at a moment of the emote."""
        at = min(max(seconds * _RATE / self.step, 0.0), len(self.poses) - 1.0)
        first = self.poses[int(at)]
        last = self.poses[min(int(at) + 1, len(self.poses) - 1)]
        share = at - int(at)
        return (1 - share) * first[:3] + share * last[:3], quat.slerp(first[3:], last[3:], np.array(share))


def camera_of(file: Path) -> ClipCamera | None:
    """Return the camera that is written in an emote's GLB; None without one, as in files of older versions."""
    try:
        found = glb.read_clip_camera(file)
        if found is None:
            return None
        focal, aspect, step, begins_s = (float(found[name]) for name in ("focal", "aspect", "step", "beginsS"))
        poses = np.array(found["poses"], float).reshape(-1, 7)
    except (FormatError, OSError, KeyError, TypeError, ValueError):
        return None
    lengths = np.linalg.norm(poses[:, 3:], axis=1)
    positive = min(focal, aspect, step) > 0 and len(poses) > 0 and bool((lengths > 0.5).all())
    if not positive or not np.isfinite([focal, aspect, step, begins_s, *poses.ravel()]).all():
        return None
    poses[:, 3:] /= lengths[:, None]
    return ClipCamera(focal, aspect, step, begins_s, poses)
