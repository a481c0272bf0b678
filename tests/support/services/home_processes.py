"""The processes that work for one home folder of Kinetix: found, and ended whatever they are about to start."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import psutil

from tests.support.waiting import until


def running_in(home: Path) -> list[psutil.Process]:
    """Every process of that home, or of one below that folder, this one aside."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            place = process.environ().get("KINETIX_HOME")
            if place and Path(place).is_relative_to(home) and process.pid != os.getpid():
                found.append(process)
    return found


def kill_all_in(home: Path) -> None:
    """Until none is left: one that was listed may have started another one before it was killed."""

    def are_gone() -> bool:
        left = running_in(home)
        for process in left:
            with contextlib.suppress(psutil.Error):
                process.kill()
        return not left

    until(are_gone, lambda: running_in(home))
