"""A program that was asked to end does so, whatever still holds it: a half upload, a thread in a slow call, an exit handler."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable

__all__ = ["end_within"]

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
