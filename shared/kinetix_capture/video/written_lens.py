"""The focal length that a phone wrote into its film. iPhones do, for the lens that was chosen, beside the track of the pictures.

As QuickTime has it: a `meta` box with the names (`keys`) and the values (`ilst`) of what is told. FFmpeg reads those of the whole film
only. The form is described in Apple's QuickTime File Format, "Metadata", and the name in AVFoundation's `AVMetadataKey`.
"""

from __future__ import annotations

import itertools
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from kinetix_core.io import movie_boxes
from kinetix_core.io.movie_boxes import Box

_NAME = b"com.apple.quicktime.camera.focal_length.35mm_equivalent"
# Longer lists and values are none that a phone writes.
_LONGEST_LIST, _LONGEST_VALUE = 1 << 16, 64
# A phone writes one for the film and one for each track.
_MOST_METAS = 16
# millimetres of lenses with which people are filmed
_SHORTEST, _LONGEST = 8.0, 250.0
# Well-known types of a value: text, whole numbers of any length with and without sign, and numbers of one kind.
_TEXT, _SIGNED, _UNSIGNED = 1, 21, 22
_NUMBERS = {23: ">f", 24: ">d", 65: ">b", 66: ">h", 67: ">i", 75: ">B", 76: ">H", 77: ">I"}


def focal_mm(path: Path) -> float | None:
    """Millimetres, as of a lens that shows as much on 35 mm film; None where none was written that makes sense."""
    with path.open("rb") as file:
        film = movie_boxes.first(file, 0, path.stat().st_size, b"moov")
        if film is None:
            return None
        for meta in itertools.islice(_metas(file, film), _MOST_METAS):
            value = _value(file, meta)
            if value is not None and _SHORTEST <= value <= _LONGEST:
                return value
    return None


def _metas(file: IO[bytes], film: Box) -> Iterator[Box]:
    for box in movie_boxes.children(file, film.start, film.end):
        if box.name == b"meta":
            yield box
        elif box.name == b"trak":
            yield from (inner for inner in movie_boxes.children(file, box.start, box.end) if inner.name == b"meta")


def _value(file: IO[bytes], meta: Box) -> float | None:
    # In an mp4 four bytes for version and flags come first, in a mov none.
    for start in (meta.start, meta.start + 4):
        keys, values = (movie_boxes.first(file, start, meta.end, name) for name in (b"keys", b"ilst"))
        if keys is not None and values is not None:
            number = _number(_read(file, keys, _LONGEST_LIST))
            box = movie_boxes.first(file, values.start, values.end, number.to_bytes(4, "big")) if number else None
            data = movie_boxes.first(file, box.start, box.end, b"data") if box is not None else None
            return _told(_read(file, data, _LONGEST_VALUE)) if data is not None else None
    return None


def _read(file: IO[bytes], box: Box, most: int) -> bytes:
    file.seek(box.start)
    return file.read(min(box.end - box.start, most))


def _number(keys: bytes) -> int | None:
    """At which place of the list of names the focal length is, from 1 on."""
    at, number = 8, 0
    while at + 8 <= len(keys):
        size = int.from_bytes(keys[at : at + 4], "big")
        number += 1
        if keys[at + 4 : at + size] == b"mdta" + _NAME:
            return number
        if size < 8:
            return None
        at += size
    return None


def _told(data: bytes) -> float | None:
    """The value, before which its type and its language stand."""
    kind, value = int.from_bytes(data[:4], "big"), data[8:]
    if kind == _TEXT:
        text = re.match(rb"\d{1,4}(\.\d{1,6})?", value)
        return float(text[0]) if text else None
    if kind in (_SIGNED, _UNSIGNED):
        return float(int.from_bytes(value[:8], "big", signed=kind == _SIGNED))
    form = _NUMBERS.get(kind)
    if form is None or len(value) < struct.calcsize(form):
        return None
    return float(struct.unpack_from(form, value)[0])
