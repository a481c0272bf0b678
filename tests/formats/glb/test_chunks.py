"""The outer form of a GLB is known in one place, which believes no header."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from kinetix_core.io.glb_chunks import MAGIC, chunks_of, find_chunks, promised_size
from kinetix_core.values.errors import FormatError
from kinetix_hub.library.verify import inspect_glb

pytestmark = pytest.mark.quick

TEXT = b'{"asset":{"version":"2.0"}} '


def chunk(kind: bytes, data: bytes, length: int | None = None) -> bytes:
    return struct.pack("<I4s", len(data) if length is None else length, kind) + data


def packed(*chunks: bytes, version: int = 2, total: int | None = None) -> bytes:
    body = b"".join(chunks)
    return MAGIC + struct.pack("<II", version, 12 + len(body) if total is None else total) + body


def test_a_whole_file_is_found_by_its_parts() -> None:
    data = packed(chunk(b"JSON", TEXT), chunk(b"BIN\0", b"12345678"))
    found = chunks_of(data)
    assert data[slice(*found.text)] == TEXT and found.total == len(data) == promised_size(data[:12])
    assert found.binary and data[slice(*found.binary)] == b"12345678"


@pytest.mark.parametrize("extra", [(), (chunk(b"WHAT", b"1234"),)])
def test_a_binary_part_may_be_missing_or_come_later(extra: tuple[bytes, ...]) -> None:
    assert chunks_of(packed(chunk(b"JSON", TEXT), *extra)).binary is None
    later = packed(chunk(b"JSON", TEXT), *extra, chunk(b"BIN\0", b"1234"))
    assert chunks_of(later).binary == (len(later) - 4, len(later))


MALFORMED = {
    "nothing": b"",
    "a page": b"<html>not a model</html>",
    "the magic alone": MAGIC,
    "another version": packed(chunk(b"JSON", TEXT), version=1),
    "cut short": packed(chunk(b"JSON", TEXT))[:-1],
    "a length beyond the file": packed(chunk(b"JSON", TEXT), total=2**32 - 1),
    "a chunk beyond the file": packed(chunk(b"JSON", TEXT, 2**32 - 1)),
    "a second chunk beyond the file": packed(chunk(b"JSON", TEXT), chunk(b"BIN\0", b"", 4)),
    "no document": packed(chunk(b"BIN\0", b"12345678")),
    "no chunk": packed(b"", total=12) + b"12345678",
}


@pytest.mark.parametrize("what", MALFORMED)
def test_what_is_no_glb_is_refused_by_every_reader(what: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        chunks_of(MALFORMED[what])
    assert caught.value.title and caught.value.next_step
    (tmp_path / "it.glb").write_bytes(MALFORMED[what])
    with pytest.raises(FormatError):
        inspect_glb(tmp_path / "it.glb")


def test_many_chunks_cost_a_few_looks() -> None:
    looks = []
    data = packed(chunk(b"JSON", TEXT), *[chunk(b"WHAT", b"")] * 100_000)

    def read(at: int, count: int) -> bytes:
        looks.append(at)
        return data[at : at + count]

    assert find_chunks(read, len(data)).binary is None and len(looks) < 100
