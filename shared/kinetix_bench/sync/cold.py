"""Duration of a full comparison, beside `rsync -a`."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kinetix_bench.process import failed
from kinetix_bench.sync.files import new_target, small_emote, stage
from kinetix_core.protocol.hub.enumerations import BoneMapping
from kinetix_godot.plan.planner import ActionKind
from kinetix_godot.preset import Preset
from kinetix_godot.run.engine import Engine
from kinetix_godot.source.sources import FolderSource

Json = dict[str, Any]


def cold(root: Path, count: int) -> Json:
    """Return seconds for comparing `count` unchanged files at a start, beside rsync."""
    target, registry, source = new_target(root / "cold")
    stage(source, count, 0, small_emote)
    preset = Preset(bone_map=BoneMapping.NONE)

    def reconcile() -> int:
        engine = Engine(target, registry.state_folder(target), [FolderSource(source, preset)])
        actions = engine.plan()
        engine.apply(actions)
        engine.close()
        return sum(action.kind is ActionKind.UPDATE for action in actions)

    reconcile()
    time.sleep(0.1)
    reconcile()  # hints that were too fresh are settled here
    return {"files": count, "unchangedS": _best(reconcile), "rsyncUnchangedS": _rsync(root, source)}


def _best(run: Callable[[], int]) -> float:
    """Raises KinetixError when a run changes a file."""
    seconds = []
    for _ in range(3):
        started = time.perf_counter()
        if run():
            raise failed("The comparison found changes that nobody made.")
        seconds.append(time.perf_counter() - started)
    return round(min(seconds), 3)


def _rsync(root: Path, source: Path) -> float | None:
    program = shutil.which("rsync")
    if not program:
        return None

    def run() -> int:
        done = subprocess.run([program, "-a", f"{source}/", f"{root / 'rsync'}/"], stdin=subprocess.DEVNULL, check=True)
        return done.returncode

    run()
    return _best(run)
