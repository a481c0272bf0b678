"""Memory, processor time and load, as the benchmarks report them."""

from __future__ import annotations

import psutil

__all__ = ["cpu_seconds", "load", "rss_mib"]


def rss_mib(pid: int) -> float:
    """Return the resident memory of a process in MiB."""
    return round(psutil.Process(pid).memory_info().rss / 1024**2, 1)


def cpu_seconds(pid: int) -> float:
    """Return the user and system time of a process so far."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def load() -> float:
    """Return the load average of the last minute."""
    return psutil.getloadavg()[0]
