"""Duration of a full comparison, beside `rsync -a`."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kinetix_bench.sync.files import new_target, small_emote, stage
from kinetix_core.protocol.hub.enumerations import BoneMapping
from kinetix_core.values.errors import KinetixError
from kinetix_godot.plan.planner import ActionKind
from kinetix_godot.preset import Preset
from kinetix_godot.run.engine import Engine
from kinetix_godot.source.sources import FolderSource

__all__ = ["cold"]

Json = dict[str, Any]


def cold(root: Path, count: int, changed: int) -> Json:
    """Seconds for comparing `count` files at a start, with none and with some changed, beside rsync."""
    target, registry, source = new_target(root / "cold")
    stage(source, count, 0, small_emote)
    preset = Preset(bone_map=BoneMapping.NONE)

    def engine() -> Engine:
        return Engine(target, registry.state_folder(target), [FolderSource(source, preset)])

    first = engine()
    started = time.perf_counter()
    first.apply(first.plan())
    result: Json = {"files": count, "firstS": round(time.perf_counter() - started, 3)}
    first.close()
    time.sleep(0.1)
    second = engine()
    second.apply(second.plan())  # hints that were too fresh are settled here
    second.close()
    result["unchangedS"] = _best(lambda: _reconcile(engine, 0))
    for number in range(changed):
        path = source / f"e{number * (count // changed):05}.glb"
        path.write_bytes(small_emote(number + 50_000))
    result["changedS"] = _reconcile(engine, changed)
    result.update(_rsync(root, source, changed, count))
    return result


def _reconcile(engine: Callable[[], Engine], expected: int) -> float:
    started = time.perf_counter()
    found = engine()
    actions = found.plan()
    found.apply(actions)
    seconds = time.perf_counter() - started
    found.manifest.close()
    if sum(action.kind is ActionKind.UPDATE for action in actions) != expected:
        raise KinetixError("The comparison found another number of changes than were made.")
    return round(seconds, 3)


def _best(run: Callable[[], float]) -> float:
    return min(run() for _ in range(3))


def _rsync(root: Path, source: Path, changed: int, count: int) -> Json:
    program = shutil.which("rsync")
    if not program:
        return {"rsync": None}
    target = root / "rsync"
    target.mkdir()

    def run() -> float:
        started = time.perf_counter()
        subprocess.run([program, "-a", f"{source}/", f"{target}/"], check=True, stdin=subprocess.DEVNULL)
        return round(time.perf_counter() - started, 3)

    first = run()
    unchanged = _best(run)
    victim = source / "e00001.glb"
    status = victim.stat()
    victim.write_bytes(small_emote(77_777))
    os.utime(victim, ns=(status.st_atime_ns, status.st_mtime_ns))
    run()
    blind = (target / victim.name).read_bytes() != victim.read_bytes()
    for number in range(changed):
        (source / f"e{number * (count // changed) + 7:05}.glb").write_bytes(small_emote(number + 60_000))
    return {"rsync": {"firstS": first, "unchangedS": unchanged, "changedS": run(), "blindToSameTimeChange": blind}}
