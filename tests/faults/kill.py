"""kill -9 of hub and service at random moments: no job lost, none done twice, nothing half-done, nobody left behind.

    python -m tests.faults.kill --kills 1000 --seed 7

A real hub and a real Kinetix Local with the quick stand-in capture. Every decision (whom to kill, when, what to ask for)
comes from the seed, which is printed, so that a run can be played again.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import requests

from kinetix_core.protocol.hub.info import read_info
from kinetix_core.values.errors import KinetixError
from kinetix_hub.library.emote import read_sidecar
from kinetix_hub.library.verify import inspect_glb, sha256_of
from tests.faults.command import asked
from tests.support.hub_json import HubLink
from tests.support.services.home_processes import kill_all_in, running_in
from tests.support.waiting import LIMIT_S, until

ROOT = Path(__file__).resolve().parents[2]
CAPTURE = "tests.support.fast_capture:deliver"
ENDED = {"delivered", "failed", "cancelled", "rejected"}
MOVING = ("uploading", "submitted", "processing", "downloading", "verifying")
_SHARE_FOR_SURE = 12
# The same name more than once on purpose: the hub must not take one job's process for another's.
NAMES = ("Balance", "Balance", "Jump", "動作", "Señal")


@dataclass
class Run:
    """One run in its own home. `asked` are the jobs that the hub said 201 to."""

    home: Path
    seed: int
    chance: random.Random = field(init=False)
    hub: subprocess.Popen[bytes] | None = None
    asked: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.home.mkdir(parents=True, exist_ok=True)
        self.environment = {
            **os.environ,
            "KINETIX_HOME": str(self.home),
            "KINETIX_LOCAL_CAPTURE": CAPTURE,
            "PYTHONPATH": str(ROOT),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        self.clips = []
        for number, seconds in enumerate((0.0, 0.3, 0.8)):
            clip = self.home.parent / f"clip {number} é.mp4"
            clip.write_bytes(f"SLOW:{seconds}\n".encode() + bytes(200_000))
            self.clips.append(clip)

    def start_hub(self) -> None:
        with (self.home.parent / "hub.out").open("ab") as output:
            self.hub = subprocess.Popen(
                [sys.executable, "-m", "kinetix_hub", "--idle", "0"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def link(self) -> HubLink | None:
        info = read_info(self.home / "hub" / "hub.json")
        return HubLink(info) if info is not None and self.hub is not None and info.pid == self.hub.pid else None

    def kill_hub(self) -> None:
        assert self.hub is not None
        self.hub.kill()
        self.hub.wait(LIMIT_S)
        self.kills["hub"] += 1

    def kill_service(self) -> bool:
        """The service that runs or starts now; its workers are left to notice by themselves."""
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                if "kinetix_local" in process.cmdline() and "serve" in process.cmdline():
                    process.kill()
                    self.kills["service"] += 1
                    return True
        return False

    def processes(self) -> list[psutil.Process]:
        """Everything that runs in this home."""
        return running_in(self.home)

    def ask(self) -> None:
        """A front end asks for an emote. What the hub says 201 to is promised."""
        body = {"clip": str(self.chance.choice(self.clips)), "name": self.chance.choice(NAMES)}
        link = self.link()
        if link is not None:
            with contextlib.suppress(KinetixError):
                self.asked.append(link.post("/jobs", body, timeout_s=10)["id"])

    def sample(self) -> None:
        """Which states the kills hit, so that a run can show that it met them all."""
        with contextlib.suppress(sqlite3.Error):
            for (state,) in self.rows("hub/hub.db", "SELECT state FROM jobs"):
                if state not in ENDED:
                    self.states[state] += 1

    def rows(self, database: str, query: str) -> list[Any]:
        connection = sqlite3.connect(f"file:{self.home / database}?mode=ro", uri=True, timeout=LIMIT_S)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()

    def wait_ready(self) -> None:
        until(lambda: self.link() is not None, self.log)

    def wait_moving(self) -> None:
        """Until a job is beyond its first state, or all have ended."""

        def moving() -> bool:
            with contextlib.suppress(sqlite3.Error):
                states = {state for (state,) in self.rows("hub/hub.db", "SELECT state FROM jobs")}
                return states <= set(ENDED) or bool(states & set(MOVING))
            return False

        until(moving, self.log, pause_s=0.05)

    def torture(self, kills: int, jobs: int) -> None:
        """Kill until it is enough, asking for emotes all the while.

        The last ones are the service's, which is waited for: before, it depends on the machine's speed how often it runs.
        """
        last = kills // _SHARE_FOR_SURE
        self.start_hub()
        for number in range(kills - last):
            # Decided before looking, so that the seed alone decides.
            service, early, share, pause = (self.chance.random() for _ in range(4))
            if early < 0.45:  # while something starts
                time.sleep(0.5 * share)
            else:
                self.wait_ready()
                wanted = 3 + round((jobs - 3) * (number + 1) / kills)
                for _ in range(min(wanted - len(self.asked), 4)):
                    self.ask()
                if early > 0.85:  # in the middle of a job, however slow the machine is
                    self.wait_moving()
                time.sleep(0.7 * share * pause)
            self.sample()
            if service < 0.45 and self.kill_service():
                continue
            self.kill_hub()
            self.start_hub()
        for _ in range(last):
            self.wait_ready()
            self.ask()
            until(self.kill_service, self.log, pause_s=0.1)

    def settle(self) -> None:
        """Nobody kills any more: everything must reach its end by itself, one job after the other."""
        ended, count = -1, 0
        while ended < count:
            ended, count = until(partial(self._more_ended, ended), self._open_jobs, pause_s=0.2) or (0, 0)

    def _more_ended(self, before: int) -> tuple[int, int] | None:
        """Return the ended jobs and all jobs, once more than `before` have ended; None while the hub is silent."""
        assert self.hub is not None
        assert self.hub.poll() is None, f"the hub ended by itself: {self.log()}"
        link = self.link()
        if link is not None:
            with contextlib.suppress(KinetixError):
                jobs = link.get("/jobs", limit=500, timeout_s=LIMIT_S)["jobs"]
                ended = sum(job["state"] in ENDED for job in jobs)
                return (ended, len(jobs)) if ended > before else None
        return None

    def jobs(self) -> list[dict[str, Any]]:
        """Return the hub's jobs, once it answers."""
        self.wait_ready()
        link = self.link()
        assert link is not None
        return list(link.get("/jobs", limit=500, timeout_s=LIMIT_S)["jobs"])

    def _open_jobs(self) -> str:
        rows = self.rows("hub/hub.db", "SELECT id, state, doc FROM jobs WHERE state <> 'delivered'")
        return f"{rows[:5]} {self.log()}"

    def log(self) -> str:
        file = self.home / "logs" / "hub.log"
        return file.read_text(encoding="utf-8")[-3000:] if file.exists() else ""

    def stop(self) -> None:
        link = self.link()
        assert link is not None and self.hub is not None
        link.post("/shutdown")
        self.hub.wait(LIMIT_S)

    def end_all(self) -> None:
        kill_all_in(self.home)
        if self.hub is not None:
            self.hub.wait(LIMIT_S)


