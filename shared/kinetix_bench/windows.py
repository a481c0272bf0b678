"""What Windows tells of another process."""

from __future__ import annotations

import ctypes
import sys
from ctypes import c_int64, c_size_t, c_uint32, c_void_p

__all__ = ["processor_seconds", "working_set"]

_QUERY = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION
_PER_SECOND = 10_000_000  # of the unit in which Windows gives times


class _Memory(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS."""

    _fields_ = [
        ("cb", c_uint32),
        ("page_faults", c_uint32),
        *((name, c_size_t) for name in ("peak_working_set", "working_set", "peak_paged", "paged", "peak_nonpaged")),
        *((name, c_size_t) for name in ("nonpaged", "page_file", "peak_page_file")),
    ]


def working_set(pid: int) -> int:
    """Bytes in memory. Raises OSError."""
    memory = _Memory(cb=ctypes.sizeof(_Memory))
    _ask(pid, "K32GetProcessMemoryInfo", ctypes.byref(memory), c_uint32(memory.cb))
    return int(memory.working_set)


def processor_seconds(pid: int) -> float:
    """User and system time so far. Raises OSError."""
    created, ended, system, user = (c_int64() for _ in range(4))
    _ask(pid, "GetProcessTimes", *map(ctypes.byref, (created, ended, system, user)))
    return (system.value + user.value) / _PER_SECOND


def _ask(pid: int, call: str, *arguments: object) -> None:
    if sys.platform == "win32":
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        kernel.OpenProcess.restype = c_void_p
        handle = c_void_p(kernel.OpenProcess(_QUERY, False, pid))
        if not handle:
            raise ctypes.WinError(ctypes.get_last_error())
        try:
            if not getattr(kernel, call)(handle, *arguments):
                raise ctypes.WinError(ctypes.get_last_error())
        finally:
            kernel.CloseHandle(handle)
