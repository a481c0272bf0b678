"""A face's track to the weights of the 52 shapes over time: about the person's own face at rest, smooth, 0 where no face is seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter

from kinetix_capture.arrays import Array, Flags
from kinetix_capture.face.face_track import FaceTrack
from kinetix_capture.face.seen_shapes import SeenShapes, align, load, turn_terms
from kinetix_capture.savitzky_golay import smoothed
from kinetix_capture.video.decode import FPS
from kinetix_core.values.face_shapes import FACE_SHAPES

# Of a shape's weight before anything is seen: its spread, and the price of a shape at all, so that few explain much.
_SPREAD, _SPARSE = 0.6, 2.3
_SWEEPS = 40
# How much a quiet face's points jitter from picture to picture, in the root mean square, and over how many pictures it is judged.
_JITTER, _AROUND = 0.0065, 15
# How a person's own points seem to move as the head turns: found in so many rounds, and held near what most people's do.
_ROUNDS, _HELD = 6, 2.0
# A shape rests in this share of a clip at least; what its weight is there is 0 of this person.
_RESTING, _DEVIATIONS = 0.4, 0.25
# Frames that a blink spans are not smoothed away.
_WINDOW, _DEGREE = 7, 2
_BRIDGED_S, _FADE_S = 0.5, 0.2
# Frames between a time and the picture that shows it: half of one of 24 a second, and a little.
_SAME_PICTURE = 0.75
_LEAST_PICTURES = 5
STEPS = 10_000
"""Weights are whole numbers of these parts, as they are kept and as tables and Kinanim have them."""


@dataclass(frozen=True)
class FaceMotion:
    """F frames, those of the motion of the body.

    Attributes:
        weights: (F, 52) 0 … 1 in the order of `FACE_SHAPES`.
        seen: (F,) frames in which the face was seen; elsewhere the weights are bridged or 0.
    """

    weights: Array
    seen: Flags


def face_motion(track: FaceTrack, at_s: Array, times: Array) -> FaceMotion:
    """The weights at the even `times` (F,) of pictures that were taken at `at_s` (N,), both seconds."""
    shapes, rows = load(), np.isfinite(track[:, 0, 0])
    weights = np.zeros((len(times), len(FACE_SHAPES)))
    if rows.sum() < _LEAST_PICTURES:
        return FaceMotion(weights, np.zeros(len(times), bool))
    projected, trust = _projected(shapes, track[rows].astype(np.float64))
    seen, level = _shown(at_s, rows, times)
    columns = [FACE_SHAPES.index(name) for name in shapes.names]
    known = at_s[rows]
    even = np.stack([np.interp(times, known, projected[:, shape]) for shape in range(len(columns))], 1)
    if len(times) >= _WINDOW:
        even = smoothed(even, _WINDOW, _DEGREE)
    held = _solve(shapes, even, np.interp(times, known, trust))
    weights[:, columns] = np.round(STEPS * held * level[:, None]) / STEPS
    return FaceMotion(weights, seen)


def _projected(shapes: SeenShapes, points: Array) -> tuple[Array, Array]:
    """(N, K) how much of each shape is in pictures that show the face, about what is usual in them, and (N,) the trust in it."""
    aligned, turns = align(points, shapes.reference, shapes.steadiness)
    terms = turn_terms(turns)
    moves = aligned.reshape(len(aligned), -1) - terms @ shapes.turning
    moves = _unturned(moves - np.median(moves, axis=0), terms - np.median(terms, axis=0))
    return np.asarray(moves @ shapes.projection.T, np.float64), _trust(moves)


def _unturned(moves: Array, terms: Array) -> Array:
    """The moves (N, 1434) without what goes along with the head's turns (N, 5) in most pictures: this person's nose and chin are
    not those of most people, and an expression comes and goes while the head stays."""
    known = np.concatenate((np.ones((len(terms), 1)), terms), 1)
    held = np.diag([1e-6] + [_HELD] * terms.shape[1])
    left, trust = moves, np.ones(len(moves))
    for _ in range(_ROUNDS):
        weighed = known.T * trust
        left = moves - known @ np.linalg.solve(weighed @ known + held, weighed @ moves)
        large = (left**2).mean(1)
        trust = 1.0 / (1.0 + large / max(float(np.median(large)), 1e-12))
    return np.asarray(left)


def _solve(shapes: SeenShapes, projected: Array, trust: Array) -> Array:
    """Return (F, K) weights of the shapes in frames, of how much of each there is (F, K) and the trust in it (F,)."""
    ridge = shapes.gram + np.eye(len(shapes.gram)) / _SPREAD**2
    signed = np.asarray(np.linalg.solve(ridge, projected.T).T, np.float64)
    return _bounded(projected - _resting(signed) @ shapes.gram, shapes.gram, trust)


def _trust(moves: Array) -> Array:
    """(N,) 0 … 1 how much less noise there is in the moves (N, 1434) than where the face was small, blurred or turned fast."""
    if len(moves) < 3:
        return np.ones(len(moves))
    jitter = np.sqrt((np.diff(moves, 2, axis=0) ** 2).mean(1) / 6.0)
    around = median_filter(np.pad(jitter, 1, mode="edge"), _AROUND, mode="nearest")
    return np.asarray(np.minimum(_JITTER / np.maximum(around, _JITTER), 1.0) ** 2)


def _resting(signed: Array) -> Array:
    """(K,) how far below the middle of the clip each shape (F, K) rests: its low weights, less what noise alone would make of them."""
    noise = np.std(np.diff(signed, 2, axis=0), axis=0) / np.sqrt(6.0) if len(signed) > 2 else np.zeros(signed.shape[1])
    return np.asarray(np.minimum(np.quantile(signed, _RESTING, axis=0) + _DEVIATIONS * noise, 0.0))


def _bounded(projected: Array, gram: Array, trust: Array) -> Array:
    """Return (F, K) least squares with weights in 0 … 1, by coordinate descent over all frames (`trust`, (F,)) at once."""
    weights = np.zeros_like(projected)
    left = trust[:, None] * projected - _SPARSE
    held = 1.0 / _SPREAD**2
    for _ in range(_SWEEPS):
        for shape in range(len(gram)):
            steep = trust * gram[shape, shape] + held
            new = np.clip(weights[:, shape] + left[:, shape] / steep, 0.0, 1.0)
            change = new - weights[:, shape]
            left -= (trust * change)[:, None] * gram[shape]
            left[:, shape] -= held * change
            weights[:, shape] = new
    return weights


def _shown(at_s: Array, rows: Flags, times: Array) -> tuple[Flags, Array]:
    """At each time whether the face is seen, and how much of its weights counts: short gaps are bridged, long ones fade to 0."""
    known = at_s[rows]
    after = np.searchsorted(known, times)
    before, after = np.clip(after - 1, 0, len(known) - 1), np.clip(after, 0, len(known) - 1)
    since, until = np.abs(times - known[before]), np.abs(known[after] - times)
    away = np.minimum(since, until)
    gap = known[after] - known[before]
    inside = (times >= known[0]) & (times <= known[-1])
    bridged = inside & (gap <= _BRIDGED_S)
    level = np.where(bridged, 1.0, np.clip(1.0 - (away - 1.0 / FPS) / _FADE_S, 0.0, 1.0))
    return away < _SAME_PICTURE / FPS, level
