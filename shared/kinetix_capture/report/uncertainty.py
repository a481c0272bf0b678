"""Uncertain frames of a take: a limb was hardly seen, or the figure does not agree with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from scipy.ndimage import gaussian_filter1d

from kinetix_capture.arrays import Array, unit
from kinetix_capture.estimate import Estimate
from kinetix_capture.fitting import body_model
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.fitting.firm_directions import SEGMENTS, directions
from kinetix_capture.quality_model import UnsureSpan
from kinetix_core.motion.contacts import runs

UNSURE = 0.3
"""Of 0 … 1: below it somebody should look."""


_CLOSE_M = 0.05
# Degrees between a limb of the figure and the network's own: as far as that, one of the two is wrong.
_AGREES = 30.0
_SMOOTH = 3.0
_SHORTEST = 4


def confidences(found: Estimate, limbs: Mapping[str, Sequence[int]]) -> dict[str, Array]:
    """Return (F,) 0 … 1 by limb. `limbs` name the landmarks of each."""
    rows = {name: body_model.rows(landmarks) for name, landmarks in limbs.items()}
    out, pose = {}, found.state.pose
    for name, own_rows in rows.items():
        seen = found.fit.visible[:, own_rows].mean(axis=1)
        close = np.exp(-((np.median(found.miss[:, own_rows], axis=1) / _CLOSE_M) ** 2))
        agrees = np.exp(-((_off(found, name, pose) / _AGREES) ** 2))
        out[name] = np.asarray(gaussian_filter1d(seen * close * agrees, _SMOOTH, mode="nearest"))
    return out


def _off(found: Estimate, limb: str, pose: FigurePose) -> Array:
    """Return (F,) degrees between the figure's limb and the network's: the worst of its parts that the network knows."""
    segments = tuple(one for one in SEGMENTS.get(limb, ()) if one.landmarks is not None)
    if not segments:
        return np.zeros(len(pose.hips))
    ours = directions(segments, pose)
    ends = np.array([body_model.rows(one.landmarks or ()) for one in segments])
    network = unit(found.fit.measured.world[:, ends[:, 1]] - found.fit.measured.world[:, ends[:, 0]])
    return np.asarray(np.degrees(np.arccos(np.clip((ours * network).sum(-1), -1, 1))).max(axis=1))


def unsure_spans(confidence: Mapping[str, Array]) -> list[UnsureSpan]:
    """The stretches in the order of time."""
    found = []
    for limb, values in confidence.items():
        for first, end in runs(values < UNSURE):
            if end - first >= _SHORTEST:
                worst = first + int(np.argmin(values[first:end]))
                least = round(float(values[worst]), 3)
                found.append(UnsureSpan(limb=limb, first=first, last=end - 1, worst=worst, confidence=least))
    return sorted(found, key=lambda span: (span.first, span.limb))
