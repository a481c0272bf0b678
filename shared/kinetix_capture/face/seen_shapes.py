"""Moves of the face mesh for each blend shape, as the network draws them (`seen_shapes.npz`).

Learnt from rendered faces of many made-up people, so the weights mean those of the shapes of
the mannequin's base, and what the network draws too small is measured as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from kinetix_capture.arrays import Array

_FLIP = np.array([1.0, -1.0, -1.0])


@dataclass(frozen=True)
class SeenShapes:
    """K shapes that the 478 points show.

    Attributes:
        names: of the K shapes.
        reference: (478, 3) a face in its own frame: x to the person's left, y up, z ahead; its points are 1 from their middle in the
            root mean square.
        steadiness: (478,) how little each point moves with the expression; they sum to one.
        turning: (5, 1434) what the network's points seem to move when the head turns, for each of `turn_terms`.
        projection: (K, 1434) from the moves of the points to how much of each shape they hold, noise weighed.
        gram: (K, K) the same of the shapes themselves.
    """

    names: tuple[str, ...]
    reference: Array
    steadiness: Array
    turning: Array
    projection: Array
    gram: Array


@cache
def load() -> SeenShapes:
    return read(Path(__file__).with_name("seen_shapes.npz"))


def read(path: Path) -> SeenShapes:
    with np.load(path, allow_pickle=False) as data:
        values = [data[key].astype(np.float64) for key in ("reference", "steadiness", "turning", "projection", "gram")]
        return SeenShapes(tuple(str(name) for name in data["names"]), *values)


def align(points: Array, reference: Array, steadiness: Array) -> tuple[Array, Array]:
    """Points (N, 478, 3) of pictures → in the face's own frame, (N, 478, 3), and how it is turned, (N, 3, 3).

    The similarity that brings the steady points onto those of the reference (Umeyama's).
    """
    points = points * _FLIP
    weights = steadiness / steadiness.sum()
    middle = weights @ reference
    away, goal = points - np.einsum("nkj,k->nj", points, weights)[:, None], reference - middle
    left, spread, right = np.linalg.svd(np.einsum("nki,kj,k->nij", away, goal, weights))
    signs = np.ones((len(points), 3))
    signs[:, 2] = np.sign(np.linalg.det(left @ right))
    turns = np.einsum("nij,nj,njk->nik", left, signs, right)
    scale = (spread * signs).sum(1) / np.maximum(np.einsum("nki,nki,k->n", away, away, weights), 1e-12)
    return scale[:, None, None] * (away @ turns) + middle, turns


def turn_terms(turns: Array) -> Array:
    """(N, 3, 3) → (N, 5): yaw and pitch in radians, their squares and their product."""
    yaw = np.arctan2(turns[:, 2, 0], turns[:, 2, 2])
    pitch = np.arcsin(np.clip(turns[:, 2, 1], -1.0, 1.0))
    return np.stack((yaw, pitch, yaw**2, pitch**2, yaw * pitch), 1)
