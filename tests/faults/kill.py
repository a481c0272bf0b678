"""kill -9 of hub and service at random moments: no job lost, none done twice, nothing half-done, nobody left behind.

    python -m tests.faults kill 1000 --seed 7

A real hub and a real Kinetix Local with the quick stand-in capture. Every decision (whom to kill, when, what to ask for)
comes from the seed, which is printed, so that a run can be played again.
"""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import requests

from kinetix_core.protocol.hub.enumerations import ENDED
from kinetix_core.values.errors import KinetixError
from kinetix_hub.library.emote import read_sidecar
from kinetix_hub.library.verify import inspect_glb, sha256_of
from tests.hub.conftest import HubProcess
from tests.support.present import present
from tests.support.waiting import LIMIT_S, until

MOVING = ("uploading", "submitted", "processing", "downloading", "verifying")
_SHARE_FOR_SURE = 12


class Run(HubProcess):
    """One run in its own home.

    Attributes:
        asked: the jobs that the hub said 201 to, and the words of their clips.
        refused: codes of the hub's refusals.
        states: those that the actions met, so that a run can show that it met them all.
    """

    CLIPS: tuple[str, ...] = ("SLOW:0.0", "SLOW:0.3", "SLOW:0.8")
    # The same name more than once on purpose: the hub must not take one job's process for another's.
    NAMES: tuple[str, ...] = ("Balance", "Balance", "Jump", "動作", "Señal")

    def __init__(self, home: Path, seed: int) -> None:
        super().__init__(home, {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"})
        self.chance = random.Random(seed)
        self.asked: dict[str, str] = {}
        self.kills: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.states: Counter[str] = Counter()
        self.clips: dict[Path, str] = {}
        for number, word in enumerate(self.CLIPS):
            clip = home.parent / f"clip {number} é.mp4"
            clip.write_bytes(f"{word}\n".encode() + bytes(50_000))
            self.clips[clip] = word

    @contextlib.contextmanager
    def played(self, again: str) -> Iterator[None]:
        """End everything afterwards; an error says how to play the same again."""
        try:
            yield
        except BaseException as error:
            error.add_note(again)
            raise
        finally:
            self.end()

    def restart_hub(self) -> None:
        self.kill()
        self.kills["hub"] += 1
        self.launch()

    def running(self, words: str) -> psutil.Process | None:
        """A process with these words in its command line."""
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                if words in " ".join(process.cmdline()):
                    return process
        return None

    def kill_service(self) -> bool:
        """The service that runs or starts now; its workers are left to notice by themselves."""
        return self._kill("service", "kinetix_local serve")

    def kill_worker(self) -> bool:
        return self._kill("worker", "spawn_main")

    def _kill(self, what: str, words: str) -> bool:
        """Return whether there was one."""
        process = self.running(words)
        with contextlib.suppress(psutil.Error):
            if process is not None:
                process.kill()
                self.kills[what] += 1
                return True
        return False

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """None when the hub is away or refuses."""
        link = self.found()
        try:
            return link and link.call(method, path, body, query=query, timeout_s=LIMIT_S)
        except KinetixError as error:
            self.refused[error.code] += 1
            return None

    def ask(self) -> None:
        """A front end asks for an emote. What the hub says 201 to is promised."""
        clip = self.chance.choice([*self.clips])
        made = self.call("POST", "/jobs", {"clip": str(clip), "name": self.chance.choice(self.NAMES)})
        if made:
            self.asked[made["id"]] = self.clips[clip]

    def sample(self) -> None:
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
        until(lambda: self.found() is not None, self.log_end)

    def wait_moving(self) -> None:
        """Until a job is beyond its first state, or all have ended."""

        def moving() -> bool:
            with contextlib.suppress(sqlite3.Error):
                states = {state for (state,) in self.rows("hub/hub.db", "SELECT state FROM jobs")}
                return states <= ENDED or bool(states & set(MOVING))
            return False

        until(moving, self.log_end, pause_s=0.05)

    def torture(self, kills: int, jobs: int) -> None:
        """Kill until it is enough, asking for emotes all the while.

        The last ones are the service's, which is waited for: before, it depends on the machine's speed how often it runs.
        """
        last = kills // _SHARE_FOR_SURE
        self.launch()
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
            self.restart_hub()
        for _ in range(last):
            self.wait_ready()
            self.ask()
            until(self.kill_service, self.log_end, pause_s=0.1)

    def settle(self) -> None:
        """Nobody kills any more: everything must reach its end by itself, one job after the other."""
        ended, count = -1, 0
        while ended < count:
            ended, count = until(partial(self._more_ended, ended), self._open_jobs, pause_s=0.2) or (0, 0)

    def _more_ended(self, before: int) -> tuple[int, int] | None:
        """Return the ended jobs and all jobs, once more than `before` have ended; None while the hub is silent."""
        assert present(self.process).poll() is None, f"the hub ended by itself: {self.log_end()}"
        if found := self.call("GET", "/jobs", limit=500):
            ended = sum(job["state"] in ENDED for job in found["jobs"])
            return (ended, len(found["jobs"])) if ended > before else None
        return None

    def jobs(self) -> list[dict[str, Any]]:
        """Return the hub's jobs, once it answers."""
        return list(until(lambda: self.call("GET", "/jobs", limit=500), self.log_end)["jobs"])

    def summary(self) -> str:
        return f"{len(self.asked)} jobs, kills {dict(self.kills)}, states met {dict(self.states)}"

    def _open_jobs(self) -> str:
        rows = self.rows("hub/hub.db", "SELECT id, state, doc FROM jobs WHERE state <> 'delivered'")
        return f"{rows[:5]} {self.log_end()}"

    def log_end(self) -> str:
        return self.log[-3000:]

    def stop(self) -> None:
        self.link.post("/shutdown")
        self.ended()


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
    run.link.post("/connection/check", timeout_s=LIMIT_S)  # it runs again, if nothing needed it after its last death
    info = run.service_info()
    url, key = f"{info['url']}/v2/users/player-1/processes", {"x-api-key": info["apiKey"]}
    answer = requests.get(url, headers=key, timeout=LIMIT_S)
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
    with run.played(f"python -m tests.faults kill {kills} --seed {seed}"):
        run.torture(kills, jobs or max(8, kills // 4))
        run.settle()
        check_jobs(run)
        check_service(run)
        # One more life cleans up what the last kill left.
        run.stop()
        check_library(run)
        check_databases(run)
        check_left_behind(run)
    return run
