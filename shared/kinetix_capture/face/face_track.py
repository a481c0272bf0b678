"""Follows one face through a part of a clip: where the body's head is, or where the face was. No detector looks for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinetix_capture.arrays import Array
from kinetix_capture.networks.face_landmarks import Face, FaceReader, face_region
from kinetix_capture.networks.face_mesh import FACE_POINTS
from kinetix_capture.networks.network import Region

FaceTrack = NDArray[np.float32]
"""(N, 478, 3) pixels of the clip and depth at the same scale; NaN where no face was seen."""
SMALLEST_PX = 40.0
"""Of the box around a face's points: smaller ones say nothing of their expression."""
_SURE = 0.5
# Shares of the side of the region that the body gives: a face farther from it, or of another size, is not this person's.
_NEAR, _SMALL, _LARGE = 0.5, 0.4, 2.0


def track_of(faces: Sequence[Face | None], scale: float) -> FaceTrack:
    """Return the track of one entry per frame; `scale` pixels of the clip are one of the tracked frames."""
    points = np.full((len(faces), FACE_POINTS, 3), np.nan, np.float32)
    for row, face in enumerate(faces):
        if face is not None:
            points[row] = face.points * scale
    return points


class FaceFollower:
    """Not shared between threads."""

    def __init__(self, path: Path) -> None:
        self._reader = FaceReader(path)
        self._region: Region | None = None

    def __call__(self, picture: Image.Image, body: Array | None) -> Face | None:
        """The face of the body whose landmarks (33, 2) these are; None where it is turned away, hidden or too small."""
        if body is None:
            self._region = None
            return None
        head = face_region(body)
        if not SMALLEST_PX / 2 < head.side < 4 * max(picture.size):
            self._region = None
            return None
        if self._region is None or not _belongs(self._region, head):
            # the body's own landmarks place the crop roughly only
            found = self._reader(picture, head)
            self._region = found.region if _sure(found, head) else None
            if self._region is None:
                return None
        face = self._reader(picture, self._region)
        self._region = face.region if _sure(face, head) else None
        return face if self._region is not None and face.width >= SMALLEST_PX else None


def _sure(face: Face, head: Region) -> bool:
    return face.confidence >= _SURE and math.isfinite(face.region.side) and _belongs(face.region, head)


def _belongs(region: Region, head: Region) -> bool:
    away = math.hypot(region.x - head.x, region.y - head.y)
    return away < _NEAR * head.side and _SMALL < region.side / head.side < _LARGE
