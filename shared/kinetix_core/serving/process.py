"""What a program of ours that runs for long asks of the system: it leaves no core dump, gives way, and ends when it is asked to.

A program that was asked to end does so, whatever still holds it: a half upload, a thread in a slow call, an exit handler.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType

_LOG = logging.getLogger(__name__)
_NICE = 5
_BELOW_NORMAL = 0x4000


def forbid_core_dumps() -> None:
    """For this process and those that it starts: a dump would hold keys, tokens and people's videos.

    Windows makes none unless its owner asks for them.
    """
    if sys.platform == "win32":
        return
    import resource

    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def lower_priority() -> None:
    """Lower this process's priority, and that of the processes it starts: long work gives way to what the person does."""
    if sys.platform == "win32":
        kernel = ctypes.WinDLL("kernel32")
        kernel.GetCurrentProcess.restype = ctypes.c_void_p
        kernel.SetPriorityClass.argtypes = [ctypes.c_void_p, ctypes.c_uint32]
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), _BELOW_NORMAL)
    else:
        os.nice(_NICE)


def end_within(seconds: float, last: Callable[[], None] = lambda: None) -> None:
    """This process is gone after `seconds`, `last` done before. Only for programs whose state survives a kill."""

    def end() -> None:
        _LOG.warning("not everything ended within %.0f s; ending anyway", seconds)
        try:
            last()
        finally:
            os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


@contextlib.contextmanager
def taking_signals(handle: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Within the block SIGINT and SIGTERM go to `handle`. For the main thread.

    It replaces uvicorn's `capture_signals`, which raises the signal again before the state is saved.
    """
    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
