"""Words of the shell that a person has before them, for commands that we tell. Standard library only."""

from __future__ import annotations

import re
import shlex
import sys

_PLAIN = re.compile(r"[A-Za-z0-9_./\\:+-]+")
_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")  # PowerShell takes each for a single quote


def quote(text: str, system: str = sys.platform) -> str:
    """`text` as one argument of a POSIX shell, on Windows of PowerShell.

    Args:
        text: a name or a path.
        system: as `sys.platform`.
    """
    if system != "win32":
        return shlex.quote(text)
    return text if _PLAIN.fullmatch(text) else "'" + _QUOTES.sub(r"\1\1", text) + "'"
