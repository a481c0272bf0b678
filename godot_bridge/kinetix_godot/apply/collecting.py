"""Holds the search for garbage back while many records are made."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

__all__ = ["collecting_later"]


@contextlib.contextmanager
def collecting_later() -> Iterator[None]:
    """Ten thousand records set off dozens of searches, none of which would find anything: they would cost as much as the reading."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
