"""Everything at once: kills, a disk that refuses, people and repairs while emotes are made and synced.

    python -m tests.faults torture 1800 --seed 7

What is done, and to whom, comes from the seed (tortured_hub.py); here is what must be true after it, seen from the outside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kinetix_core.protocol.hub.enumerations import ENDED
from kinetix_hub.library.verify import sha256_of
from tests.faults.front_end import FrontEnd
from tests.faults.tortured_hub import REJECTED, Torture
from tests.hub.server.test_private import open_to_others
from tests.support.waiting import until

__all__ = ["torture"]


def torture(seed: int, home: Path, *, rounds: int = 0, seconds: float = 0.0) -> Torture:
    """So many `rounds` of actions, or as many as come in so many `seconds`.

    Raises AssertionError when a rule was broken; how to do the same again is in its text.
    """
    run = Torture(home, seed)
    with run.played(f"{rounds} rounds" if rounds else f"python -m tests.faults torture {seconds:g} --seed {seed}"):
        run.carry_out(run.so_many(rounds) if rounds else run.for_so_long(seconds), check)
        run.settle()
        check(run)
        run.finish()
    return run


def check(run: Torture) -> None:
    """The invariants, from the outside; the hub runs and is at rest."""
    assert not [broken for front in run.fronts for broken in front.broken]
    assert "internal" not in run.refused, run.log_end()
    _check_jobs(run)
    emotes = run.call("GET", "/emotes")["emotes"]
    _check_library(run, emotes)
    _check_projects(run, Counter(emote["sha256"] for emote in emotes))
    changed = [path for path, data in run.users.items() if path.read_bytes() != data]
    assert not changed, f"a person's files were changed: {changed}"
    until(lambda: not _unfinished(run), lambda: f"left lying: {_unfinished(run)}")  # a file is just written otherwise
    assert not (found := open_to_others(run.home)), f"open to others: {found}"
    for front in run.fronts:
        _check_front(run, front)


def _everything(run: Torture) -> Iterator[Path]:
    for root in (run.home / "hub", run.home / "library", run.home / "godot", run.source, *run.projects):
        yield from root.rglob("*")


def _unfinished(run: Torture) -> list[str]:
    return [str(path) for path in _everything(run) if ".tmp" in path.name or path.name.endswith(".part")]


def _check_jobs(run: Torture) -> None:
    jobs = {job["id"]: job for job in run.jobs()}
    if len(jobs) < 500:
        assert set(run.asked) <= set(jobs), "the hub said 201 to a job and lost it"
    for job in jobs.values():
        assert job["state"] in ENDED and (job["error"] or {}).get("code") != "internal", job
        assert job["state"] != "failed" or run.asked.get(job["id"], "BUG") in REJECTED, job
        assert job["state"] != "delivered" or run.asked.get(job["id"], "SLOW") not in REJECTED, job
    ends = Counter(row[0] for row in run.rows("hub/hub.db", "SELECT job FROM job_moves WHERE after='delivered'"))
    assert set(ends.values()) <= {1}, "a job reached its end more than once"
    emotes = Counter(row[0] for row in run.rows("hub/hub.db", "SELECT emote FROM jobs WHERE state='delivered'"))
    assert set(emotes.values()) <= {1}, "two jobs delivered one emote"
    known = {row[0] for row in run.rows("hub/hub.db", "SELECT id FROM emotes")}
    assert set(emotes) <= known, "a delivered emote is unknown"


def _check_library(run: Torture, emotes: list[dict[str, Any]]) -> None:
    for emote in emotes:
        assert emote["problem"] is None, emote
        assert emote["evicted"] or sha256_of(Path(emote["files"]["glb"])) == emote["sha256"], emote
    folders = [emote["folder"] for emote in emotes]
    assert len(set(folders)) == len(folders)
    library = run.home / "library"
    there = {str(path) for path in library.iterdir() if not path.name.startswith(".")} if library.is_dir() else set()
    assert there == set(folders), there ^ set(folders)
    # A job's end is told before its files go.
    until(lambda: not list(library.glob(".incoming/*")), lambda: f"left unfinished: {[*library.glob('.incoming/*')]}")


def _check_projects(run: Torture, library: Counter[str]) -> None:
    exports: Counter[str] = Counter(sha256_of(path) for path in run.source.glob("*.glb"))
    for folder, given_up in run.given_up.items():
        expected = exports if folder.name == "art" else library
        ours = [path for path in folder.rglob("*.glb") if path not in run.users] if folder.is_dir() else []
        found: Counter[str] = Counter(map(sha256_of, ours))
        assert found <= expected, f"{folder.parent.name}: too much: {found - expected}"
        assert expected - given_up <= found, f"{folder.parent.name}: missing: {expected - given_up - found}"
        for path in ours:
            assert path.with_name(f"{path.name}.import").read_text(encoding="utf-8").startswith("["), path


def _check_front(run: Torture, front: FrontEnd) -> None:
    """Check that the front end's state from events equals a fresh snapshot."""

    def is_level() -> bool:
        now = run.call("GET", "/snapshot")
        return bool(now) and front.seen == (now["startId"], now["seq"])

    until(is_level, lambda: f"{front.name} {front.seen}")
    now = run.call("GET", "/snapshot")
    assert front.emotes == {emote["id"]: emote for emote in now["emotes"]}, front.name
    for job in now["jobs"]:
        known = front.jobs[job["id"]]
        assert {**known, "elapsedS": 0} == {**job, "elapsedS": 0}, (front.name, known, job)
