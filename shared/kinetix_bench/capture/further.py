"""What people film beyond a short clip from a tripod: a camera in a hand, and a minute of film."""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from kinetix_bench.capture import accuracy, moving
from kinetix_bench.capture.sample_clips import ten_seconds, truth_of
from kinetix_capture import pipeline
from kinetix_capture.fitting import solver
from kinetix_capture.fitting.measurements import Settings
from kinetix_capture.interface import LONGEST_SECONDS, CaptureRequest
from kinetix_core.formats import glb
from kinetix_core.motion import kinematics

__all__ = ["MOVED", "SHAKE_DEG", "SHAKE_SEED", "measure_long", "measure_moving", "show"]

MOVED = {
    "cam01": ("real", 0.872),
    "cam02": ("real", 0.872),
    "walk_az20": ("synthetic", 0.679),
    "dance_b_az15": ("synthetic", 0.679),
}
"""Each clip's kind and its lens, in longer sides of the picture: of the real ones as calibrated, of the rendered ones as drawn."""
SHAKE_DEG, SHAKE_SEED = 1.0, 3
_PAN_DEG_S = 10.0
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


def measure_moving(data: Path) -> list[Row]:
    """The figures of clips from a tripod, from a hand that shakes by 1° and from one that pans by 30° in 3 s."""
    rows = []
    for name, (kind, focal) in MOVED.items():
        source, truth = data / kind / f"{name}.mp4", truth_of(kind, name, data)
        times = np.arange(len(truth.joints)) / 30
        turns = {"shake": moving.shake(times, SHAKE_DEG, SHAKE_SEED), "pan": moving.pan(times, _PAN_DEG_S)}
        with tempfile.TemporaryDirectory(prefix="kinetix-bench-") as scratch:
            for how in ("still", *turns):
                clip = source
                if how != "still":
                    clip = Path(scratch) / f"{how}.mp4"
                    moving.turned(source, clip, turns[how], focal)
                found = _captured(clip)[0]
                figures = accuracy.compare(accuracy.delivered(glb.write_emote(found.motion)), truth)
                rows.append({"clip": name, "camera": how, **accuracy.rounded({key: figures[key] for key in _FIGURES})})
    return rows


def measure_long(data: Path) -> list[Row]:
    """Seconds, memory and the accelerations where windows meet, of clips of ten seconds and of a minute; each in its own process."""
    with tempfile.TemporaryDirectory(prefix="kinetix-bench-") as scratch:
        rows = []
        for seconds in _LENGTHS:
            clip = Path(scratch) / f"{seconds:.0f}.mp4"
            ten_seconds(data / "real" / "cam02.mp4", clip, seconds)
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                rows.append(pool.apply(_long, (clip, seconds)))
    return rows


def _long(clip: Path, seconds: float) -> Row:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    found, wall, processor = _captured(clip)
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
    """Of this process until now; Windows has no such count."""
    if sys.platform == "win32":
        return None
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20)


def _captured(clip: Path) -> tuple[Any, float, float]:
    """What the clip gives, and seconds of wall and of processor time."""
    request = CaptureRequest(clip, Path(), clip.stem, max_seconds=LONGEST_SECONDS)
    began, used = time.monotonic(), time.process_time()
    found = pipeline.capture(request, *pipeline.prepare(request, lambda progress: None))
    return found, time.monotonic() - began, time.process_time() - used


def show(rows: list[Row]) -> None:
    table = Table(*rows[0], box=SIMPLE)
    for row in rows:
        table.add_row(*("–" if value is None else str(value) for value in row.values()))
    Console().print(table)
