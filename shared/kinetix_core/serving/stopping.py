"""A program that was asked to end does so, whatever still holds it: a half upload, a thread in a slow call, an exit handler."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

_LOG = logging.getLogger(__name__)


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
