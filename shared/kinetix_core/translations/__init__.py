"""Translations of the messages of hub, capture and sync, one table {English: translation} a language.

Both editors read them: Blender's add-on has a copy of this package, Godot's links to the files. The key of a sentence with
values is its template (kinetix_core/values/wording.py).
"""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["messages"]


def messages() -> dict[str, dict[str, str]]:
    """The tables by their language, as “de”."""
    files = sorted(Path(__file__).parent.glob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
