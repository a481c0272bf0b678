"""Upper bodies: the sample clips of people on their feet, cropped at the waist, beside the whole picture's capture of the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from kinetix_bench.capture import accuracy
from kinetix_bench.capture.sample_clips import captured, clips, truth_of
from kinetix_capture import estimate
from kinetix_capture.interface import CaptureRejected
from kinetix_capture.video import decode
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.captured_body import CapturedBody

Row = dict[str, Any]
_UPSIDE_DOWN = ("backflip_az60", "cartwheel_az20")
_FIGURES = ("paMm", "limbDirectionDeg", "limbAngleDeg", "rotationDeg")


def measure_upper(data: Path, only: str | None = None) -> list[Row]:
    """Figures of shoulders, elbows and wrists by clip, and their mean: of the whole picture, and of what is above the waist.

    A clip that is refused once it is cropped has no figures there, and counts in no mean.
    """
    rows: list[tuple[str, str, dict[str, float]]] = []
    refused: set[str] = set()
    for clip in clips(data):
        if clip.name in _UPSIDE_DOWN or (only is not None and only not in clip.name):
            continue
        truth = truth_of(clip.kind, clip.name, data)
        whole = captured(clip.path)
        waist = float(np.median(whole.seen.points[:, [23, 24], 1])) / decode.probe(clip.path).height
        settings = CaptureSettings(crop=(0.0, 0.0, 1.0, waist), body=CapturedBody.UPPER)
        rows.append((clip.name, "whole picture", _figures(whole, truth)))
        try:
            rows.append((clip.name, "waist up", _figures(captured(clip.path, settings=settings), truth)))
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
    return accuracy.compare_upper(accuracy.delivered(found.motion), truth)
