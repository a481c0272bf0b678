"""`kinetix bench sync`: how fast emotes reach a project, beside a bare loop and rsync in the same run."""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from kinetix_core.errors import KinetixError
from kinetix_godot import inotify
from kinetix_godot.bench_files import real_emote, small_emote
from kinetix_godot.engine import Engine
from kinetix_godot.settings import Preset, Registry, Target
from kinetix_godot.sources import FolderSource

__all__ = ["bench_sync"]

Json = dict[str, Any]
_WARM_UP = 5
_PAUSE_S = 0.08

_OURS = """
import sys, time
from pathlib import Path
from kinetix_godot.keeper import Keeper
from kinetix_godot.settings import Registry
keeper = Keeper(Registry(Path(sys.argv[1])), list, lambda kind, data: None)
keeper.start()
while keeper.targets()[0]["state"] == "syncing": time.sleep(0.01)
sys.stdout.write("ready\\n"); sys.stdout.flush(); sys.stdin.read(); keeper.stop()
"""
_LOOP = """
import hashlib, os, select, sys
from kinetix_godot import inotify
from kinetix_godot.verify import verify
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
# What nobody can be faster than in this language: no check, no hash, no settings, no record, no second look.
_BARE = _LOOP + "            put(name, data)\n"
# The same with what no sync into a project can leave out: it looks into the file, hashes it and writes its import settings first.
_CHECKING = (
    _LOOP
    + """
            verify(data); hashlib.sha256(data).hexdigest(); put(name + ".import", b"[remap]\\n" * 100); put(name, data)
"""
)


class _Seen:
    """Files as they appear in a folder under a final name, with their size at that moment."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._events = inotify.Inotify()
        self._events.add(str(folder), "")

    def wait(self, names: set[str], seconds: float) -> dict[str, tuple[float, int]]:
        found: dict[str, tuple[float, int]] = {}
        until = time.perf_counter() + seconds
        while names - found.keys() and (left := until - time.perf_counter()) > 0:
            select.select([self._events], [], [], left)
            now = time.perf_counter()
            for _, name, mask in self._events.read():
                if mask & (inotify.MOVED_TO | inotify.CLOSE_WRITE) and name in names:
                    with contextlib.suppress(FileNotFoundError):
                        found.setdefault(name, (now, (self._folder / name).stat().st_size))
        return found

    def close(self) -> None:
        self._events.close()


