"""The running loop: events, bursts, polling, and what the user does meanwhile."""

from __future__ import annotations

import errno
import os
import threading
import time
from pathlib import Path

import pytest

from kinetix_core.io import files
from kinetix_core.protocol.hub.sync_models import SyncTargetChange
from kinetix_godot.run import follower as follower_module
from kinetix_godot.run import inotify, watch
from kinetix_godot.target.registry import Target
from tests.godot.sync.place import Place, running, tiny_glb
from tests.support.waiting import until


def test_files_that_are_moved_in_written_renamed_and_deleted(place: Place) -> None:
    with running(place):
        place.export("a.glb", "one")
        (place.source / "b.glb").write_bytes(tiny_glb("two"))
        place.export("new/deep/c.glb", "three")
        until(lambda: place.files() == {"a.glb": "one", "b.glb": "two", "new/deep/c.glb": "three"})
        (place.emotes / "a.glb.import").write_text("uid", encoding="utf-8")
        files.replace(place.source / "a.glb", place.source / "z.glb")
        until(lambda: "z.glb" in place.files() and "a.glb" not in place.files())
        assert (place.emotes / "z.glb.import").read_text(encoding="utf-8") == "uid"
        place.delete("b.glb")
        until(lambda: "b.glb" not in place.files())


@pytest.mark.posix_only(reason="there are no named pipes here")
def test_what_is_called_like_an_emote_and_is_no_file_is_left_alone(place: Place, tmp_path: Path) -> None:
    with running(place) as supervisor:
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "pipe").rename(place.source / "pipe.glb")
        (tmp_path / "link.glb").symlink_to(tmp_path / "nowhere")
        (tmp_path / "link.glb").rename(place.source / "link.glb")
        (place.source / "folder.glb").mkdir()
        place.export("a.glb", "one")
        until(lambda: place.files() == {"a.glb": "one"})
        until(lambda: supervisor.target(place.target.id).state == "idle")
        assert supervisor.target(place.target.id).counts.waiting == 0
    assert place.sync() == []


def test_a_file_that_is_written_slowly_appears_whole(place: Place) -> None:
    data = tiny_glb("x" * 10_000)
    with running(place):
        with (place.source / "slow.glb").open("wb") as file:
            for start in range(0, len(data), 1000):
                file.write(data[start : start + 1000])
                file.flush()
                time.sleep(0.01)
                assert not (place.emotes / "slow.glb").exists()
        until(lambda: (place.emotes / "slow.glb").exists())
    assert (place.emotes / "slow.glb").read_bytes() == data


def test_a_burst_misses_nothing_and_shows_no_short_file(place: Place) -> None:
    texts = {f"e{number:03}.glb": f"{number:05}" * 400 for number in range(200)}
    short: list[str] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            for path in place.emotes.glob("*.glb"):
                if path.stat().st_size < 2000:
                    short.append(path.name)

    with running(place):
        thread = threading.Thread(target=look)
        thread.start()
        try:
            for name, text in texts.items():
                place.export(name, text)
            until(lambda: len(list(place.emotes.glob("*.glb"))) == 200)
        finally:
            stop.set()
            thread.join()
    assert place.files() == texts
    assert not short


def test_a_folder_of_many_that_is_renamed_keeps_their_import_settings(place: Place) -> None:
    names = [f"e{number:03}.glb" for number in range(150)]  # more than are followed at once
    for name in names:
        place.export(f"old/{name}", name)
    with running(place):
        until(lambda: len(place.files()) == 150)
        for name in names:
            (place.emotes / f"old/{name}.import").write_text(f"uid of {name}", encoding="utf-8")
        (place.source / "new").mkdir()
        for name in names:
            files.replace(place.source / f"old/{name}", place.source / f"new/{name}")
        until(lambda: set(place.files()) == {f"new/{name}" for name in names})
    for name in names:
        assert (place.emotes / f"new/{name}.import").read_text(encoding="utf-8") == f"uid of {name}"


def silent(events: list[SyncTargetChange]) -> bool:
    """Nothing is told for half a second."""
    before = len(events)
    time.sleep(0.5)
    return len(events) == before


def test_own_writes_are_not_taken_for_the_users(place: Place) -> None:
    events: list[SyncTargetChange] = []
    with running(place, events) as supervisor:
        for number in range(5):
            place.export("a.glb", f"{number}")
            until(lambda number=number: place.files().get("a.glb") == str(number))  # type: ignore[misc]
        until(lambda: silent(events), "the loop talks to itself")
        assert supervisor.target(place.target.id).counts.as_dict() == {
            "synced": 1, "conflicts": 0, "deleted": 0, "edited": 0, "waiting": 0,
        }  # fmt: skip
    assert any(event.changed == ["emotes/a.glb"] for event in events)


