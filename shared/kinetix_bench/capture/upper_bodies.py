"""Upper bodies: the sample clips of people on their feet, cropped at the waist, beside the whole picture's capture of the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kinetix_bench.capture import accuracy
from kinetix_bench.capture.sample_clips import Clip, clips, truth_of
from kinetix_capture import estimate, pipeline
from kinetix_capture.interface import CaptureRejected, CaptureRequest
from kinetix_core.formats import glb
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.captured_body import CapturedBody

Row = dict[str, Any]
_ON_THEIR_FEET = (
    "cam01",
    "cam02",
    "dance_a_az15",
    "dance_b_az15",
    "jump_az20",
    "kick_az30",
    "punch_az20",
    "spin_az10",
    "walk_az20",
)
_FIGURES = ("paMm", "limbDirectionDeg", "limbAngleDeg", "rotationDeg")


def measure_upper(data: Path, only: str | None = None) -> list[Row]:
    """Figures of shoulders, elbows and wrists by clip, and their mean: of the whole picture, and of what is above the waist.

    A clip that is refused once it is cropped has no figures there, and counts in no mean.
    """
    rows: list[tuple[str, str, dict[str, float]]] = []
    refused: set[str] = set()
    for clip in clips(data):
        if clip.name not in _ON_THEIR_FEET or (only is not None and only not in clip.name):
            continue
        truth = truth_of(clip.kind, clip.name, data)
        whole, high = _captured(clip, CaptureRequest(clip.path, Path(), clip.name))
        waist = float(np.median(whole.seen.points[:, [23, 24], 1])) / high
        request = CaptureRequest(
            clip.path, Path(), clip.name, settings=CaptureSettings(crop=(0.0, 0.0, 1.0, waist), body=CapturedBody.UPPER)
        )
        rows.append((clip.name, "whole picture", _figures(whole, truth)))
        try:
            rows.append((clip.name, "waist up", _figures(_captured(clip, request)[0], truth)))
        except CaptureRejected as error:
            refused.add(clip.name)
            rows.append((clip.name, f"waist up: {error.code}", dict.fromkeys(_FIGURES, float("nan"))))
    for how in ("whole picture", "waist up"):
        found = [figures for name, own, figures in rows if own == how and name not in refused]
        if found:
            rows.append(("mean", how, {name: float(np.mean([one[name] for one in found])) for name in _FIGURES}))
    return [
        {"clip": name, "picture": how} | accuracy.rounded({figure: figures[figure] for figure in _FIGURES})
        for name, how, figures in rows
    ]


def _figures(found: estimate.Captured, truth: accuracy.Truth) -> dict[str, float]:
    return accuracy.compare_upper(accuracy.delivered(glb.write_emote(found.motion)), truth)


def _captured(clip: Clip, request: CaptureRequest) -> tuple[estimate.Captured, int]:
    """Return the capture, and the height of the full frame in pixels."""
    probed, meter = pipeline.prepare(request, lambda progress: None)
    return pipeline.capture(request, probed, meter), probed.height
