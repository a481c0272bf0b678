"""Garbage collection tuned for programs whose loaded modules live until the end.

Python's collector took half the processor time of a short command.
"""

from __future__ import annotations

import atexit
import gc

_RARELY = 50_000  # objects that came and did not go, of which Python's own limit is 700
_usual: list[tuple[int, int, int]] = []


def collect_rarely() -> None:
    """For the first line of a program: rarely while it runs, and not at its end."""
    if not _usual:
        _usual.append(gc.get_threshold())
        gc.set_threshold(_RARELY)
        atexit.register(gc.freeze)  # what is frozen is not looked at


def collect_as_usual() -> None:
    """For a program that has started and stays. What it has loaded is left alone. Does nothing where nothing was put off."""
    if _usual:
        gc.freeze()  # without a look at it: hub and service would find some thirty objects to free among 90,000
        gc.set_threshold(*_usual[0])
