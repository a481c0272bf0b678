"""Emotes of the hub's library, as far as the sync needs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.protocol.hub.models import Emote
from kinetix_core.values.identity import EmoteId


@dataclass(frozen=True)
class LibraryEmote:
    """An emote of the library, or a version of a corrected one.

    Attributes:
        glb: its file; None if there is no valid one.
        version_of: the captured emote; None for that one.
        current_since: seconds since the epoch; the latest version is current.
    """

    id: EmoteId
    name: str
    glb: str | None
    version_of: EmoteId | None = None
    current_since: float = 0.0

    @property
    def key(self) -> str:
        """Key of all versions, which share one file in a project."""
        return self.version_of or self.id

    @classmethod
    def of(cls, emote: Emote) -> LibraryEmote:
        glb = None if emote.problem else emote.files.get(FileKind.GLB)
        since = datetime.fromisoformat(emote.current_since).timestamp() if emote.current_since else 0.0
        return cls(emote.id, emote.name, glb, emote.version_of, since)
