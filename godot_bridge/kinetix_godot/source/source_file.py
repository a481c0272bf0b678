"""Emote at its source."""

from __future__ import annotations

from dataclasses import dataclass

from kinetix_godot.snapshot import Hint

# Prefixes of keys; the key of a library's emote has none.
PATH, SENT = "path:", "sent:"


@dataclass(slots=True)
class SourceFile:
    """An emote at its source.

    Attributes:
        key: id of the captured emote, or a prefix and the path below the source folder.
        path: of the GLB.
        wanted: path in the target without extension, not yet safe.
        sha: of the contents; None until they are read.
        emote_id: key of a library's emote, else "".
        data: the contents, if kept from hashing to writing.
    """

    key: str
    path: str
    wanted: str
    hint: Hint
    sha: str | None = None
    emote_id: str = ""
    data: bytes | None = None
