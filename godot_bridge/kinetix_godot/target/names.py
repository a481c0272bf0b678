"""Deterministic file names that Godot, every system and version control accept.

Godot's animation libraries refuse `/ : , [`, its unique names use `%`, its importer writes `@`; Windows and macOS fold case.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable

from kinetix_core.protocol.hub.enumerations import NameStyle
from kinetix_core.values.identity import is_reserved

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f/\\:,\[\]|@\"<>?*%&#;=]+")
_HUMPS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GAPS = re.compile(r"[\s\-.+_]+")
# Windows allows 259 UTF-16 units: 100 for the project and its folder, 40 for marks and endings. Counted in bytes, never fewer.
_LONGEST = 64  # of one name
_LONGEST_PATH = 118  # of a path below the folder
_SIDE = ".theirs"


def _component(text: str) -> str:
    text = text.encode("utf-8", "replace").decode("utf-8")  # not UTF-8 on disk
    name = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", text)).strip(" ._~")
    name = name.encode("utf-8")[:_LONGEST].decode("utf-8", "ignore").rstrip(" .")
    if not name:
        return "emote"
    if not is_reserved(name):
        return name
    device, dot, rest = name.partition(".")  # Windows ignores the ending of a device's name
    return f"{device.rstrip()}_{dot}{rest}"


def safe_path(wanted: str, style: NameStyle = NameStyle.AS_NAMED) -> str:
    """Return a path without extension (folders separated by `/`) with every part made safe."""
    if style is NameStyle.SNAKE_CASE:
        wanted = _GAPS.sub("_", _HUMPS.sub("_", wanted)).lower()
    parts = [_component(part) for part in wanted.split("/") if part not in {"", ".", ".."}]
    path = "/".join(parts) or "emote"
    return path if len(path.encode("utf-8")) <= _LONGEST_PATH else _shortened(parts)


def _shortened(parts: list[str]) -> str:
    """Replace the folders by one: the beginning of the first, and a hash of all."""
    mark = hashlib.sha256("/".join(parts[:-1]).encode("utf-8")).hexdigest()[:8]
    room = _LONGEST_PATH - len(parts[-1].encode("utf-8")) - len(f"_{mark}/")
    first = parts[0].encode("utf-8")[:room].decode("utf-8", "ignore").rstrip(" .")
    return f"{first}_{mark}/{parts[-1]}"


def unique(path: str, key: str, taken: Callable[[str], bool]) -> str:
    """Return `path`, with a mark from `key` if it is taken."""
    if not taken(path):
        return path
    mark = hashlib.sha256(key.encode("utf-8")).hexdigest()
    for length in (6, 12, 64):
        if not taken(candidate := f"{path}_{mark[:length]}"):
            return candidate
    return f"{path}_{mark}"


def side_name(file: str) -> str:
    """Return the name of a side copy: `Wave.glb` → `Wave.theirs.glb`."""
    return f"{file[:-4]}{_SIDE}.glb"
