"""Expensive immutable fixtures: the first worker makes one, the others reuse it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kinetix_core.serving.process_lock import ProcessLock
from tests.support.waiting import until

__all__ = ["made_once"]


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder that `make` filled. Whoever would change something in it takes a copy.

    `make` gets an empty folder; when it raises, the next one who asks tries again.
    """
    ours = factory.getbasetemp()
    run = ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours
    shelf = run / "made-once"
    shelf.mkdir(exist_ok=True)
    made, making = shelf / name, shelf / f"{name}.making"
    lock = ProcessLock(shelf / f"{name}.lock")
    until(lock.take, f"another worker makes {name}")
    try:
        if not made.exists():
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir()
            make(making)
            making.rename(made)
    finally:
        lock.release()
    return made
