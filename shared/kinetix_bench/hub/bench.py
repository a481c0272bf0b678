"""`kinetix bench hub`: memory, start, idle load, answers while transfers run, and a hundred jobs at once, each against its limit."""

from __future__ import annotations

import contextlib
import http.client
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from kinetix_bench.hub.files_server import FilesServer
from kinetix_bench.process import cpu_seconds, load, rss_mib
from kinetix_core.protocol.hub.answers import Health, JobList, KeptKey, ProfileList, Stopping
from kinetix_core.protocol.hub.bodies import JobBody, KeyBody, ProfileBody
from kinetix_core.protocol.hub.client import HubClient
from kinetix_core.protocol.hub.enumerations import ENDED, JobState, ProfileKind
from kinetix_core.protocol.hub.info import read_info
from kinetix_core.protocol.hub.models import Job, Snapshot
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.identity import EmoteId, Sha256
from kinetix_hub.cli.show import console, json_option, out, table
from kinetix_hub.database import Database
from kinetix_hub.library.emote import Emote
from kinetix_hub.library.index import Index

__all__ = ["bench_hub"]

# name → (limit, unit); every row is "at most"
LIMITS = {
    "start_to_ready": (1.0, "s"),
    "memory_idle": (80.0, "MiB"),
    "memory_10000_emotes": (80.0, "MiB"),
    "idle_cpu": (0.2, "% of a core"),
    "poll_p50": (5.0, "ms"),
    "poll_p99": (5.0, "ms"),
    "poll_p99_transfers": (5.0, "ms"),
}


@click.command("hub")
@click.option("--emotes", type=int, default=10_000, help="Size of the large library.")
@click.option("--jobs", type=int, default=100, help="Jobs at the same time.")
@click.option("--idle", "idle_s", type=float, default=20.0, help="Seconds of idling to measure.")
@json_option
def bench_hub(emotes: int, jobs: int, idle_s: float, as_json: bool) -> None:
    """Measure the hub: start, memory, idle load, answers during transfers, jobs in parallel."""
    with tempfile.TemporaryDirectory(prefix="kinetix-bench-hub-") as scratch:
        found = _measure(Path(scratch), emotes, jobs, idle_s)
    good = all(row["ok"] for row in found["rows"])
    if as_json:
        out({"ok": good, **found})
    else:
        rows = [
            (row["name"], f"{row['value']:.2f} {row['unit']}", f"{row['limit']:g}", "✓" if row["ok"] else "✗")
            for row in found["rows"]
        ]
        table(["", "measured", "at most", ""], rows, "")
        console.print(
            f"a bare server's p99 at the same time: {found['bareServerP99Ms']:.2f} ms"
            + (f"; load {found['load']:.1f}" if found["load"] is not None else "")
        )
        console.print(f"{jobs} jobs at once: {found['jobs']['seconds']:.1f} s, {found['jobs']['delivered']} delivered")
    sys.exit(0 if good else 1)


def _measure(scratch: Path, emotes: int, jobs: int, idle_s: float) -> dict[str, Any]:
    values: dict[str, float] = {}
    with _hub(scratch / "idle") as (link, ready_s):
        values["start_to_ready"] = ready_s
        time.sleep(2.0)  # what follows the start has settled
        values["memory_idle"] = rss_mib(link.info.pid)
        before, begin = cpu_seconds(link.info.pid), time.monotonic()
        time.sleep(idle_s)
        values["idle_cpu"] = (cpu_seconds(link.info.pid) - before) / (time.monotonic() - begin) * 100
        polls = _polls(link.info.port, _event_path(link), link.info.token, 1.5)
        values["poll_p50"], values["poll_p99"] = statistics.median(polls), _percentile(polls, 99)
        # The same question to the plainest server there is: what this machine itself adds just now.
        with FilesServer(small=True) as bare:
            control = _polls(int(bare.url.rpartition(":")[2]), "/v1/virtual-world/config", "", 1.5)
    _large_library(scratch / "large", emotes)
    with _hub(scratch / "large") as (link, _):
        snapshot = link.get(Snapshot, "/snapshot")
        assert len(snapshot.emotes) == emotes
        del snapshot
        time.sleep(2.0)
        values["memory_10000_emotes"] = rss_mib(link.info.pid)
    with FilesServer() as service, _hub(scratch / "transfers") as (link, _):
        values["poll_p99_transfers"] = _percentile(_polls_during_transfers(link, service, scratch), 99)
    parallel = _parallel(scratch, jobs)
    rows = [
        {"name": name, "value": round(values[name], 3), "limit": limit, "unit": unit, "ok": values[name] <= limit}
        for name, (limit, unit) in LIMITS.items()
    ]
    rows.append(
        {
            "name": "jobs_delivered",
            "value": parallel["delivered"],
            "limit": jobs,
            "unit": f"of {jobs}",
            "ok": parallel["delivered"] == jobs,
        }
    )
    return {
        "rows": rows,
        "bareServerP99Ms": round(_percentile(control, 99), 2),
        "jobs": parallel,
        "cores": os.cpu_count(),
        "load": load(),
    }


