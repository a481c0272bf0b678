"""The most memory that this process has held, for tests that start a process to measure it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import psutil


def peak_mib() -> float:
    """MiB. Linux's `ru_maxrss` begins with what the starting process held, so a large test run would be counted along."""
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(encoding="utf-8"))
        assert found
        return int(found[1]) / 1024
    if sys.platform == "win32":
        return float(psutil.Process().memory_info().peak_wset) / (1 << 20)
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
