"""Emotes of the hub's library, as far as the sync needs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.protocol.hub.models import Emote
from kinetix_core.values.identity import EmoteId

__all__ = ["LibraryEmote"]


@dataclass(frozen=True)
class LibraryEmote:
    """One emote, or one version of one that was corrected.

    Attributes:
        glb: its file; None while there is none, or none that is sound.
        version_of: the emote that was captured, of which this is a version; None for what was captured.
        current_since: in seconds since the epoch; of the versions that are here the last one counts.
    """

    id: EmoteId
    name: str
    glb: str | None
    version_of: EmoteId | None = None
    current_since: float = 0.0

    @property
    def key(self) -> str:
        """The same for all versions: a project has one file of them."""
        return self.version_of or self.id

    @classmethod
    def of(cls, emote: Emote) -> LibraryEmote:
        glb = None if emote.problem else emote.files.get(FileKind.GLB)
        since = datetime.fromisoformat(emote.current_since).timestamp() if emote.current_since else 0.0
        return cls(emote.id, emote.name, glb, emote.version_of, since)
