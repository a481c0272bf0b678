"""Checks of a downloaded GLB, with the standard library only."""

from __future__ import annotations

import hashlib
import math
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kinetix_core.io import untrusted_json
from kinetix_core.io.glb_chunks import MAX_JSON_BYTES, find_chunks
from kinetix_core.values.captured_body import METADATA, CapturedBody
from kinetix_core.values.errors import FormatError
from kinetix_core.values.identity import Sha256
from kinetix_core.values.wording import worded

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LONGEST_S, _MOST_FRAMES = 86_400.0, 10_000_000


@dataclass(frozen=True)
class GlbSummary:
    """Seconds, frames and frame rate of the longest animation; None if there is none.

    `group` is the same for the emotes of all people of one clip; `body` is the part of the body that it moves.
    """

    duration_s: float | None
    frames: int | None
    fps: float | None
    group: str | None = None
    body: CapturedBody = CapturedBody.WHOLE


def sha256_of(path: Path) -> Sha256:
    with path.open("rb") as file:
        return Sha256(hashlib.file_digest(file, "sha256").hexdigest())


def inspect_glb(path: Path) -> GlbSummary:
    """Read the summary. Raises FormatError if the file is truncated, invalid, or refers outside itself."""
    size = path.stat().st_size
    with path.open("rb") as file:

        def read(at: int, count: int) -> bytes:
            file.seek(at)
            return file.read(count)

        found = find_chunks(read, size)
        if found.total != size:
            raise FormatError(worded("“{file}” is not whole.", file=path.name), detail=f"{size} of {found.total} bytes")
        start, end = found.text
        text = read(start, min(end - start, MAX_JSON_BYTES + 1))
    binary = found.binary[1] - found.binary[0] if found.binary else 0
    document = untrusted_json.parse(text, worded("The description in {file}", file=path.name), max_bytes=MAX_JSON_BYTES)
    try:
        _check_views(document, binary)
        return _summary(document)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise FormatError(
            worded("“{file}” is damaged.", file=path.name), detail=f"{type(error).__name__} in its description"
        ) from error


def _check_views(document: dict[str, Any], binary: int) -> None:
    buffers = [buffer["byteLength"] for buffer in document.get("buffers", [])]
    if buffers and buffers[0] > binary:
        raise ValueError("buffer longer than the chunk")
    for view in document.get("bufferViews", []):
        if view.get("byteOffset", 0) < 0 or view.get("byteOffset", 0) + view["byteLength"] > buffers[view["buffer"]]:
            raise ValueError("view outside its buffer")


def _summary(document: dict[str, Any]) -> GlbSummary:
    accessors, best = document.get("accessors", []), (0.0, 0)
    for animation in document.get("animations", []):
        for sampler in animation["samplers"]:
            times = accessors[sampler["input"]]
            best = max(best, (float(times["max"][0]), int(times["count"])))
    duration, frames = best
    group, body = _group(document), _body(document)
    if not math.isfinite(duration) or not 0 < duration <= _LONGEST_S or not 2 <= frames <= _MOST_FRAMES:
        return GlbSummary(None, None, None, group, body)
    return GlbSummary(round(duration, 4), frames, round((frames - 1) / duration, 3), group, body)


def _group(document: dict[str, Any]) -> str | None:
    """Return the group of the clip's emotes if it is a UUID."""
    for found in _metadata(document, "group"):
        text = found.get("id") if isinstance(found, dict) else None
        if isinstance(text, str) and _UUID.fullmatch(text):
            return text
    return None


def _body(document: dict[str, Any]) -> CapturedBody:
    return CapturedBody.UPPER if CapturedBody.UPPER in _metadata(document, METADATA) else CapturedBody.WHOLE


def _metadata(document: dict[str, Any], name: str) -> list[Any]:
    """Return a value of the clips' metadata."""
    return [
        ((animation.get("extras") or {}).get("kinetix") or {}).get(name) for animation in document.get("animations", [])
    ]


_PICTURES = {
    "png": (b"\x89PNG\r\n\x1a\n",),
    "gif": (b"GIF87a", b"GIF89a"),
    "webp": (b"RIFF",),
}
_LARGEST_PICTURE = 4096
"""Pixels of a side. A picture of a few kilobytes can be one of gigabytes when an editor shows it."""


def is_picture(path: Path, extension: str) -> bool:
    """Return True if the content matches the extension and its size is reasonable when unpacked."""
    with path.open("rb") as file:
        head = file.read(32)  # the smallest picture has more
    if len(head) < 32 or not any(head.startswith(magic) for magic in _PICTURES.get(extension, ())):
        return False
    return 0 < max(_size_px(head, extension)) <= _LARGEST_PICTURE


def _size_px(head: bytes, extension: str) -> tuple[int, int]:
    """Return width and height from the first 32 bytes; zeros for an unknown format."""
    match extension, head[12:16]:
        case "png", b"IHDR":
            return struct.unpack_from(">II", head, 16)
        case "gif", _:
            return struct.unpack_from("<HH", head, 6)
        case "webp", b"VP8X":
            return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
        case "webp", b"VP8L":
            bits = int.from_bytes(head[21:25], "little")
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        case "webp", b"VP8 ":
            width, height = struct.unpack_from("<HH", head, 26)
            return width & 0x3FFF, height & 0x3FFF
    return 0, 0
