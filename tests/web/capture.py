"""The capture of the browser tests: quick, but with a real walk on the real mannequin, so that there is something to see moving.

The size of the clip does not matter; a clip with `REFUSE` in its bytes is refused like one with nobody in it. While a file
with the emote's name lies in the folder `KINETIX_WEB_HOLD`, its capture stays where the body is followed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np

from kinetix_capture.interface import CaptureRejected, CaptureRequest, Delivery, Progress, Report
from kinetix_core import mannequin
from kinetix_core.failure import CaptureStage, FailureReason
from kinetix_core.formats import bvh, glb
from kinetix_core.motion import Motion
from kinetix_core.motion import quaternion as quat
from kinetix_tools.preview import pictures
from tests.support.waiting import until


def swing(name: str) -> Motion:
    """Two seconds of arms and hips that swing."""
    skeleton = mannequin.load().skeleton
    time_s = np.arange(60) / 30
    rotations = np.tile(skeleton.rest_rotations, (60, 1, 1))
    for bone, axis, size in (
        ("LeftArm", (0.0, 1, 0), 1.2),
        ("RightArm", (0.0, 1, 0), 1.2),
        ("Spine", (0.0, 1, 0), 0.4),
    ):
        rotations[:, skeleton.index(bone)] = quat.from_axis_angle(np.array(axis), size * np.sin(2 * np.pi * time_s))
    root = np.tile(skeleton.rest_translations[0], (60, 1))
    root[:, 0] += 0.2 * np.sin(2 * np.pi * time_s)
    return Motion(skeleton, 30.0, rotations, root, name)


def deliver(request: CaptureRequest, report: Report) -> Delivery:
    report(Progress(CaptureStage.TRACK, 0.5, 1.0))
    hold = Path(os.environ["KINETIX_WEB_HOLD"]) / request.name
    until(lambda: not hold.exists(), f"{request.name} is held")
    report(Progress(CaptureStage.WRITE, 0.8, 0.5))
    if b"REFUSE" in request.clip.read_bytes():
        raise CaptureRejected(
            FailureReason.NOBODY,
            title="There is nobody in this clip.",
            next_step="Film one person, head to toe, in good light.",
        )
    motion = swing(request.name)
    contents = {"animation-v2.glb": glb.write_emote(motion), "animation-v2.bvh": bvh.write_motion(motion).encode()}
    contents["quality.json"] = json.dumps({}).encode()
    files: dict[str, Path] = {}
    for name, data in contents.items():
        files[name] = request.out_dir / name
        files[name].write_bytes(data)
    files["thumbnail.png"] = request.out_dir / "thumbnail.png"
    pictures.write_thumbnail(motion, files["thumbnail.png"])
    return Delivery(files, motion.duration)
