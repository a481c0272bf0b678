"""`kinetix bench hub`: memory, start, idle load, answers while transfers run, and a hundred jobs at once, each against its limit."""

from __future__ import annotations

import http.client
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click

from kinetix_bench.hub.files_server import FilesServer
from kinetix_bench.process import cpu_seconds, hub, load, percentile, print_figures, rss_mib
from kinetix_core.io.paths import own
from kinetix_core.protocol.hub.answers import Health, JobList, KeptKey, ProfileList
from kinetix_core.protocol.hub.bodies import JobBody, KeyBody, ProfileBody
from kinetix_core.protocol.hub.client import HubClient
from kinetix_core.protocol.hub.enumerations import ENDED, JobState, ProfileKind
from kinetix_core.protocol.hub.models import Job, Snapshot
from kinetix_core.values.identity import EmoteId, Sha256
from kinetix_hub.database import Database
from kinetix_hub.library.emote import Emote
from kinetix_hub.library.index import Index

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
def bench_hub(emotes: int, jobs: int, idle_s: float) -> None:
    """Measure the hub: start, memory, idle load, answers during transfers, jobs in parallel."""
    with tempfile.TemporaryDirectory(prefix="kinetix-bench-hub-") as scratch:
        found = _measure(Path(scratch), emotes, jobs, idle_s)
    good = all(row["ok"] for row in found["rows"])
    print_figures({"ok": good, **found})
    sys.exit(0 if good else 1)


def _measure(scratch: Path, emotes: int, jobs: int, idle_s: float) -> dict[str, Any]:
    values: dict[str, float] = {}
    begin = time.perf_counter()
    with hub(scratch / "idle") as link:
        link.get(Health, "/health")
        values["start_to_ready"] = time.perf_counter() - begin
        time.sleep(2.0)  # what follows the start has settled
        values["memory_idle"] = rss_mib(link.info.pid)
        before, begin = cpu_seconds(link.info.pid), time.monotonic()
        time.sleep(idle_s)
        values["idle_cpu"] = (cpu_seconds(link.info.pid) - before) / (time.monotonic() - begin) * 100
        polls = _polls(link.info.port, _event_path(link), link.info.token, 1.5)
        values["poll_p50"], values["poll_p99"] = statistics.median(polls), percentile(polls, 99)
        # The same question to the plainest server there is: what this machine itself adds just now.
        with FilesServer(small=True) as bare:
            control = _polls(int(bare.url.rpartition(":")[2]), "/v1/virtual-world/config", "", 1.5)
    _large_library(scratch / "large", emotes)
    with hub(scratch / "large") as link:
        snapshot = link.get(Snapshot, "/snapshot")
        assert len(snapshot.emotes) == emotes
        del snapshot
        time.sleep(2.0)
        values["memory_10000_emotes"] = rss_mib(link.info.pid)
    with FilesServer() as service, hub(scratch / "transfers") as link:
        values["poll_p99_transfers"] = percentile(_polls_during_transfers(link, service, scratch), 99)
    parallel = _parallel(scratch, jobs)
    rows = [
        {"name": name, "value": round(values[name], 3), "limit": limit, "unit": unit, "ok": values[name] <= limit}
        for name, (limit, unit) in LIMITS.items()
    ]
    done = parallel["delivered"]
    rows.append({"name": "jobs_delivered", "value": done, "limit": jobs, "unit": f"of {jobs}", "ok": done == jobs})
    return {
        "rows": rows,
        "bareServerP99Ms": round(percentile(control, 99), 2),
        "jobs": parallel,
        "cores": os.cpu_count(),
        "load": load(),
    }


def _event_path(link: HubClient) -> str:
    return f"/v1/events?start={link.info.start_id}&since=0"


def _polls(port: int, path: str, token: str, seconds: float) -> list[float]:
    """Return milliseconds of one state poll after the other, over one kept connection, as a front end asks."""
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


def _large_library(home: Path, count: int) -> None:
    database = Database(own(home / "hub") / "hub.db")
    index = Index(database)
    library = own(home / "library")
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


def _add_profile(link: HubClient, service: FilesServer) -> None:
    body = ProfileBody(kind=ProfileKind.CUSTOM, url=service.url, user="player-1")
    link.ask(ProfileList, "PUT", "/profiles/bench", body)
    link.ask(KeptKey, "PUT", "/profiles/bench/key", KeyBody(key="0" * 32))


def _polls_during_transfers(link: HubClient, service: FilesServer, scratch: Path) -> list[float]:
    """Poll while four large uploads and a large download run."""
    _add_profile(link, service)
    clip = scratch / "large.mp4"
    with clip.open("wb") as file:
        file.truncate(service.upload_bytes)
    first = link.post(Job, "/jobs", JobBody(clip=str(clip), name="down", profile="bench"))
    service.downloading.wait(60)
    for number in range(4):
        link.post(Job, "/jobs", JobBody(clip=str(clip), name=f"up {number}", profile="bench"))
    service.busy.wait(60)
    times = _polls(link.info.port, f"/v1/jobs/{first.id}", link.info.token, 4.0)
    assert link.get(Job, f"/jobs/{first.id}").state is JobState.DOWNLOADING, "the download ended before the measurement"
    service.stop()
    return times


def _parallel(scratch: Path, jobs: int) -> dict[str, Any]:
    with FilesServer(small=True) as service, hub(scratch / "parallel") as link:
        _add_profile(link, service)
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
