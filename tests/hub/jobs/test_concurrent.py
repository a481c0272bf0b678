"""Concurrency: a repair beside commands, two repairs, a death between two moves, the order of events."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.protocol.hub.answers import Refreshed
from kinetix_core.protocol.hub.enumerations import FileKind, JobKind, JobState, LibraryChange
from kinetix_core.protocol.hub.models import Emote, Event, JobChanged, JobSettings
from kinetix_core.values.errors import KinetixError
from kinetix_hub.database import Database
from kinetix_hub.hub import Hub
from kinetix_hub.jobs.store import JobStore
from kinetix_hub.library import repair as repair_module
from kinetix_hub.library.emote import Emote as LibraryEmote
from kinetix_hub.library.evict import Evictor
from kinetix_hub.library.index import Index
from kinetix_hub.library.repair import Repair
from kinetix_hub.library.verify import sha256_of
from tests.hub.double import Double, clip_in, create, delivered, glb, glb_of, hub_with, library_of, wait_state
from tests.support.present import present
from tests.support.waiting import LIMIT_S, until

MEANWHILE = {
    "a rename": lambda hub, made: hub.rename(made.id, "New name"),
    "a deletion": lambda hub, made: hub.delete(made.id),
    "a pin": lambda hub, made: hub.library.pin(made.id, True),
    "another repair": lambda hub, made: hub.repair._cure(made.id),
}


@pytest.mark.parametrize("what", MEANWHILE)
@pytest.mark.parametrize("contents", [glb(99), b"<html>"], ids=["changed", "damaged"])
def test_a_repair_saves_nothing_that_it_read_before(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, what: str, contents: bytes
) -> None:
    """Reading a whole file takes time; a person goes on meanwhile."""
    made = delivered(hub)
    Path(made.files[FileKind.GLB]).write_bytes(contents)
    real, left = sha256_of, [MEANWHILE[what]]

    def slow(path: Path) -> str:
        found = real(path)
        if left:
            left.pop()(hub, made)
        return found

    monkeypatch.setattr(repair_module, "sha256_of", slow)
    hub.repair.fix()
    now = present(hub.library.index.find(made.id))
    assert (now.name == "New name") == (what == "a rename")
    assert (now.deleted is not None) == (what == "a deletion")
    assert now.pinned == (what == "a pin")
    if what == "a deletion":
        assert not Path(made.folder).exists() and now.folder.startswith(".bin/")
        assert hub.library.restore(made.id).name == "Balance"
    hub.repair.fix()
    assert hub.repair.look() == [] and not list(Path(made.folder).parent.glob("*/*.damaged-*-2"))
    assert glb_of(hub, made.id).read_bytes() == (glb(99) if contents == glb(99) else glb(1))


class Earlier(Index):
    """An index whose list was read a moment ago."""

    def __init__(self, hub: Hub, *, deleted: bool) -> None:
        super().__init__(hub.database)
        self._rows = list(hub.library.index.all(deleted=deleted))

    def all(self, **_given: Any) -> Iterator[LibraryEmote]:
        return iter(self._rows)


def test_an_emote_that_moved_away_meanwhile_has_no_problem(hub: Hub) -> None:
    """The first look at it holds no lock."""
    made = delivered(hub)
    before = Earlier(hub, deleted=False)
    hub.rename(made.id, "New name")
    assert Repair(library_of(hub, before)).look() == [] and hub.library.index.get(made.id).problem is None


def test_an_emote_that_was_restored_meanwhile_is_not_given_up(hub: Hub) -> None:
    made = delivered(hub)
    hub.delete(made.id)
    binned = Earlier(hub, deleted=True)
    hub.library.restore(made.id)
    assert library_of(hub, binned).empty_bin(-1.0) == 0
    assert glb_of(hub, made.id).exists()


def test_an_emote_that_was_pinned_meanwhile_is_not_evicted(hub: Hub) -> None:
    made = delivered(hub)
    before = Earlier(hub, deleted=False)
    hub.library.pin(made.id, True)
    assert Evictor(library_of(hub, before), 1).run() == []
    assert Path(made.files[FileKind.GLB]).exists() and hub.library.index.get(made.id).pinned


def test_a_file_that_comes_while_its_emote_is_renamed_lands_in_the_new_folder(double: Double, hub: Hub) -> None:
    made = delivered(hub)
    double.during_download = lambda cancelled: hub.rename(made.id, "New name")
    found = hub.file(made.id, FileKind.BVH)
    assert found.parent.name == "New name" and found.read_bytes() == b"HIERARCHY\n"
    assert not Path(made.folder).exists()
    assert hub.library.index.get(made.id).files[FileKind.BVH] == found.name


def test_two_who_take_over_a_bag_at_once_bring_each_emote_once(double: Double, hub: Hub) -> None:
    """A person refreshes while the hub fetches what was made on the library page."""
    double.bags["player-1"] = ["11111111-1111-4111-8111-111111111111"]
    found: list[Refreshed] = []
    second = threading.Thread(target=lambda: found.append(hub.refresh()))

    def meanwhile(cancelled: object) -> None:
        if second.ident is None:
            second.start()
            second.join(0.5)  # long enough for one that does not wait

    double.during_download = meanwhile
    found.append(hub.refresh())
    second.join(LIMIT_S)
    assert sorted(row.added for row in found) == [[], double.bags["player-1"]]
    assert not [row.failed for row in found if row.failed]
    assert not list(hub.library.incoming.iterdir())


class Death(BaseException):
    """The process ends here."""


def test_a_death_in_a_retry_never_sends_a_clip_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The upload was begun and never heard of: the job may be as it was, or ask for its token, but never begin anew."""
    home = tmp_path / "home"
    double = Double(fail={"upload": [KinetixError("broken", code="x", next_step="")]})
    with hub_with(double, home) as hub:
        job = create(hub)
        assert wait_state(hub, job).state == "failed"
        assert present(hub.store.get(job).token).used
        double.receive()  # the bytes arrived all the same
    for transaction in (1, 2):
        with hub_with(double, home, start=False) as hub:
            real, count = Database.write, [0]

            def write(self: Database, real: Any = real, count: list[int] = count, last: int = transaction) -> Any:
                count[0] += 1
                if count[0] >= last:
                    raise Death
                return real(self)

            with monkeypatch.context() as patch:
                patch.setattr(Database, "write", write)
                with contextlib.suppress(Death):
                    hub.commands.retry(job)
        with hub_with(double, home, start=False) as hub:
            assert hub.store.get(job).state in {JobState.FAILED, JobState.UPLOADING}
    with hub_with(double, home) as hub:
        assert wait_state(hub, job).state == "delivered"
        reasons = [move.reason for move in hub.store.moves(job)]
        assert reasons.count("tried again") == 1 and "found by its consumed token" in reasons
    assert len(double.uploads) == 1


