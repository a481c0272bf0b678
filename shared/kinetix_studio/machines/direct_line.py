"""The way between a machine that captures and the storage itself. Where it does not lead there, the service carries the files."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable

from kinetix_core.values.errors import mask
from kinetix_local.queue.interface import LeaseLost

_LOG = logging.getLogger(__name__)
_CLOSED_S = 600.0
_QUERY = re.compile(r"\?[^\s'\")]*")


def without_query(text: str) -> str:
    """A presigned link is a key as long as it lives; no log may have it."""
    return _QUERY.sub("", text)


class DirectLine:
    """Closed for ten minutes after something did not get through: a storage that a machine cannot reach costs seconds a file."""

    def __init__(self) -> None:
        self._closed = float("-inf")

    def is_open(self) -> bool:
        return time.monotonic() - self._closed > _CLOSED_S

    def carries(self, transfer: Callable[[], object]) -> bool:
        """Return whether the file got through. Raises LeaseLost, or OSError if this machine's disk is full."""
        if not self.is_open():
            return False
        try:
            transfer()
        except (LeaseLost, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever stands in the way, there is another one
            self._closed = time.monotonic()
            said = f"{error} {getattr(error, 'detail', '')}"
            _LOG.warning(
                "the storage cannot be reached directly; the service carries the files: %s", mask(without_query(said))
            )
            return False
        return True
