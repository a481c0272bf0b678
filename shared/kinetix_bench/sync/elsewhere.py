"""The way into a project where there is no inotify (Windows, macOS), and how soon the sync goes on after something was in the way.

Arrivals are seen by a look every few milliseconds, so that no second watcher takes part. There is no loop beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kinetix_bench.sync.files import new_target, real_emote, stage
from kinetix_bench.sync.landing import OURS, started, summary
from kinetix_core.io import files
from kinetix_core.values.errors import KinetixError

__all__ = ["elsewhere"]

Json = dict[str, Any]
_WARM_UP = 5
_PAUSE_S = 0.08  # after each file, so that the next one is not measured while the sync still tidies up
_LOOK_S = 0.003
_HINDERED_S = 3.0  # long enough for the sync to have given up once


def elsewhere(root: Path, count: int) -> Json:
    """Milliseconds of `count` files that land one by one; then from the moment in which nothing is in the way any more."""
    target, registry, source = new_target(root / "ours")

    def land(number: int) -> float:
        (path,) = stage(root / "stage", 1, number, real_emote)
        size = path.stat().st_size
        begin = time.perf_counter()
        path.rename(source / path.name)
        there = target.path / path.name
        _until(lambda: there.exists() and there.stat().st_size == size, path.name)
        return (time.perf_counter() - begin) * 1000

    with started(OURS, registry.folder.parent):
        times = []
        for number in range(_WARM_UP + count):
            times.append(land(number))
            time.sleep(_PAUSE_S)
        away = _project_away(target.project, source, target.path, root / "stage")
        used = _file_in_use(source / "e00000.glb", target.path / "e00000.glb")
    return {"landMs": summary(times[_WARM_UP:]), "recoveryMs": {"a project that was away": away, "a file in use": used}}


def _project_away(project: Path, source: Path, target: Path, staging: Path) -> float | None:
    """None where the system lets nobody rename a folder while files in it are watched."""
    away = project.with_name("away")
    try:
        project.rename(away)
    except PermissionError:
        return None
    (path,) = stage(staging, 1, 50_000, real_emote)
    path.rename(source / path.name)
    time.sleep(_HINDERED_S)
    away.rename(project)
    begin = time.perf_counter()
    _until((target / path.name).exists, path.name)
    return round((time.perf_counter() - begin) * 1000, 1)


def _file_in_use(path: Path, there: Path) -> float:
    """A program has the project's file open while a new version comes. Only Windows replaces no such file."""
    before = there.stat()
    with there.open("rb"):
        new = path.with_name("new.part")
        new.write_bytes(real_emote(60_000))
        files.replace(new, path)
        time.sleep(_HINDERED_S)
    begin = time.perf_counter()
    _until(lambda: there.stat().st_mtime_ns != before.st_mtime_ns, path.name)
    return round((time.perf_counter() - begin) * 1000, 1)


def _until(happened: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            if happened():
                return
        except OSError:  # it is just being replaced
            pass
        if time.monotonic() > end:
            raise KinetixError(
                "A file did not arrive.",
                detail=what,
                next_step="Run it again on a machine that does nothing else; if it stays, report it.",
            )
        time.sleep(_LOOK_S)
