"""Header and chunk layout of a GLB.

Used by the library without numpy. Standard library only.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from kinetix_core.values.errors import FormatError, UnreadableFile
from kinetix_core.values.wording import worded

MAGIC = b"glTF"
MAX_JSON_BYTES = 24 << 20
"""Of a document: no emote and no character comes near."""

_HEADER = struct.Struct("<4sII")
_CHUNK = struct.Struct("<I4s")
_MOST_CHUNKS = 64
_AGAIN = "Download or export it again."


@dataclass(frozen=True, slots=True)
class Chunks:
    """Offsets in the file. `binary` is None in a file without a binary part.

    Attributes:
        total: bytes of the GLB, as its header says; the file may be longer.
        text, binary: where the JSON and the binary part begin and end.
    """

    total: int
    text: tuple[int, int]
    binary: tuple[int, int] | None


def promised_size(head: bytes) -> int | None:
    """Return the length that a GLB's first 12 bytes state, or None if it is no GLB."""
    magic, _, total = _HEADER.unpack_from(head)
    return int(total) if magic == MAGIC else None


def find_chunks(read: Callable[[int, int], bytes | memoryview], size: int) -> Chunks:
    """Look at the headers alone.

    Args:
        read: gives so many bytes from an offset, fewer at the end of the file.
        size: of the file in bytes.

    Raises:
        FormatError: no GLB 2.0, cut short, or with chunks that do not fit.
    """
    head = read(0, _HEADER.size)
    if bytes(head[:4]) != MAGIC:
        raise FormatError("The file is not a GLB.", detail="It does not begin with “glTF”.")
    if len(head) < _HEADER.size or size < _HEADER.size + _CHUNK.size:
        raise UnreadableFile("The GLB ends within its header")
    _, version, total = _HEADER.unpack(head)
    if version != 2:
        raise FormatError(
            worded("The GLB has container version {version}, not 2.", version=version),
            next_step="Export it as glTF 2.0 (.glb).",
        )
    if total > size:
        raise UnreadableFile(f"The GLB is truncated: {size} of {total} bytes are here")
    text: tuple[int, int] | None = None
    at = _HEADER.size
    for _ in range(_MOST_CHUNKS):
        if at + _CHUNK.size > total:
            break
        length, kind = _CHUNK.unpack(read(at, _CHUNK.size))
        start, end = at + _CHUNK.size, at + _CHUNK.size + length
        if end > total:
            raise UnreadableFile("A chunk of the GLB is longer than the file")
        if text is None:
            if kind != b"JSON":
                raise UnreadableFile("The first chunk of the GLB is not JSON")
            text = start, end
        elif kind == b"BIN\0":
            return Chunks(total, text, (start, end))
        at = end
    if text is None:
        raise UnreadableFile("The GLB has no JSON")
    return Chunks(total, text, None)


def chunks_of(data: bytes | memoryview) -> Chunks:
    """The chunks of a GLB in memory. Raises FormatError as `find_chunks`."""
    return find_chunks(lambda at, count: data[at : at + count], len(data))
