"""Files of an emote that came from another machine: only those that a capture makes, each read as one of our own or refused.

Whoever holds a machine's token may be anybody. What passes here is served to players, opened by editors and put into games.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

from kinetix_capture.interface import AVATAR_FILES, FILES
from kinetix_core.io.untrusted_json import read_json
from kinetix_core.values.errors import FormatError

_MIB = 1 << 20
_LARGEST = {"glb": 64 * _MIB, "fbx": 64 * _MIB, "bvh": 32 * _MIB}
_LARGEST_OTHER = 16 * _MIB
_LARGEST_SIDE = 4096  # pixels of a picture


def largest(extension: str) -> int:
    """Bytes that a file may have."""
    return _LARGEST.get(extension, _LARGEST_OTHER)


def is_expected(name: str, *, avatar: bool) -> bool:
    """Return whether a capture writes a file of this name, for the emote itself or for an avatar."""
    return name in (AVATAR_FILES if avatar else FILES)


def check_file(path: Path, extension: str) -> None:
    """Raises FormatError unless the file is what its name says, in whole."""
    check = _CHECKS.get(extension)
    if check is None:
        raise FormatError(f"No capture makes files that end with .{extension}.")
    if path.stat().st_size > largest(extension):
        raise FormatError("The file is too large for an emote.")
    check(path)


def _motion(path: Path, kind: str) -> None:
    from kinetix_core.formats import bvh, glb, kinanim

    if kind == "glb":
        glb.check(path)
    {"bvh": bvh, "glb": glb, "kinanim": kinanim}[kind].read_motion(path)


def _json(path: Path) -> None:
    try:
        value = read_json(path.read_bytes())
    except ValueError as error:
        raise FormatError("The file is no JSON.") from error
    if not isinstance(value, dict):
        raise FormatError("The file is no JSON object.")


def _webp(path: Path) -> None:
    size, kind = struct.unpack("<I4s", _starts(path, b"RIFF", 8))
    if kind != b"WEBP" or size + 8 != path.stat().st_size:
        raise FormatError("The picture is damaged.")


def _starts(path: Path, magic: bytes, more: int = 0) -> bytes:
    """The `more` bytes after the file's first ones, which are to be `magic`."""
    with path.open("rb") as file:
        head = file.read(len(magic) + more)
    if not head.startswith(magic) or len(head) < len(magic) + more:
        raise FormatError("The file is not what its name says.")
    return head[len(magic) :]


def _side(width: int, height: int) -> None:
    if not (0 < width <= _LARGEST_SIDE and 0 < height <= _LARGEST_SIDE):
        raise FormatError("The picture has no usable size.")


def _npz(path: Path) -> None:
    from kinetix_capture.refining import take_file

    take_file.read(path)


_CHECKS: dict[str, Callable[[Path], object]] = {
    "bvh": lambda path: _motion(path, "bvh"),
    "fbx": lambda path: _starts(path, b"Kaydara FBX Binary  \x00\x1a\x00"),
    "gif": lambda path: _side(*struct.unpack("<HH", _starts(path, b"GIF89a", 4))),
    "glb": lambda path: _motion(path, "glb"),
    "json": _json,
    "kinanim": lambda path: _motion(path, "kinanim"),
    "npz": _npz,
    "png": lambda path: _side(*struct.unpack(">II", _starts(path, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 8))),
    "webp": _webp,
}
