"""Width and height of a clip's picture, from the track header of mp4 and mov (`tkhd`, ISO/IEC 14496-12, 8.3.2).

The hub has no video library, and the API takes a crop in pixels only.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from kinetix_core.io import movie_boxes
from kinetix_core.values.errors import InputError
from kinetix_core.values.wording import worded

_ONE = 0x10000  # 1.0 as a 16.16 number


def picture_size(clip: Path) -> tuple[int, int]:
    """Return width and height of the upright picture in pixels, taken as square.

    Raises:
        InputError: the file does not contain them.
    """
    with clip.open("rb") as file:
        end = clip.stat().st_size
        if film := movie_boxes.first(file, 0, end, b"moov"):
            for header in _track_headers(file, film):
                if size := _upright(header):
                    return size
    raise InputError(
        worded("“{clip}” cannot be cropped, as its size is unknown.", clip=clip.name),
        code="badCrop",
        next_step="Send the clip without a crop, or as an mp4 or mov.",
    )


def _track_headers(file: BinaryIO, film: movie_boxes.Box) -> Iterator[bytes]:
    for track in movie_boxes.children(file, film.start, film.end):
        if track.name == b"trak" and (header := movie_boxes.first(file, track.start, track.end, b"tkhd")):
            file.seek(header.start)
            yield file.read(min(header.end - header.start, 256))


def _upright(header: bytes) -> tuple[int, int] | None:
    """Return the size after the track's rotation; None for sound."""
    if len(header) < (84 if header[:1] == b"\0" else 96):
        return None
    matrix = struct.unpack_from(">9i", header, 40 if header[0] == 0 else 52)
    width, height = (value // _ONE for value in struct.unpack_from(">2I", header, 76 if header[0] == 0 else 88))
    if not width or not height:
        return None
    return (height, width) if abs(matrix[1]) > abs(matrix[0]) else (width, height)
