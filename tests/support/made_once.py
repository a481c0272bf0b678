"""Expensive immutable fixtures: the first worker makes one, the others reuse it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kinetix_core.serving.process_lock import ProcessLock
from tests.support.waiting import until


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder that `make` filled. Whoever would change something in it takes a copy.

    `make` gets an empty folder; when it raises, the next call tries again.
    """
    base = factory.getbasetemp()
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = run / "made-once"
    folder.mkdir(exist_ok=True)
    made, making = folder / name, folder / f"{name}.making"
    lock = ProcessLock(folder / f"{name}.lock")
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
