# SPDX-License-Identifier: GPL-3.0-or-later
"""By how much a phone's film is to be turned to stand upright: the track's matrix in an MP4 or MOV file."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

_MOST_BOXES = 10_000  # of a file that is no film, or a bad one
_CONTAINERS = {b"moov", b"trak"}


class Turn(NamedTuple):
    """Degrees clockwise (0, 90, 180 or 270) from the pictures as they lie in the file, and whether those lie wider than high."""

    degrees: int
    is_wide: bool


def turn_of(clip: Path) -> Turn | None:
    """Return the rotation of the first track that has a size, or None. Mirrored tracks count as not rotated."""
    try:
        with clip.open("rb") as file:
            length = clip.stat().st_size
            return next((turn for data in _track_headers(file, length) if (turn := _turn(data)) is not None), None)
    except (OSError, struct.error):
        return None


def _track_headers(file: BinaryIO, length: int) -> Iterator[bytes]:
    """Yield the contents of the file's `tkhd` boxes."""
    at, left = 0, _MOST_BOXES
    while at + 8 <= length and left:
        left -= 1
        file.seek(at)
        size, kind = struct.unpack(">I4s", file.read(8))
        head = 8
        if size == 1:
            size, head = struct.unpack(">Q", file.read(8))[0], 16
        if kind == b"tkhd" and size <= 256:
            yield file.read(size - head)
        if kind in _CONTAINERS:
            at += head  # its boxes come next
        elif size < head:
            return  # the last one, or no box at all
        else:
            at += size


def _turn(header: bytes) -> Turn | None:
    at = 40 if header[:1] == b"\0" else 52  # version 1 has times of eight bytes
    if len(header) < at + 44:
        return None
    a, b, _, c, d, *_ = struct.unpack(">9i", header[at : at + 36])
    width, height = struct.unpack(">2I", header[at + 36 : at + 44])
    if not width or not height:
        return None  # sound
    degrees = round(math.degrees(math.atan2(b, a)) / 90) * 90 % 360
    return Turn(degrees if a * d - b * c > 0 else 0, width > height)