@pytest.mark.parametrize("decision", ["validate", "retake"])
def test_a_decision_is_not_taken_for_one_that_was_made_elsewhere(
    double: Double, hub: Hub, tmp_path: Path, decision: str
) -> None:
    """The job polls the process before the answer to the decision arrives."""
    double.validation = 2
    job = create(hub)
    asked = wait_state(hub, job, "awaitingDecision")
    moved, move, decide = threading.Event(), hub.store.move, getattr(double, decision)

    def seen(*given: Any, **changes: Any) -> Any:
        try:
            return move(*given, **changes)
        finally:
            moved.set()

    def told_at_once(process: str) -> Any:
        found = decide(process)
        hub.runner.wake(job)
        moved.wait(0.5)  # long enough for a step that does not wait
        return found

    hub.store.move = seen  # type: ignore[method-assign]
    setattr(double, decision, told_at_once)
    if decision == "validate":
        hub.commands.validate(job)
        assert wait_state(hub, job).state is JobState.DELIVERED
        assert "accepted" in [row.reason for row in hub.store.moves(job)]
    else:
        hub.commands.retake(job, str(clip_in(tmp_path, "again.mp4")), None)
        assert wait_state(hub, job, "awaitingDecision", "rejected").process not in (None, asked.process)


def test_changes_of_a_job_are_told_in_their_order(tmp_path: Path) -> None:
    """The first change is slow to be told; the second one must not overtake it."""
    told: list[str] = []
    second = threading.Event()

    def emit(event: Event) -> None:
        assert isinstance(event, JobChanged)
        if event.data.name == "first":
            second.wait(0.5)
        told.append(event.data.name)
        if event.data.name == "second":
            second.set()

    database = Database(tmp_path / "hub.db")
    try:
        store = JobStore(database, emit)
        job = store.create(JobKind.CLIP, name="made", clip="", profile="local", user="p", settings=JobSettings()).id
        thread = threading.Thread(target=store.update, args=(job,), kwargs={"name": "first"})
        thread.start()
        until(lambda: store.get(job).name != "made")
        store.update(job, name="second")
        thread.join(LIMIT_S)
        assert told == ["made", "first", "second"]
    finally:
        database.close()


def test_changes_of_the_library_are_told_in_their_order(hub: Hub) -> None:
    made = delivered(hub)
    told: list[bool] = []
    second = threading.Event()

    def changed(change: LibraryChange, emote: Emote) -> None:
        if not told and emote.pinned:
            second.wait(0.5)
        told.append(emote.pinned)
        if not emote.pinned:
            second.set()

    hub.library._changed = changed
    thread = threading.Thread(target=hub.library.pin, args=(made.id, True))
    thread.start()
    until(lambda: hub.library.index.get(made.id).pinned)
    hub.library.pin(made.id, False)
    thread.join(LIMIT_S)
    assert told == [True, False]
