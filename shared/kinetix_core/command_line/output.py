"""UTF-8 output on every system."""

from __future__ import annotations

import sys


def print_utf8() -> None:
    """Has both streams speak UTF-8. On Windows a pipe has the system's code page, and JSON with an accent cannot be read from it."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # not where a test or another program put its own in place
            stream.reconfigure(encoding="utf-8", errors="replace")
