"""A capture that delivers a figure worth looking at: what the Blender story is driven with.

While there is a file `hold` in the Kinetix home, it stays where the body is followed.
"""

from __future__ import annotations

import numpy as np

from kinetix_capture.interface import CaptureRequest, Delivery, Progress, Report
from kinetix_core import mannequin
from kinetix_core.formats import bvh, fbx, glb, kinanim
from kinetix_core.io import paths
from kinetix_core.motion import Motion
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.failure import CaptureStage
from kinetix_tools.preview import pictures
from tests.support.waiting import until


def wave(name: str, frames: int = 61) -> Motion:
    """Two seconds: steps forward while both arms swing up."""
    skeleton = mannequin.load().skeleton
    rotations = np.tile([0.0, 0, 0, 1], (frames, len(skeleton), 1))
    phase = np.linspace(0, 2 * np.pi, frames)
    bones = (
        ("LeftArm", [0, 0, 1], 0.9 * np.sin(phase)),
        ("RightArm", [0, 0, 1], -0.9 * np.sin(phase)),
        ("LeftForeArm", [0, 1, 0], -0.8 * np.abs(np.sin(phase))),
        ("LeftUpLeg", [1, 0, 0], 0.4 * np.sin(2 * phase)),
        ("RightUpLeg", [1, 0, 0], -0.4 * np.sin(2 * phase)),
        ("Spine1", [0, 1, 0], 0.3 * np.sin(phase)),
    )
    for bone, axis, angle in bones:
        rotations[:, skeleton.index(bone)] = quat.from_axis_angle(
            np.broadcast_to(np.array(axis, float), (frames, 3)), angle
        )
    path = skeleton.rest_translations[0] + np.outer(phase / (2 * np.pi), [0.0, 0, 0.8])
    return Motion(skeleton, 30.0, rotations, path, name)


def deliver(request: CaptureRequest, report: Report) -> Delivery:
    hold = paths.home() / "hold"
    report(Progress(CaptureStage.TRACK, 0.5, 1.0))
    until(lambda: not hold.exists(), "the capture is held")
    report(Progress(CaptureStage.WRITE, 0.8, 0.5))
    motion = wave(request.name)
    out = request.out_dir
    data = glb.write_emote(motion)
    (out / "animation-v2.glb").write_bytes(data)
    (out / "animation.glb").write_bytes(data)
    (out / "animation-v2.bvh").write_text(bvh.write_motion(motion), encoding="utf-8")
    (out / "animation-v2.kinanim").write_bytes(kinanim.write_motion(motion))
    (out / "animation-v2.fbx").write_bytes(fbx.write_motion(motion))
    pictures.write_thumbnail(motion, out / "thumbnail.png")
    pictures.write_animation(motion, out / "thumbnail.gif")
    names = [file.name for file in out.iterdir()]
    report(Progress(CaptureStage.WRITE, 1.0, 0.0))
    return Delivery({name: out / name for name in names}, motion.duration)
