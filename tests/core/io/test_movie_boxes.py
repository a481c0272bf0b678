"""The boxes of a film, and of files that only pretend to be one."""

from __future__ import annotations

import io
import struct

import pytest

from kinetix_core.io.movie_boxes import Box, children, first

pytestmark = pytest.mark.quick


def _box(name: bytes, holds: bytes = b"") -> bytes:
    return struct.pack(">I4s", len(holds) + 8, name) + holds


def _found(data: bytes) -> list[Box]:
    return list(children(io.BytesIO(data), 0, len(data)))


def test_each_is_found_with_what_it_holds() -> None:
    data = _box(b"ftyp", b"qt  ") + _box(b"moov", _box(b"trak")) + _box(b"mdat")
    assert [(box.name, box.end - box.start) for box in _found(data)] == [(b"ftyp", 4), (b"moov", 8), (b"mdat", 0)]
    film = first(io.BytesIO(data), 0, len(data), b"moov")
    assert film is not None and [box.name for box in children(io.BytesIO(data), film.start, film.end)] == [b"trak"]
    assert first(io.BytesIO(data), 0, len(data), b"moof") is None


def test_long_sizes_and_the_last_box_without_one() -> None:
    long = struct.pack(">I4sQ", 1, b"mdat", 20) + b"four"
    rest = struct.pack(">I4s", 0, b"free") + b"until the end"
    assert _found(long + rest) == [Box(b"mdat", 16, 20), Box(b"free", 28, 41)]


@pytest.mark.parametrize(
    "bad",
    [
        struct.pack(">I4s", 7, b"moov"),
        struct.pack(">I4sQ", 1, b"moov", 15) + bytes(40),
        struct.pack(">I4s", 1, b"moov"),
        b"\0\0\0",
        b"",
    ],
    ids=["shorter than its head", "shorter than its long head", "no long size", "half a head", "nothing"],
)
def test_a_size_that_makes_no_sense_ends_them(bad: bytes) -> None:
    assert [box.name for box in _found(_box(b"ftyp") + bad)] == [b"ftyp"]


def test_none_reaches_beyond_what_holds_it() -> None:
    data = struct.pack(">I4s", 1000, b"moov") + bytes(4)
    assert _found(data) == [Box(b"moov", 8, 12)]
    huge = struct.pack(">I4sQ", 1, b"mdat", 2**64 - 1) + bytes(4)
    assert _found(huge) == [Box(b"mdat", 16, 20)]


def test_a_file_of_nothing_but_boxes_is_given_up() -> None:
    assert len(_found(_box(b"free") * 10_000)) < 1000
