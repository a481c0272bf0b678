"""Number of threads for a clip: its parts run in parallel, as the decoder and the networks release the interpreter."""

from __future__ import annotations

import math
import os

VARIABLE = "KINETIX_CAPTURE_THREADS"
"""The environment variable that says how many threads a capture may use; a machine that captures several clips at once divides its
cores among them."""
# Two even on one core, as one may wait for the disk while the other computes. Beyond eight, what is not divided takes the time.
_FEWEST, _MOST = 2, 8
# Seconds that a part has at least: each looks for the person anew, and loads networks of its own.
_SHORTEST_S = 1.25


def threads_for(seconds: float) -> int:
    """Return the number of threads by the usable cores and the clip's length; by the cores alone for an unknown length."""
    worth = math.floor(seconds / _SHORTEST_S) if math.isfinite(seconds) else _MOST
    said = os.environ.get(VARIABLE, "")
    allowed = int(said) if said.isascii() and said.isdigit() else cores()
    return max(min(allowed, worth, _MOST), _FEWEST)


def share_cores(captures: int) -> None:
    """Divide the cores among so many captures at once, for this process and those that it starts, unless somebody said otherwise."""
    os.environ.setdefault(VARIABLE, str(cores() // captures))


def cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on Windows and macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