@contextlib.contextmanager
def _hub(home: Path) -> Iterator[tuple[HubClient, float]]:
    """A hub of its own and the seconds it took to get ready."""
    home.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "KINETIX_HOME": str(home), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    environment.pop("KINETIX_API_KEY", None)
    begin = time.perf_counter()
    with (home / "out.txt").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "kinetix_hub", "--idle", "0"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        while (info := read_info(home / "hub" / "hub.json")) is None:
            if process.poll() is not None or time.perf_counter() - begin > 60:
                raise RuntimeError((home / "out.txt").read_text(encoding="utf-8")[-2000:])
            time.sleep(0.002)
        link = HubClient(info)
        link.get(Health, "/health")
        yield link, time.perf_counter() - begin
        with contextlib.suppress(KinetixError):  # it may be gone before the answer is out
            link.post(Stopping, "/shutdown")
        process.wait(30)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(10)


def _event_path(link: HubClient) -> str:
    return f"/v1/events?start={link.info.start_id}&since=0"


def _polls(port: int, path: str, token: str, seconds: float) -> list[float]:
    """Milliseconds of one state poll after the other, over one kept connection, as a front end asks."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {token}"}
    times, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end:
        begin = time.perf_counter()
        connection.request("GET", path, headers=headers)
        connection.getresponse().read()
        times.append((time.perf_counter() - begin) * 1000)
        time.sleep(0.01)
    connection.close()
    return times


def _percentile(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(len(ordered) * percent / 100))]


def _large_library(home: Path, count: int) -> None:
    database = Database(home / "hub" / "hub.db")
    index = Index(database)
    library = home / "library"
    now, emotes = time.time(), []
    for number in range(count):
        name = f"Emote {number}"
        (library / name).mkdir(parents=True)
        emote = Emote(
            EmoteId(f"{number:08d}"), name, name, "local", "player-1", Sha256(f"{number:064x}"), 0, now - number, now
        )
        emote.evicted = True
        emotes.append(emote)
    index.save(*emotes)
    database.close()


def _polls_during_transfers(link: HubClient, service: FilesServer, scratch: Path) -> list[float]:
    """Polls while four large uploads and a large download run."""
    link.ask(
        ProfileList,
        "PUT",
        "/profiles/bench",
        ProfileBody(kind=ProfileKind.CUSTOM, url=service.url, user="player-1"),
    )
    link.ask(KeptKey, "PUT", "/profiles/bench/key", KeyBody(key="0" * 32))
    clip = scratch / "large.mp4"
    with clip.open("wb") as file:
        file.truncate(service.upload_bytes)
    first = link.post(Job, "/jobs", JobBody(clip=str(clip), name="down", profile="bench"))
    service.downloading.wait(60)
    for number in range(4):
        link.post(Job, "/jobs", JobBody(clip=str(clip), name=f"up {number}", profile="bench"))
    service.busy.wait(60)
    times: list[float] = []
    path = f"/v1/jobs/{first.id}"
    polling = threading.Thread(target=lambda: times.extend(_polls(link.info.port, path, link.info.token, 4.0)))
    polling.start()
    polling.join()
    assert link.get(Job, f"/jobs/{first.id}").state is JobState.DOWNLOADING, "the download ended before the measurement"
    service.stop()
    return times


def _parallel(scratch: Path, jobs: int) -> dict[str, Any]:
    with FilesServer(small=True) as service, _hub(scratch / "parallel") as (link, _):
        link.ask(
            ProfileList,
            "PUT",
            "/profiles/bench",
            ProfileBody(kind=ProfileKind.CUSTOM, url=service.url, user="player-1"),
        )
        link.ask(KeptKey, "PUT", "/profiles/bench/key", KeyBody(key="0" * 32))
        clip = scratch / "small.mp4"
        clip.write_bytes(bytes(100_000))
        begin = time.perf_counter()
        for number in range(jobs):
            link.post(Job, "/jobs", JobBody(clip=str(clip), name=f"Move {number}", profile="bench"))
        end, done = time.monotonic() + 300, 0
        while time.monotonic() < end:
            rows = link.get(JobList, "/jobs", limit=500).jobs
            done = sum(row.state is JobState.DELIVERED for row in rows)
            if all(row.state in ENDED for row in rows):
                break
            time.sleep(0.1)
        return {
            "asked": jobs,
            "delivered": done,
            "seconds": round(time.perf_counter() - begin, 2),
            "memoryMiB": rss_mib(link.info.pid),
        }
