"""Moves of under a second: parts of the sample clips captured alone, beside the same frames of the whole clip's capture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from kinetix_bench.capture import accuracy
from kinetix_bench.capture.sample_clips import clips, truth_of
from kinetix_capture import pipeline
from kinetix_capture.interface import CaptureRejected, CaptureRequest
from kinetix_core.formats import glb
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.clip_length import SHORTEST_SECONDS, ClipLength

__all__ = ["LENGTHS_S", "measure_short"]

Row = dict[str, Any]
Joints = TypeVar("Joints", accuracy.Truth, accuracy.Delivered)
LENGTHS_S = (SHORTEST_SECONDS, 0.5, 0.8)
_FPS = 30
_PARTS = 3
"""Of each length, as many of every clip; the first begins with it and the last ends with it."""
_FIGURES = ("paMm", "limbDirectionDeg", "rotationDeg", "upDeg")


def measure_short(data: Path, only: str | None = None) -> list[Row]:
    """By length the mean over all parts, alone and within the whole clip, and the worst part alone."""
    alone: dict[float, list[dict[str, float]]] = {seconds: [] for seconds in LENGTHS_S}
    within: dict[float, list[dict[str, float]]] = {seconds: [] for seconds in LENGTHS_S}
    refused = dict.fromkeys(LENGTHS_S, 0)
    for clip in clips(data):
        if only is not None and only not in clip.name:
            continue
        truth = truth_of(clip.kind, clip.name, data)
        whole = _captured(CaptureRequest(clip.path, Path(), clip.name))
        for seconds in LENGTHS_S:
            count = round(seconds * _FPS)
            for first in np.linspace(0, min(len(truth.joints), len(whole.joints)) - count, _PARTS).round().astype(int):
                frames = slice(int(first), int(first) + count)
                true = _part(truth, frames)
                request = CaptureRequest(
                    clip.path,
                    Path(),
                    clip.name,
                    length=ClipLength(shortest_s=SHORTEST_SECONDS),
                    settings=CaptureSettings(trim_start=frames.start / _FPS, trim_end=frames.stop / _FPS),
                )
                try:
                    alone[seconds].append(accuracy.compare(_captured(request), true))
                except CaptureRejected:
                    refused[seconds] += 1
                    continue
                within[seconds].append(accuracy.compare(_part(whole, frames), true))
    rows = []
    for seconds in LENGTHS_S:
        if not alone[seconds]:
            continue
        captured = f"{len(alone[seconds])} of {len(alone[seconds]) + refused[seconds]}"
        for how, found, fold in (
            ("alone", alone, np.nanmean),
            ("alone, worst", alone, np.nanmax),
            ("in the whole clip", within, np.nanmean),
            ("in the whole clip, worst", within, np.nanmax),
        ):
            figures = {name: float(fold([one[name] for one in found[seconds]])) for name in _FIGURES}
            rows.append({"seconds": seconds, "parts": captured, "captured": how} | accuracy.rounded(figures))
    return rows


def _captured(request: CaptureRequest) -> accuracy.Delivered:
    found = pipeline.capture(request, *pipeline.prepare(request, lambda progress: None))
    return accuracy.delivered(glb.write_emote(found.motion))


def _part(of: Joints, frames: slice) -> Joints:
    """Some frames of a truth, or of what was delivered."""
    turns = {bone: turn[frames] for bone, turn in of.rotations.items()}
    return replace(of, joints=of.joints[frames], rotations=turns)
