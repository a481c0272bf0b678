"""One emote as its source has it."""

from __future__ import annotations

from dataclasses import dataclass

from kinetix_godot.snapshot import Hint

__all__ = ["SourceFile"]


@dataclass(slots=True)
class SourceFile:
    """One emote at the source.

    Attributes:
        key: the id of the emote, of a corrected one that of what was captured, or `path:` and the path below the source folder.
        path: where the GLB lies.
        wanted: path without extension that it would like in the target, not yet safe.
        hint: of the file.
        sha: of its contents; None until they were read.
        emote_id: of an emote of the library as `key` has it; "" for any other file.
        data: the contents, while they are few enough to be kept from hashing to writing.
    """

    key: str
    path: str
    wanted: str
    hint: Hint
    sha: str | None = None
    emote_id: str = ""
    data: bytes | None = None
