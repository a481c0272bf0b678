"""Long work gives way to what the person does meanwhile. Standard library only."""

from __future__ import annotations

import ctypes
import os
import sys

_NICE = 5
_BELOW_NORMAL = 0x4000


def lower_priority() -> None:
    """Lowers this process's priority; the processes that it starts inherit that."""
    if sys.platform == "win32":
        kernel = ctypes.WinDLL("kernel32")
        kernel.GetCurrentProcess.restype = ctypes.c_void_p
        kernel.SetPriorityClass.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), _BELOW_NORMAL)
    else:
        os.nice(_NICE)
