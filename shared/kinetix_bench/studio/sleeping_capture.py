"""A capture that sleeps for `KINETIX_BENCH_SLEEP_S` and gives a real, small emote: what is left is the service's own work."""

from __future__ import annotations

import functools
import os
import time
from pathlib import Path

import numpy as np

from kinetix_capture.interface import CaptureRequest, Delivery, Progress, Report
from kinetix_core import mannequin
from kinetix_core.formats import bvh, glb, kinanim
from kinetix_core.io import files
from kinetix_core.motion.motion import Motion
from kinetix_core.values.failure import CaptureStage

SLEEP_VARIABLE = "KINETIX_BENCH_SLEEP_S"
_DURATION_S = 1.0
_FRAMES = 31


def deliver(request: CaptureRequest, report: Report) -> Delivery:
    report(Progress(CaptureStage.TRACK, 0.0, 0.0))
    time.sleep(float(os.environ.get(SLEEP_VARIABLE, "1")))
    for name, contents in _contents().items():
        files.write(request.out_dir / name, contents, durable=False)
    return Delivery({name: Path(name) for name in _contents()}, _DURATION_S)


@functools.cache
def _contents() -> dict[str, bytes]:
    """The mannequin at rest for a second, in the formats that a game reads."""
    skeleton = mannequin.load("1k").skeleton
    rotations = np.tile(skeleton.rest_rotations, (_FRAMES, 1, 1))
    path = np.tile(skeleton.rest_translations[0], (_FRAMES, 1))
    motion = Motion(skeleton, 30.0, rotations, path, name="rest")
    contents = glb.write_emote(motion)
    return {
        "animation-v2.glb": contents,
        "animation-v2.kinanim": kinanim.write_motion(motion),
        "animation-v2.bvh": bvh.write_motion(motion).encode(),
        "animation.glb": contents,
    }
