"""Memory and processor time of another process, without a package: Linux tells in /proc, Windows by two calls, elsewhere `ps` does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["cpu_seconds", "load", "rss_mib"]


def rss_mib(pid: int) -> float:
    """Resident memory, MiB."""
    if sys.platform == "linux":
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        return round(pages * os.sysconf("SC_PAGE_SIZE") / 1024**2, 1)
    if sys.platform == "win32":
        from kinetix_bench import windows

        return round(windows.working_set(pid) / 1024**2, 1)
    return round(int(_ps(pid, "rss")) / 1024, 1)


def cpu_seconds(pid: int) -> float:
    """User and system time so far."""
    if sys.platform == "linux":
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    if sys.platform == "win32":
        from kinetix_bench import windows

        return windows.processor_seconds(pid)
    seconds = 0.0
    for part in _ps(pid, "time").replace("-", ":").split(":"):
        seconds = seconds * 60 + float(part)
    return seconds


def load() -> float | None:
    """How many programs wanted the processor, on average of the last minute; None on Windows, which does not tell."""
    return os.getloadavg()[0] if sys.platform != "win32" else None


def _ps(pid: int, column: str) -> str:
    done = subprocess.run(["ps", "-o", f"{column}=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return done.stdout.strip()
