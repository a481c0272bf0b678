"""The emotes of the hub's library as far as the sync needs them: told by the hub, or read from their folders when no hub runs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from kinetix_core.hub_protocol.enumerations import FileKind
from kinetix_core.hub_protocol.models import Emote
from kinetix_core.identity import EmoteId

__all__ = ["LibraryEmote", "read_library"]


@dataclass(frozen=True)
class LibraryEmote:
    """`glb`: its file; None while there is none, or none that is sound."""

    id: EmoteId
    name: str
    glb: str | None

    @classmethod
    def of(cls, emote: Emote) -> LibraryEmote:
        return cls(emote.id, emote.name, None if emote.problem else emote.files.get(FileKind.GLB))


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
            found.append(LibraryEmote(EmoteId(emote["id"]), name, str(glb) if glb else None))
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
    return found
