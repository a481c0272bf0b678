"""Input is hostile: how much of it we take, and the typed look-ups that every reader shares."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from kinetix_core.errors import FormatError

__all__ = ["MAX_BONES", "MAX_BYTES", "MAX_POSES", "Source", "finite", "index", "load", "members", "sequence", "text"]

Source = Path | bytes | bytearray | memoryview

MAX_BYTES = 192 << 20
"""A character with 4K textures is about 100 MiB."""
MAX_BONES = 4096
"""A generated Rigify rig has 700 bones."""
MAX_POSES = 1_000_000
"""Frames × bones of one clip: 61 bones for nine minutes at 30 fps, 32 MB as float64 quaternions."""


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
                f"The {what} is {size >> 20} MiB; at most {MAX_BYTES >> 20} MiB are read.",
                next_step="Export it with smaller textures or fewer clips.",
            )
        return memoryview(source.read_bytes())
    view = memoryview(source)
    if view.nbytes > MAX_BYTES:
        raise FormatError(f"The {what} is {view.nbytes >> 20} MiB; at most {MAX_BYTES >> 20} MiB are read.")
    return view


def members(value: Any, what: str) -> dict[str, Any]:
    """`value` if it is a JSON object."""
    if not isinstance(value, dict):
        raise FormatError(f"{what} is not an object.")
    return value


def sequence(value: Any, what: str) -> list[Any]:
    """`value` if it is a JSON array; an absent one is empty."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise FormatError(f"{what} is not a list.")
    return value


def text(value: Any, otherwise: str) -> str:
    """`value` if it is a name that can be shown and written, at most 200 characters of it."""
    if not isinstance(value, str) or not value:
        return otherwise
    return value[:200].encode("utf-8", "replace").decode("utf-8").replace("\0", " ")


def index(value: Any, count: int, what: str) -> int:
    """`value` if it is a whole number from 0 to below `count`."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < count:
        raise FormatError(f"{what} points to number {str(value)[:20]} of {count}.")
    return value


def finite(value: Any, length: int, what: str) -> list[float]:
    """`value` if it is a list of `length` finite numbers of a sane size."""
    if not isinstance(value, list) or len(value) != length:
        raise FormatError(f"{what} is not a list of {length} numbers.")
    for number in value:
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not abs(number) < 1e9:
            raise FormatError(f"{what} has a value that is not a sane number.")
    floats = [float(number) for number in value]
    assert all(map(math.isfinite, floats))
    return floats