def check_jobs(run: Run) -> None:
    """Each job was delivered, once; what the hub promised is there."""
    jobs = {row[0]: row for row in run.rows("hub/hub.db", "SELECT id, state, process, emote, doc FROM jobs")}
    assert set(run.asked) <= set(jobs), "the hub said 201 to a job and lost it"
    bad = [(row[0], row[1], json.loads(row[4])["error"]) for row in jobs.values() if row[1] != "delivered"]
    assert not bad, f"not delivered: {bad[:5]}"
    ends = Counter(row[0] for row in run.rows("hub/hub.db", "SELECT job FROM job_moves WHERE after='delivered'"))
    assert set(ends) == set(jobs) and set(ends.values()) == {1}, "a job reached its end more than once"
    uploads = Counter(row[2] for row in jobs.values())
    assert max(uploads.values()) == 1, "two jobs follow one process"


def check_service(run: Run) -> None:
    """Ask the service itself: exactly one process for each job."""
    link = run.link()
    assert link is not None
    link.post("/connection/check", timeout_s=LIMIT_S)  # it runs again, if nothing needed it after its last death
    info = json.loads((run.home / "local" / "serve.json").read_text(encoding="utf-8"))
    answer = requests.get(
        f"{info['url']}/v2/users/player-1/processes", headers={"x-api-key": info["apiKey"]}, timeout=LIMIT_S
    )
    assert answer.status_code == 200, answer.text
    found = Counter(row["metadata"]["job"] for row in answer.json())
    jobs = {row[0] for row in run.rows("hub/hub.db", "SELECT id FROM jobs")}
    twice = {job: count for job, count in found.items() if count > 1}
    assert not twice, f"processes created twice: {twice}"
    assert set(found) == jobs


