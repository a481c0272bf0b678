"""How wide and high a clip's picture is: mp4 and mov say it in the track header (`tkhd`, ISO/IEC 14496-12, 8.3.2).

The hub has no video library, and the API takes a crop in pixels only.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from kinetix_core.errors import InputError
from kinetix_core.wording import worded

__all__ = ["picture_size"]

_MAX_BOXES = 4096
_ONE = 0x10000  # 1.0 as a 16.16 number


def picture_size(clip: Path) -> tuple[int, int]:
    """Width and height in pixels of the upright picture. Raises InputError where the file does not say it.

    Pixels are taken as square, as phones make them.
    """
    with clip.open("rb") as file:
        end = clip.stat().st_size
        for kind, start, stop in _boxes(file, 0, end):
            if kind == b"moov":
                for header in _track_headers(file, start, stop):
                    if size := _upright(header):
                        return size
    raise InputError(
        worded("The picture's size of “{clip}” is not known, so it cannot be cropped.", clip=clip.name),
        code="badCrop",
        next_step="Send it without a crop, or as an mp4 or mov.",
    )


def _track_headers(file: BinaryIO, start: int, stop: int) -> Iterator[bytes]:
    for track, inside, track_end in _boxes(file, start, stop):
        if track == b"trak":
            for kind, at, end in _boxes(file, inside, track_end):
                if kind == b"tkhd":
                    file.seek(at)
                    yield file.read(min(end - at, 256))


def _boxes(file: BinaryIO, at: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, first byte of the content, end. Ends at what is no box."""
    for _ in range(_MAX_BOXES):
        if at + 8 > stop:
            return
        file.seek(at)
        length, kind = struct.unpack(">I4s", file.read(8))
        content = at + 8
        if length == 1 and at + 16 <= stop:
            (length,) = struct.unpack(">Q", file.read(8))
            content += 8
        end = stop if length == 0 else at + length
        if end < content or end > stop:
            return
        yield kind, content, end
        at = end


def _upright(header: bytes) -> tuple[int, int] | None:
    """The size after the track's turn; None for sound, which has none."""
    if len(header) < (84 if header[:1] == b"\0" else 96):
        return None
    matrix = struct.unpack_from(">9i", header, 40 if header[0] == 0 else 52)
    width, height = (value // _ONE for value in struct.unpack_from(">2I", header, 76 if header[0] == 0 else 88))
    if not width or not height:
        return None
    return (height, width) if abs(matrix[1]) > abs(matrix[0]) else (width, height)
