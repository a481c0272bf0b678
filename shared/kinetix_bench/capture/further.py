"""Clips beyond a short one from a tripod: a hand-held camera, and a minute of film."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_bench.capture import accuracy
from kinetix_bench.capture.clips import moving
from kinetix_bench.capture.sample_clips import captured, ten_seconds, truth_of
from kinetix_bench.process import in_own_process
from kinetix_capture.fitting import solver
from kinetix_capture.fitting.measurements import Settings
from kinetix_core.motion import kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.clip_length import LONGEST_SECONDS, ClipLength

MOVED = {
    "cam01": ("real", 0.872),
    "cam02": ("real", 0.872),
    "walk_az20": ("synthetic", 0.679),
    "dance_b_az15": ("synthetic", 0.679),
}
"""Each clip's kind and its lens, in longer sides of the picture: of the real ones as calibrated, of the rendered ones as drawn."""
SHAKE_DEG, SHAKE_SEED = 1.0, 3
_HANDS = (1, 2, SHAKE_SEED, 4)
# Degrees a second, to the right where above 0. Of cam01 to the left would leave the person outside of the picture.
_PANS = (-12.0, -10.0, -8.0, 8.0, 10.0, 12.0)
_PANS_OF = {"cam01": (8.0, 10.0, 12.0)}
# Degrees about the three axes by which a camera that stands still is aimed elsewhere.
_AIMS = ((0, 0, 0), (2, 0, 0), (-2, 0, 0), (0, 3, 0), (0, -3, 0), (0, 0, 2), (0, 0, -2))
_FIGURES = (
    "paMm",
    "limbDirectionDeg",
    "limbAngleDeg",
    "rotationDeg",
    "upDeg",
    "footSpeed",
    "meanDriftPercent",
    "endDriftPercent",
)
_LENGTHS = (10.0, 60.0)

Row = dict[str, Any]
Array = NDArray[np.float64]


def measure_moving(data: Path, only: str | None = None) -> list[Row]:
    """The figures of clips from a tripod, aimed here and there, from hands that shake by 1° and from some that pan.

    One draw says little: where an arm lies may hang on a picture's last digits, and the way's end is one frame's figure.
    """
    rows = []
    for name, (kind, focal) in MOVED.items():
        source, truth = data / kind / f"{name}.mp4", truth_of(kind, name, data)
        for camera, turns in _cameras(name, np.arange(len(truth.joints)) / 30).items():
            with tempfile.TemporaryDirectory(prefix="kinetix-bench-") as scratch:
                clip = Path(scratch) / "clip.mp4"
                moving.turned(source, clip, turns, focal)
                found = captured(clip)
            figures = accuracy.compare(accuracy.delivered(found.motion), truth)
            rows.append({"clip": name, "camera": camera, **accuracy.rounded({key: figures[key] for key in _FIGURES})})
    return rows + _means(rows)


def _cameras(name: str, times: Array) -> dict[str, Array]:
    """Return the rotation of each camera that films a clip, (N, 3, 3)."""
    aims = quat.to_matrix(quat.exp(np.radians(_AIMS)))
    found = {f"still {number}": np.tile(aim, (len(times), 1, 1)) for number, aim in enumerate(aims)}
    found |= {f"shake {seed}": moving.shake(times, SHAKE_DEG, seed) for seed in _HANDS}
    return found | {f"pan {speed:+.0f}": moving.pan(times, speed) for speed in _PANS_OF.get(name, _PANS)}


def _means(rows: Sequence[Row]) -> list[Row]:
    """For each clip and for all, every clip counting alike, the mean of each kind of camera."""
    means: list[Row] = []
    for kind in ("still", "shake", "pan"):
        of_clips = [
            _mean(name, kind, [row for row in rows if row["clip"] == name and row["camera"].startswith(kind)])
            for name in MOVED
        ]
        means += [*of_clips, _mean("mean", kind, of_clips)]
    return means


def _mean(clip: str, camera: str, rows: Sequence[Row]) -> Row:
    figures = {key: float(np.mean([row[key] for row in rows])) for key in _FIGURES}
    return {"clip": clip, "camera": f"{camera}, mean", **accuracy.rounded(figures)}


def measure_long(data: Path, only: str | None = None) -> list[Row]:
    """Seconds, memory and the accelerations where windows meet, of clips of ten seconds and of a minute; each in its own process."""
    with tempfile.TemporaryDirectory(prefix="kinetix-bench-") as scratch:
        rows = []
        for seconds in _LENGTHS:
            clip = Path(scratch) / f"{seconds:.0f}.mp4"
            ten_seconds(data / "real" / "cam02.mp4", clip, seconds)
            rows.append(in_own_process(_long, clip, seconds))
    return rows


def _long(clip: Path, seconds: float) -> Row:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    began, used = time.monotonic(), time.process_time()
    found = captured(clip, length=ClipLength(longest_s=LONGEST_SECONDS))
    wall, processor = time.monotonic() - began, time.process_time() - used
    positions = kinematics.forward(found.motion)[1]
    bend = np.linalg.norm(np.diff(positions, 2, axis=0), axis=-1).mean(1) * 1000
    windows = solver.windows(len(positions), Settings())
    joins = np.array([window.frames.start + window.own.start for window in windows[1:]], int)
    return {
        "lengthS": seconds,
        "seconds": round(wall, 1),
        "cpuS": round(processor, 1),
        "peakMiB": _peak_mib(),
        "accelMm": round(float(bend.mean()), 2),
        "accelAtJoinsMm": round(float(bend[np.r_[joins - 2, joins - 1]].mean()), 2) if len(joins) else None,
    }


def _peak_mib() -> int | None:
    """Return this process's peak memory so far; None on Windows, which does not count it."""
    if sys.platform == "win32":
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20)
