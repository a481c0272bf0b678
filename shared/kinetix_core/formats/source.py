"""Input is hostile: how much of it we take, and the typed look-ups that every reader shares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kinetix_core.values.errors import FormatError, UnreadableFile
from kinetix_core.values.wording import worded

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
    size = source.stat().st_size if isinstance(source, Path) else memoryview(source).nbytes
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
    return memoryview(source.read_bytes() if isinstance(source, Path) else source)


def members(value: Any, what: str) -> dict[str, Any]:
    """`value` if it is a JSON object."""
    if not isinstance(value, dict):
        raise UnreadableFile(f"{what} is not an object")
    return value


def sequence(value: Any, what: str) -> list[Any]:
    """`value` if it is a JSON array; an absent one is empty."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise UnreadableFile(f"{what} is not a list")
    return value


def text(value: Any, otherwise: str) -> str:
    """`value` if it is a name that can be shown and written, at most 200 characters of it."""
    if not isinstance(value, str) or not value:
        return otherwise
    return value[:200].encode("utf-8", "replace").decode("utf-8").replace("\0", " ")


def index(value: Any, count: int, what: str) -> int:
    """`value` if it is a whole number from 0 to below `count`."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < count:
        raise UnreadableFile(f"{what} refers to item {str(value)[:20]} of {count}")
    return value


def finite(value: Any, length: int, what: str) -> list[float]:
    """`value` if it is a list of `length` finite numbers of a sane size."""
    if not isinstance(value, list) or len(value) != length:
        raise UnreadableFile(f"{what} is not a list of {length} numbers")
    for number in value:
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not abs(number) < 1e9:
            raise UnreadableFile(f"{what} has a value out of range")
    return [float(number) for number in value]


def unique(names: list[str]) -> tuple[str, ...]:
    """Bones are found by their name, so a repeated one gets a number."""
    seen: dict[str, int] = {}
    out: list[str] = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}.{seen[name] - 1:03d}")
    return tuple(out)