def check_library(run: Run) -> None:
    """Every emote is whole and known, and nothing else lies there."""
    library = run.home / "library"
    rows = run.rows("hub/hub.db", "SELECT id, folder, sha256 FROM emotes")
    jobs = run.rows("hub/hub.db", "SELECT emote FROM jobs")
    assert {row[0] for row in rows} == {row[0] for row in jobs} and len(rows) == len(jobs)
    folders = {path.name for path in library.iterdir() if not path.name.startswith(".")}
    assert folders == {row[1] for row in rows}
    for emote, name, digest in rows:
        folder = library / name
        (glb,) = folder.glob("*.glb")
        inspect_glb(glb)
        assert sha256_of(glb) == digest
        sidecar = read_sidecar(folder)
        assert sidecar is not None and sidecar.id == emote
        original = library / ".originals" / digest[:2] / f"{digest}.glb"
        assert sha256_of(original) == digest
    incoming = library / ".incoming"
    assert not incoming.exists() or not list(incoming.iterdir()), "an unfinished delivery was left"


def check_databases(run: Run) -> None:
    for database in ("hub/hub.db", *(str(path.relative_to(run.home)) for path in run.home.glob("local/*.db"))):
        assert run.rows(database, "PRAGMA integrity_check") == [("ok",)], database
    assert not list((run.home / "hub").glob("*.damaged*"))


def check_left_behind(run: Run) -> None:
    """After an orderly stop nothing runs and nothing temporary lies about."""
    until(lambda: not run.processes(), run.processes)
    left = [path for path in (run.home / "hub").iterdir() if path.name.endswith(".tmp") or path.name == "hub.json"]
    left += [path for path in (run.home / "library").rglob("*") if path.name.endswith((".tmp", ".part"))]
    assert not left, f"left lying: {left}"


def kill_run(kills: int, seed: int, home: Path, *, jobs: int | None = None) -> Run:
    """Raises AssertionError when a rule was broken; the seed is in its text."""
    run = Run(home, seed)
    try:
        run.torture(kills, jobs or max(8, kills // 4))
        run.settle()
        check_jobs(run)
        check_service(run)
        # One more life cleans up what the last kill left.
        run.stop()
        check_library(run)
        check_databases(run)
        check_left_behind(run)
    except BaseException as error:
        error.add_note(f"seed {seed}, {kills} kills: python -m tests.faults.kill --kills {kills} --seed {seed}")
        raise
    finally:
        run.end_all()
    return run


def main() -> None:
    with asked(__doc__, "--kills", 60) as (kills, seed, folder):
        run = kill_run(kills, seed, folder / "Mátyás home")
        print(
            f"{sum(run.kills.values())} kills {dict(run.kills)}; "
            f"{len(run.asked)} jobs promised, each delivered exactly once; states met: {dict(run.states)}"
        )


if __name__ == "__main__":
    main()