@contextlib.contextmanager
def _process(script: str, *arguments: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdin and process.stdout
    try:
        if process.stdout.readline().strip() != b"ready":
            raise KinetixError(
                "A part of the benchmark did not start.", next_step="Run it again; if it stays, report it."
            )
        yield process
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


class _Lane:
    """One way from a source folder to a target folder, by a process of its own."""

    def __init__(self, places: tuple[Path, Path], staging: Path, process: subprocess.Popen[bytes]) -> None:
        self.source, self.target = places
        self.staging, self.process = staging, process
        self.times: list[float] = []

    def land(self, number: int) -> None:
        """Notes the milliseconds from the rename into the source until the file is whole in the target."""
        (path,) = _stage(self.staging, 1, number, real_emote)
        seen = _Seen(self.target)
        try:
            size = path.stat().st_size
            started = time.perf_counter()
            path.rename(self.source / path.name)
            there = seen.wait({path.name}, 10)
        finally:
            seen.close()
        if path.name not in there or there[path.name][1] != size:
            raise KinetixError("A file did not arrive whole.", detail=path.name)
        self.times.append((there[path.name][0] - started) * 1000)

    def burst(self, count: int) -> Json:
        return _burst(self.source, self.target, _stage(self.staging, count, 10_000, real_emote))


def _burst(source: Path, target: Path, staged: list[Path]) -> Json:
    seen = _Seen(target)
    sizes = {path.name: path.stat().st_size for path in staged}
    try:
        started = time.perf_counter()
        for path in staged:
            path.rename(source / path.name)
        there = seen.wait(set(sizes), 60)
    finally:
        seen.close()
    last = max((when for when, _ in there.values()), default=started)
    short = sum(size != sizes[name] for name, (_, size) in there.items())
    return {"seconds": round(last - started, 3), "missed": len(sizes) - len(there), "short": short}


def _stage(folder: Path, count: int, first: int, make: Callable[[int], bytes]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(first, first + count):
        path = folder / f"e{number:05}.glb"
        path.write_bytes(make(number))
        paths.append(path)
    return paths


def _summary(values: list[float]) -> Json:
    ordered = sorted(values)
    return {"p50": round(statistics.median(ordered), 2), "p95": round(ordered[int(len(ordered) * 0.95)], 2)}


def _new_target(root: Path) -> tuple[Target, Registry, Path]:
    project, source = root / "project", root / "source"
    (project / ".godot").mkdir(parents=True)  # as in every project that was open once
    source.mkdir()
    (project / "project.godot").write_text("config_version=5\n", encoding="utf-8")
    registry = Registry(root / "home")
    target = registry.add(Target.create(project, "emotes", str(source), Preset()))
    target.path.mkdir()
    return target, registry, source


def _live(root: Path, count: int, burst: int) -> Json:
    target, registry, source = _new_target(root / "ours")
    places = {"land": (source, target.path)}
    for name in ("bare", "checking"):
        places[name] = root / name / "source", root / name / "target"
        for folder in places[name]:
            folder.mkdir(parents=True)
    result: Json = {}
    with contextlib.ExitStack() as stack:
        processes = {
            "bare": stack.enter_context(_process(_BARE, *places["bare"])),
            "checking": stack.enter_context(_process(_CHECKING, *places["checking"])),
            "land": stack.enter_context(_process(_OURS, registry.folder.parent)),
        }
        lanes = {name: _Lane(places[name], root / name / "stage", process) for name, process in processes.items()}
        for number in range(_WARM_UP):
            for lane in lanes.values():
                lane.land(90_000 + number)
                time.sleep(_PAUSE_S)
        used = {name: _cpu(process.pid) for name, process in processes.items()}
        for lane in lanes.values():
            lane.times.clear()
        # In turns, so that what else the machine does meets all of them. Nobody is measured while the one before still tidies up.
        for number in range(count):
            for lane in lanes.values():
                lane.land(number)
                time.sleep(_PAUSE_S)
        for name, lane in lanes.items():
            result[f"{name}Ms"] = _summary(lane.times)
            result[f"{name}CpuMs"] = round((_cpu(lane.process.pid) - used[name]) * 1000 / count, 2)
        result["bareBurst"] = lanes["bare"].burst(burst)
        result["burst"] = lanes["land"].burst(burst)
        time.sleep(5)
        before = _cpu(processes["land"].pid)
        time.sleep(5)
        result["idlePercentOfCore"] = round((_cpu(processes["land"].pid) - before) / 5 * 100, 4)
    result["timesChecking"] = round(result["landMs"]["p50"] / result["checkingMs"]["p50"], 2)
    result["timesBare"] = round(result["landMs"]["p50"] / result["bareMs"]["p50"], 2)
    return result


def _cpu(pid: int) -> float:
    """Seconds of processor time of all threads; finer than the clock ticks of /proc/PID/stat."""
    total = 0.0
    for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError):
            total += int(path.read_text(encoding="utf-8").split()[0]) / 1e9
    return total


def _cold(root: Path, count: int, changed: int) -> Json:
    target, registry, source = _new_target(root / "cold")
    _stage(source, count, 0, small_emote)
    preset = Preset(bone_map="none")

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
    if sum(action.kind == "update" for action in actions) != expected:
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


@click.command("sync")
@click.option("--count", default=100, show_default=True, help="Files that land one by one.")
@click.option("--burst", default=1000, show_default=True, help="Files that land at once.")
@click.option("--tree", default=10_000, show_default=True, help="Files of the cold comparison.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def bench_sync(count: int, burst: int, tree: int, as_json: bool) -> None:
    """How fast emotes reach a Godot project, beside a bare loop and rsync -a."""
    if not inotify.is_supported():
        raise KinetixError("This benchmark needs Linux.", next_step="Run it on a Linux machine.")
    root = Path(tempfile.mkdtemp(prefix="kinetix-bench-"))
    try:
        result = {**_live(root, count, burst), "cold": _cold(root, tree, min(100, tree))}
    finally:
        shutil.rmtree(root, ignore_errors=True)
    if as_json:
        click.echo(json.dumps(result))
        return
    _print(result, burst)


def _print(result: Json, burst: int) -> None:
    cold, rsync, ours, bare = result["cold"], result["cold"]["rsync"], result["landMs"], result["bareMs"]
    rows = [
        ("lands in the project", f"p50 {ours['p50']} ms, p95 {ours['p95']} ms, {result['timesBare']} × the bare loop"),
        ("bare loop", f"p50 {bare['p50']} ms, p95 {bare['p95']} ms"),
        ("bare loop that checks", "p50 {p50} ms, p95 {p95} ms".format(**result["checkingMs"])),
        (f"burst of {burst}", "{seconds} s, {missed} missed, {short} short".format(**result["burst"])),
        ("bare loop's burst", f"{result['bareBurst']['seconds']} s"),
        (
            f"cold, {cold['files']} files",
            f"{cold['unchangedS']} s unchanged, {cold['changedS']} s with 100 changed, {cold['firstS']} s at first",
        ),
        ("idle", f"{result['idlePercentOfCore']} % of a core"),
    ]
    if rsync:
        rows.append(
            (
                "rsync -a",
                f"{rsync['unchangedS']} s unchanged, {rsync['changedS']} s changed, {rsync['firstS']} s at first",
            )
        )
    for title, text in rows:
        click.echo(f"{title:<22}{text}")