def test_a_file_that_must_not_enter_is_told_at_once_and_taken_back(place: Place) -> None:
    events: list[SyncTargetChange] = []
    with running(place, events) as supervisor:
        (place.source / "a.glb").write_bytes(b"<html>not a model</html>")
        until(lambda: bool(events) and [p.file for p in events[-1].problems] == ["a.glb"])
        place.export("a.glb", "one")
        until(lambda: not events[-1].problems and place.files() == {"a.glb": "one"})
        (place.source / "b.glb").write_bytes(tiny_glb("two")[:-4])
        until(lambda: events[-1].counts.waiting == 1)
        place.delete("b.glb")
        until(lambda: events[-1].counts.waiting == 0)
        (place.source / "c.glb").write_bytes(b"<html>not a model</html>")
        until(lambda: len(events[-1].problems) == 1)
        place.delete("c.glb")
        until(lambda: not events[-1].problems)
        assert supervisor.target(place.target.id).state == "idle"


def test_what_the_user_does_in_the_project_is_noticed_at_once(place: Place) -> None:
    place.export("a.glb", "one")
    place.export("b.glb", "one")
    with running(place) as supervisor:
        until(lambda: len(place.files()) == 2)
        (place.emotes / "a.glb").unlink()
        until(lambda: supervisor.target(place.target.id).deleted == ["a.glb"])
        place.edit("b.glb", "mine")
        until(lambda: supervisor.target(place.target.id).counts.edited == 1)
        place.export("b.glb", "two")
        until(lambda: bool(supervisor.target(place.target.id).conflicts))
    assert place.files() == {"b.glb": "mine", "b.theirs.glb": "two"}


@pytest.mark.linux_only(reason="inotify's limits")
@pytest.mark.parametrize(
    ("refuses", "number", "limit"),
    [("add", errno.ENOSPC, "max_user_watches"), ("__init__", errno.EMFILE, "max_user_instances")],
    ids=["watches", "queues"],
)
def test_polling_where_there_are_no_events_and_it_says_so(
    place: Place, monkeypatch: pytest.MonkeyPatch, refuses: str, number: int, limit: str
) -> None:
    def refuse(*_given: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(inotify.Inotify, refuses, refuse)
    monkeypatch.setattr(watch, "_POLL_S", 0.05)
    with running(place) as supervisor:
        place.export("a.glb", "one")
        until(lambda: place.files() == {"a.glb": "one"})
        told = supervisor.target(place.target.id)
    assert told.watching == "polling"
    assert limit in told.watching_reason


@pytest.mark.linux_only(reason="inotify's limits")
def test_polling_from_the_folder_on_that_gets_no_watch(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    add = inotify.Inotify.add

    def refuse(self: inotify.Inotify, path: str, folder: str) -> None:
        if folder == "late":
            raise OSError(28, "No space left on device")
        add(self, path, folder)

    monkeypatch.setattr(inotify.Inotify, "add", refuse)
    monkeypatch.setattr(watch, "_POLL_S", 0.05)
    with running(place) as supervisor:
        assert supervisor.target(place.target.id).watching == "events"
        place.export("late/a.glb", "one")
        until(lambda: place.files() == {"late/a.glb": "one"})
        place.export("late/a.glb", "two")
        until(lambda: place.files() == {"late/a.glb": "two"})
        until(lambda: supervisor.target(place.target.id).watching == "polling")
        assert "max_user_watches" in supervisor.target(place.target.id).watching_reason
        # What was listened to is closed, so the next watch may get its number.
        later = supervisor.add(Target.create(place.project, "later", str(place.source)))
        until(lambda: supervisor.target(later.id).state != "syncing")
        assert supervisor.target(later.id).state == "idle", supervisor.target(later.id).error


def test_a_network_drive_is_polled_and_that_is_said(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "file_system", lambda path: "cifs" if path == place.source else "ext4")
    monkeypatch.setattr(watch, "_POLL_S", 0.05)
    with running(place) as supervisor:
        place.export("a.glb", "one")
        until(lambda: place.files() == {"a.glb": "one"})
        told = supervisor.target(place.target.id)
    assert told.watching == "polling" and "cifs" in told.watching_reason


@pytest.mark.linux_only(reason="it takes inotify's events away")
def test_a_full_comparison_finds_what_no_event_announced(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inotify.Inotify, "read", lambda self: os.read(self.fileno(), 65536) and [])
    monkeypatch.setattr(follower_module, "_FULL_COMPARISON_S", 0.1)
    monkeypatch.setattr(follower_module, "_FULL_COMPARISON_COST", 0.0)
    with running(place):
        place.export("a.glb", "one")
        until(lambda: place.files() == {"a.glb": "one"})
        place.export("a.glb", "two")
        until(lambda: place.files() == {"a.glb": "two"})


def test_watchdog_where_there_is_no_inotify(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inotify, "is_supported", lambda: False)
    with running(place) as supervisor:
        assert supervisor.target(place.target.id).watching == "events"
        place.export("a.glb", "one")
        until(lambda: place.files() == {"a.glb": "one"})
        place.delete("a.glb")
        until(lambda: place.files() == {})


@pytest.mark.linux_only(reason="inotify says itself that events were lost")
def test_lost_events_lead_to_a_full_comparison(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    real = inotify.Inotify.read

    def lose(self: inotify.Inotify) -> list[tuple[str, str, int]]:
        return [("", "", inotify.LOST)] if real(self) else []

    monkeypatch.setattr(inotify.Inotify, "read", lose)
    with running(place):
        place.export("a.glb", "one")
        until(lambda: place.files() == {"a.glb": "one"})
