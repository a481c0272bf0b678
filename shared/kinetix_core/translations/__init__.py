"""What the hub, the capture and the sync say to people, in other languages: one table each, {English: translation}.

Both editors read them beside their own: Blender's add-on has a copy of this package, Godot's links to the files. A sentence with
names or numbers in it is there as its template (kinetix_core/values/wording.py).
"""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["messages"]


def messages() -> dict[str, dict[str, str]]:
    """The tables by their language, as “de”."""
    files = sorted(Path(__file__).parent.glob("*.json"))
    return {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
