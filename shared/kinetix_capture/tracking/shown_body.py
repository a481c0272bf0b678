"""Visible part of a body in a frame, by its landmarks: for rejections and for the quick look."""

from __future__ import annotations

import numpy as np

from kinetix_capture.arrays import Array, Flags

_SHOULDERS, _ANKLES = [11, 12], [27, 28]
_VISIBLE = 0.3
# Of legs alone the network draws shoulders too, at 0.5 of its scale for how sharply it sees a landmark; shown ones have 0.85 and more.
_SHARP = 0.65
# Lines through a body, between the middles of landmarks, and half its thickness there in lengths from shoulders to ankles.
_THICKNESS = (
    ((0,), (0,), 0.09),
    ((11, 12), (23, 24), 0.11),
    *(((a,), (b,), 0.06) for a, b in ((11, 23), (12, 24), (23, 25), (24, 26))),
    *(((a,), (b,), 0.045) for a, b in ((25, 27), (26, 28), (11, 13), (12, 14), (13, 15), (14, 16), (15, 19), (16, 20))),
    *(((a,), (b,), 0.035) for a, b in ((27, 31), (28, 32))),
)


def inside(points: Array, size: tuple[int, int]) -> Array:
    """Return (L,) 1 for landmarks (L, 2) inside of the picture, 0 outside: there the model only guesses, and says it sees."""
    return np.asarray(((points >= 0) & (points < np.array(size))).all(axis=1), np.float64)


def shows_shoulders(visibility: Array, peaks: Array) -> Flags:
    """Return (N,) both shoulders are shown, by the visibility (N, 33) of all landmarks and how sharply each is seen (N, 33)."""
    return np.asarray(((visibility[:, _SHOULDERS] > _VISIBLE) & (peaks[:, _SHOULDERS] > _SHARP)).all(axis=1))


def shows_feet(visibility: Array) -> Flags:
    """Return (N,) a foot is shown, by the visibility (N, 33) of all landmarks."""
    return np.asarray((visibility[:, _ANKLES] > _VISIBLE).any(axis=1))


def inside_body(points: Array, body: Array) -> Flags:
    """Return (N, L) which points (N, L, 2) lie in a body with landmarks (N, 33, 2)."""
    length = 2.2 * np.linalg.norm(body[:, 11:13].mean(1) - body[:, 23:25].mean(1), axis=-1)
    length = np.nanmedian(np.maximum(length, np.linalg.norm(body[:, 11:13].mean(1) - body[:, 27:29].mean(1), axis=-1)))
    inside = np.zeros(points.shape[:2], bool)
    for first, second, thick in _THICKNESS:
        a, b = (body[:, list(ends)].mean(1)[:, None] for ends in (first, second))
        along = b - a
        share = ((points - a) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-9)
        away = np.linalg.norm(points - a - np.clip(share, 0, 1)[..., None] * along, axis=-1)
        with np.errstate(invalid="ignore"):
            inside |= away < thick * length
    return inside
