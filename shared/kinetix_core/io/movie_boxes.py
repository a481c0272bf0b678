"""The boxes of an mp4 or mov file (ISO/IEC 14496-12, 4.2), as far as they can be followed: a size, a name of four letters, and what it
holds, which may be boxes again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

# Of those in one box: a film has a dozen, and hostile files, which may nest them, are given up soon.
_MOST = 128


@dataclass(frozen=True)
class Box:
    """`start` and `end` of what it holds, in bytes of the file: in this order, and inside of what holds the box."""

    name: bytes
    start: int
    end: int


def children(file: IO[bytes], start: int, end: int) -> Iterator[Box]:
    """The boxes from `start` until before `end`; ends where a size makes no sense."""
    for _ in range(_MOST):
        if start >= end:
            return
        file.seek(start)
        head = file.read(16)
        if len(head) < 8:
            return
        size, holds = int.from_bytes(head[:4], "big"), start + 8
        if size == 1:
            size, holds = int.from_bytes(head[8:], "big"), start + 16
        elif size == 0:
            size = end - start
        start += size
        if start < holds or end < holds:
            return
        yield Box(head[4:8], holds, min(start, end))


def first(file: IO[bytes], start: int, end: int, name: bytes) -> Box | None:
    """The first one of that name."""
    return next((box for box in children(file, start, end) if box.name == name), None)
