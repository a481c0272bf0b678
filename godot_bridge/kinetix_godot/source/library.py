"""Reads the hub's library from its folder, for when no hub is running. The sidecar beside each emote says what it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kinetix_core.identity import EmoteId

__all__ = ["read_library"]

Json = dict[str, Any]


def read_library(folder: Path) -> list[Json]:
    """The emotes in the form of docs/hub-protocol.md, as far as the sync needs it. A damaged sidecar is left out."""
    found: list[Json] = []
    if not folder.is_dir():
        return found
    for sidecar in sorted(folder.glob("*/emote.json")):
        try:
            emote = json.loads(sidecar.read_text(encoding="utf-8"))
            name = emote["name"]
            if emote.get("deleted") or not isinstance(name, str):
                continue
            glb = next((path for path in sorted(sidecar.parent.glob("*.glb")) if not path.name.startswith(".")), None)
            files = {"glb": str(glb)} if glb else {}
            found.append({"id": EmoteId(emote["id"]), "name": name, "files": files, "problem": emote.get("problem")})
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
    return found
