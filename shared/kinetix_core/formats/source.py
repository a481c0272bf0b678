"""Input is hostile: how much of it we take, and the typed look-ups that every reader shares."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Any

from kinetix_core.values.errors import FormatError
from kinetix_core.values.wording import Worded, sentence, worded

__all__ = [
    "MAX_BONES",
    "MAX_BYTES",
    "MAX_POSES",
    "Source",
    "finite",
    "index",
    "item_of",
    "load",
    "members",
    "quoted",
    "sequence",
    "text",
]

Source = Path | bytes | bytearray | memoryview

MAX_BYTES = 192 << 20
"""A character with 4K textures is about 100 MiB."""
MAX_BONES = 4096
"""A generated Rigify rig has 700 bones."""
MAX_POSES = 1_000_000
"""Frames × bones of one clip: 61 bones for nine minutes at 30 fps, 32 MB as float64 quaternions."""


@cache
def quoted(key: str) -> Worded:
    """A member of a file, by the name that its format has for it: for the look-ups, as what they look at."""
    return worded("“{key}”", key=key)


@cache
def item_of(key: str) -> Worded:
    """Something in the list that has this name."""
    return worded("An item of “{key}”", key=key)


def load(source: Source, what: str) -> memoryview:
    """The bytes of a path or of a buffer, not copied when already in memory.

    Raises:
        FormatError: more than `MAX_BYTES`.
        OSError: the path cannot be read.
    """
    if isinstance(source, Path):
        size = source.stat().st_size
        if size > MAX_BYTES:
            raise FormatError(
                worded(
                    "The {file} is {size} MiB; at most {most} MiB are read.",
                    file=what,
                    size=size >> 20,
                    most=MAX_BYTES >> 20,
                ),
                next_step="Export it with smaller textures or fewer clips.",
            )
        return memoryview(source.read_bytes())
    view = memoryview(source)
    if view.nbytes > MAX_BYTES:
        raise FormatError(
            worded(
                "The {file} is {size} MiB; at most {most} MiB are read.",
                file=what,
                size=view.nbytes >> 20,
                most=MAX_BYTES >> 20,
            )
        )
    return view


def members(value: Any, what: str) -> dict[str, Any]:
    """`value` if it is a JSON object."""
    if not isinstance(value, dict):
        raise FormatError(worded("{what} is not an object.", what=sentence(what)))
    return value


def sequence(value: Any, what: str) -> list[Any]:
    """`value` if it is a JSON array; an absent one is empty."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise FormatError(worded("{what} is not a list.", what=sentence(what)))
    return value


def text(value: Any, otherwise: str) -> str:
    """`value` if it is a name that can be shown and written, at most 200 characters of it."""
    if not isinstance(value, str) or not value:
        return otherwise
    return value[:200].encode("utf-8", "replace").decode("utf-8").replace("\0", " ")


def index(value: Any, count: int, what: str) -> int:
    """`value` if it is a whole number from 0 to below `count`."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < count:
        raise FormatError(
            worded(
                "{what} points to number {number} of {count}.", what=sentence(what), number=str(value)[:20], count=count
            )
        )
    return value


def finite(value: Any, length: int, what: str) -> list[float]:
    """`value` if it is a list of `length` finite numbers of a sane size."""
    if not isinstance(value, list) or len(value) != length:
        raise FormatError(worded("{what} is not a list of {count} numbers.", what=sentence(what), count=length))
    for number in value:
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not abs(number) < 1e9:
            raise FormatError(worded("{what} has a value that is not a sane number.", what=sentence(what)))
    floats = [float(number) for number in value]
    assert all(map(math.isfinite, floats))
    return floats
