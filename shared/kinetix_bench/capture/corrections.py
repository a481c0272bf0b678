"""`kinetix bench capture --corrections`: what a few corrections by somebody who knows the truth make of a take."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from kinetix_bench.capture import accuracy, take_views
from kinetix_bench.capture.sample_clips import Clip, clips, truth_of
from kinetix_capture import estimate, pipeline
from kinetix_capture.interface import CaptureRequest
from kinetix_capture.refining import solving
from kinetix_capture.refining.take_file import Take
from kinetix_capture.views import several_clips
from kinetix_core.corrections import Limb, LimbPose
from kinetix_core.formats import glb

__all__ = ["measure", "show", "worst_limb"]

Array = NDArray[np.float64]

ROUNDS = 3
# Limb → the pairs of `accuracy.JOINTS` that its two parts go between.
_LIMBS = {
    Limb.LEFT_ARM: ((0, 2), (2, 4)),
    Limb.RIGHT_ARM: ((1, 3), (3, 5)),
    Limb.LEFT_LEG: ((6, 8), (8, 10)),
    Limb.RIGHT_LEG: ((7, 9), (9, 11)),
}
# Frames over which the worst place is sought: one wild frame is none.
_AROUND, _DEVIATION = 40, 3.0


def measure(data: Path, only: str | None = None) -> list[dict[str, Any]]:
    """Per take: degrees between its limbs and the truth after 0 to `ROUNDS` corrections; processor time of the last solution.

    After the clips come the takes that two cameras filmed at once.
    """
    alone: list[tuple[Clip, Path | None]] = [(clip, None) for clip in clips(data)]
    both = [(Clip(name, kind, first), further) for kind, name, first, further in take_views.pairs(data)]
    return [_measured(clip, further, data) for clip, further in (*alone, *both) if only is None or only in clip.name]


def _measured(clip: Clip, further: Path | None, data: Path) -> dict[str, Any]:
    request = CaptureRequest(clip.path, Path(), clip.name, views=() if further is None else (further,))
    probed, meter = pipeline.prepare(request, lambda progress: None)
    captured: estimate.Captured = (
        pipeline.capture(request, probed, meter)
        if further is None
        else several_clips.capture(request, probed, meter).found
    )
    take, truth = Take.of(captured, probed, request), truth_of(clip.kind, clip.name, data)
    corrections: list[LimbPose] = []
    found: estimate.Estimate = captured
    curve, seconds = [], 0.0
    for number in range(ROUNDS + 1):
        delivered = accuracy.delivered(glb.write_emote(found.motion))
        curve.append(accuracy.compare(delivered, truth)["limbDirectionDeg"])
        if number == ROUNDS:
            break
        corrections.append(worst_limb(delivered, truth, f"round-{number}"))
        began = time.process_time()
        found = solving.refine(take, corrections)
        seconds = time.process_time() - began
    cameras = 1 + len(take.fit.state.cameras)
    return {
        "clip": clip.name,
        "cameras": cameras,
        "limbDeg": [round(value, 2) for value in curve],
        "cpuS": round(seconds, 3),
    }


def worst_limb(given: accuracy.Delivered, truth: accuracy.Truth, name: str) -> LimbPose:
    """The limb that is furthest off, as it truly was, at the frame where it is."""
    ours, true, first = accuracy.aligned(given, truth)
    off = {limb: np.mean([_off(ours, true, part) for part in parts], axis=0) for limb, parts in _LIMBS.items()}
    limb, frame = max(((limb, int(np.argmax(off[limb]))) for limb in off), key=lambda place: off[place[0]][place[1]])
    given_directions = tuple(_direction(true[frame], part) for part in _LIMBS[limb])
    return LimbPose(id=name, frame=frame + first, limb=limb, directions=given_directions)


def _off(ours: Array, true: Array, part: tuple[int, int]) -> Array:
    """(F,) degrees, smoothed."""
    here, there = part
    one, other = (_unit(joints[:, there] - joints[:, here]) for joints in (ours, true))
    degrees = np.degrees(np.arccos(np.clip((one * other).sum(-1), -1, 1)))
    kernel = np.exp(-0.5 * (np.arange(-_AROUND, _AROUND + 1) / _DEVIATION) ** 2)
    inside = slice(_AROUND, _AROUND + len(degrees))
    return np.asarray(np.convolve(degrees, kernel)[inside] / np.convolve(np.ones(len(degrees)), kernel)[inside])


def _direction(joints: Array, part: tuple[int, int]) -> tuple[float, float, float]:
    x, y, z = _unit(joints[part[1]] - joints[part[0]])
    return float(x), float(y), float(z)


def _unit(v: Array) -> Array:
    return np.asarray(v / np.linalg.norm(v, axis=-1, keepdims=True))


def show(rows: list[dict[str, Any]]) -> None:
    """As a table."""
    table = Table("clip", "cameras", *(f"{number} corrections" for number in range(ROUNDS + 1)), "cpu s", box=SIMPLE)
    for row in rows:
        table.add_row(
            row["clip"], str(row["cameras"]), *(f"{value:.1f}°" for value in row["limbDeg"]), f"{row['cpuS']:.2f}"
        )
    for cameras in sorted({row["cameras"] for row in rows}):
        means = np.mean([row["limbDeg"] for row in rows if row["cameras"] == cameras], axis=0)
        table.add_row("mean", str(cameras), *(f"{value:.1f}°" for value in means), "")
    Console().print(table)
