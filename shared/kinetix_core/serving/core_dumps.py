"""No picture of our memory on the disk when a process crashes: it would hold keys, tokens and people's videos."""

from __future__ import annotations

import contextlib
import sys


def none_from_here() -> None:
    """This process and those that it starts leave no core dump. Windows makes none unless its owner asks for them."""
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
