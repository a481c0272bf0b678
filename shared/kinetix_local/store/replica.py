"""Which of several services on one database this home folder's is. The lock on the folder sees to it that only one runs."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from kinetix_core.io import files

_NAME = "replica"
_FORM = re.compile(r"[0-9a-f]{16}")


def replica_of(folder: Path) -> str:
    """The same at every start, so that a service knows again what it held before. A damaged name is replaced by a new one."""
    path = folder / _NAME
    try:
        kept = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        kept = ""
    if _FORM.fullmatch(kept):
        return kept
    made = secrets.token_hex(8)
    files.write(path, made, private=True)
    return made
