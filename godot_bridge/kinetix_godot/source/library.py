"""The emotes of the hub's library as far as the sync needs them: told by the hub, or read from their folders when no hub runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.protocol.hub.models import Emote
from kinetix_core.values.identity import EmoteId

__all__ = ["LibraryEmote", "read_library"]


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


def read_library(folder: Path) -> list[LibraryEmote]:
    """By the sidecar beside each emote. A damaged one is left out."""
    found: list[LibraryEmote] = []
    if not folder.is_dir():
        return found
    for sidecar in sorted(folder.glob("*/emote.json")):
        try:
            emote = json.loads(sidecar.read_text(encoding="utf-8"))
            name = emote["name"]
            if emote.get("deleted") or not isinstance(name, str):
                continue
            glb = next((path for path in sorted(sidecar.parent.glob("*.glb")) if not path.name.startswith(".")), None)
            first = None if emote.get("version_of") is None else EmoteId(emote["version_of"])
            since = float(emote.get("current_since") or emote.get("created") or 0)
            found.append(LibraryEmote(EmoteId(emote["id"]), name, str(glb) if glb else None, first, since))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
    return found
