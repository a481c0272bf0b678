"""Latency from the source folder into the project, beside bare loops that do less work."""

from __future__ import annotations

import contextlib
import select
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kinetix_bench.process import failed, percentile, running
from kinetix_bench.sync.files import new_target, real_emote, stage
from kinetix_godot.run import inotify

Json = dict[str, Any]
_WARM_UP = 5
_PAUSE_S = 0.08

# The sync of the targets below a folder; it says when it is ready, and ends with its input.
OURS = """
import sys, time
from pathlib import Path
from kinetix_godot.run.supervisor import Supervisor
from kinetix_godot.target.registry import Registry
supervisor = Supervisor(Registry(Path(sys.argv[1])), list, lambda event: None)
supervisor.start()
# Windows loads no library in one thread while another waits for this input.
import kinetix_core.formats.glb, kinetix_core.motion.mapping.automatic
while supervisor.targets()[0].state == "syncing": time.sleep(0.01)
sys.stdout.write("ready\\n"); sys.stdout.flush(); sys.stdin.read(); supervisor.stop()
"""
_LOOP = """
import hashlib, os, select, sys
from kinetix_godot.run import inotify
from kinetix_core.formats import glb
source, target = sys.argv[1:]
def put(name, data):
    with open(f"{target}/.{name}", "wb") as file: file.write(data)
    os.rename(f"{target}/.{name}", f"{target}/{name}")
events = inotify.Inotify(); events.add(source, "")
sys.stdout.write("ready\\n"); sys.stdout.flush()
while True:
    ready, _, _ = select.select([events, 0], [], [])
    if 0 in ready: break
    for _, name, mask in events.read():
        if mask & (inotify.MOVED_TO | inotify.CLOSE_WRITE) and not name.startswith("."):
            with open(f"{source}/{name}", "rb") as file: data = file.read()
"""
# The least that can be done on the event: no check, no hash, no settings, no record, no second look.
_BARE = _LOOP + "            put(name, data)\n"
# The same with what no sync into a project can leave out: it looks into the file, hashes it and writes its import settings first.
_CHECKING = (
    _LOOP
    + """
            glb.check(data); hashlib.sha256(data).hexdigest(); put(name + ".import", b"[remap]\\n" * 100); put(name, data)
"""
)


@contextlib.contextmanager
def started(script: str, *arguments: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of Python that runs `script`, once it has said that it is ready."""
    command = [sys.executable, "-c", script, *map(str, arguments)]
    with running(command, output=subprocess.PIPE) as process:
        assert process.stdout
        if process.stdout.readline().strip() != b"ready":
            raise failed("A part of the benchmark did not start.")
        yield process


class _Lane:
    """One way from a source folder to a target folder, by a process of its own."""

    def __init__(self, places: tuple[Path, Path], staging: Path) -> None:
        self.source, self.target = places
        self.staging = staging
        self.times: list[float] = []

    def _send(self, count: int, first: int, seconds: float) -> tuple[dict[str, float], int]:
        """Rename emotes into the source. Return seconds from then until each was in the target, and how many were not whole."""
        sizes = {path.name: path.stat().st_size for path in stage(self.staging, count, first, real_emote)}
        found: dict[str, float] = {}
        short = 0
        with contextlib.closing(inotify.Inotify()) as events:
            events.add(str(self.target), "")
            began = time.perf_counter()
            for name in sizes:
                (self.staging / name).rename(self.source / name)
            while len(found) < len(sizes) and (left := began + seconds - time.perf_counter()) > 0:
                select.select([events], [], [], left)
                now = time.perf_counter()
                for _, name, mask in events.read():
                    if mask & (inotify.MOVED_TO | inotify.CLOSE_WRITE) and name in sizes.keys() - found.keys():
                        with contextlib.suppress(FileNotFoundError):
                            short += (self.target / name).stat().st_size != sizes[name]
                            found[name] = now - began
        return found, short

    def land(self, number: int) -> None:
        """Notes the milliseconds from the rename into the source until the file is whole in the target."""
        found, short = self._send(1, number, 10)
        if not found or short:
            raise failed("A file did not arrive whole.", f"e{number:05}.glb")
        self.times += [taken * 1000 for taken in found.values()]

    def burst(self, count: int) -> Json:
        """Return seconds until so many that are renamed into the source at once are in the target, and what went wrong."""
        found, short = self._send(count, 10_000, 60)
        return {"seconds": round(max(found.values(), default=0.0), 3), "missed": count - len(found), "short": short}


def landing(root: Path, count: int, burst: int) -> Json:
    """`count` files that land one by one, then `burst` at once."""
    target, registry, source = new_target(root / "ours")
    places = {"land": (source, target.path)}
    for name in ("bare", "checking"):
        places[name] = root / name / "source", root / name / "target"
        for folder in places[name]:
            folder.mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        stack.enter_context(started(_BARE, *places["bare"]))
        stack.enter_context(started(_CHECKING, *places["checking"]))
        stack.enter_context(started(OURS, registry.folder.parent))
        lanes = {name: _Lane(place, root / name / "stage") for name, place in places.items()}
        for number in range(_WARM_UP):
            for lane in lanes.values():
                lane.land(90_000 + number)
                time.sleep(_PAUSE_S)
        for lane in lanes.values():
            lane.times.clear()
        # In turns, so that what else the machine does meets all of them. Nobody is measured while the one before still tidies up.
        for number in range(count):
            for lane in lanes.values():
                lane.land(number)
                time.sleep(_PAUSE_S)
        result: Json = {f"{name}Ms": summary(lane.times) for name, lane in lanes.items()}
        result["bareBurst"] = lanes["bare"].burst(burst)
        result["burst"] = lanes["land"].burst(burst)
    result["timesChecking"] = round(result["landMs"]["p50"] / result["checkingMs"]["p50"], 2)
    result["timesBare"] = round(result["landMs"]["p50"] / result["bareMs"]["p50"], 2)
    return result


def summary(values: list[float]) -> Json:
    return {"p50": round(statistics.median(values), 2), "p95": round(percentile(values, 95), 2)}
