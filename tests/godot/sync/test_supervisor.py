"""The running loop: events, bursts, polling, and changes of the user."""

from __future__ import annotations

import errno
import os
import selectors
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from kinetix_core.io import files
from kinetix_godot.run import inotify
from kinetix_godot.run.follower import Follower
from kinetix_godot.run.inotify import Inotify, InotifyTree
from kinetix_godot.run.observed import ObservedTree
from kinetix_godot.run.watch import Tree, Watcher
from kinetix_godot.target.registry import Target
from tests.godot.sync.place import Place, running, tiny_glb
from tests.support.waiting import until

POLLING_SOON = partial(Watcher, poll_s=0.05)


def test_files_that_are_moved_in_written_renamed_and_deleted(place: Place) -> None:
    with running(place) as sync:
        place.export("a.glb", "one")
        (place.source / "b.glb").write_bytes(tiny_glb("two"))
        place.export("new/deep/c.glb", "three")
        sync.until_files({"a.glb": "one", "b.glb": "two", "new/deep/c.glb": "three"})
        place.settings("a.glb").write_text("uid", encoding="utf-8")
        files.replace(place.source / "a.glb", place.source / "z.glb")
        until(lambda: "z.glb" in place.files() and "a.glb" not in place.files())
        assert place.settings("z.glb").read_text(encoding="utf-8") == "uid"
        assert not place.settings("a.glb").exists()
        place.delete("b.glb")
        sync.until_files({"new/deep/c.glb": "three", "z.glb": "one"})


@pytest.mark.posix_only(reason="there are no named pipes here")
def test_what_is_called_like_an_emote_and_is_no_file_is_left_alone(place: Place, tmp_path: Path) -> None:
    with running(place) as sync:
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "pipe").rename(place.source / "pipe.glb")
        (tmp_path / "link.glb").symlink_to(tmp_path / "nowhere")
        (tmp_path / "link.glb").rename(place.source / "link.glb")
        (place.source / "folder.glb").mkdir()
        place.export("a.glb", "one")
        sync.until_files({"a.glb": "one"})
        sync.until_state("idle")
        assert sync.shown.counts.waiting == 0
    assert place.sync() == []


def test_a_file_that_is_written_slowly_appears_whole(place: Place) -> None:
    data = tiny_glb("x" * 10_000)
    with running(place) as sync:
        with (place.source / "slow.glb").open("wb") as file:
            for start in range(0, len(data), 1000):
                file.write(data[start : start + 1000])
                file.flush()
                time.sleep(0.01)
                assert not (place.emotes / "slow.glb").exists()
        sync.until_files({"slow.glb": "x" * 10_000})


def test_a_burst_misses_nothing_and_shows_no_short_file(place: Place) -> None:
    texts = {f"e{number:03}.glb": f"{number:05}" * 400 for number in range(200)}
    short: list[str] = []
    stop = threading.Event()

    def find_short_files() -> None:
        while not stop.is_set():
            short.extend(path.name for path in place.emotes.glob("*.glb") if path.stat().st_size < 2000)

    with running(place) as sync:
        thread = threading.Thread(target=find_short_files)
        thread.start()
        try:
            for name, text in texts.items():
                place.export(name, text)
            sync.until_files(texts)
        finally:
            stop.set()
            thread.join()
    assert not short


def test_a_folder_of_many_that_is_renamed_keeps_their_import_settings(place: Place) -> None:
    names = [f"e{number:03}.glb" for number in range(150)]  # more than are followed at once
    for name in names:
        place.export(f"old/{name}")
    with running(place):
        until(lambda: len(place.files()) == 150)
        for name in names:
            place.settings(f"old/{name}").write_text(f"uid of {name}", encoding="utf-8")
        (place.source / "new").mkdir()
        for name in names:
            files.replace(place.source / f"old/{name}", place.source / f"new/{name}")
        until(lambda: set(place.files()) == {f"new/{name}" for name in names})
    for name in names:
        assert place.settings(f"new/{name}").read_text(encoding="utf-8") == f"uid of {name}"


def test_own_writes_are_not_taken_for_the_users(place: Place) -> None:
    with running(place) as sync:
        for text in "01234":
            place.export("a.glb", text)
            sync.until_files({"a.glb": text})

        def is_silent() -> bool:
            before = len(sync.events)
            time.sleep(0.5)
            return len(sync.events) == before

        until(is_silent, "the loop answers its own writes")
        assert sync.shown.counts.as_dict() == {
            "synced": 1, "conflicts": 0, "deleted": 0, "edited": 0, "waiting": 0,
        }  # fmt: skip
    assert any(event.changed == ["emotes/a.glb"] for event in sync.events)


def test_a_file_that_must_not_enter_is_told_at_once_and_taken_back(place: Place) -> None:
    with running(place) as sync:
        for ending in ("repaired", "deleted"):
            (place.source / "a.glb").write_bytes(b"<html>not a model</html>")
            until(lambda: bool(sync.events) and [p.file for p in sync.events[-1].problems] == ["a.glb"])
            if ending == "repaired":
                place.export("a.glb", "one")
            else:
                place.delete("a.glb")
            until(lambda: not sync.events[-1].problems)
        (place.source / "b.glb").write_bytes(tiny_glb("two")[:-4])
        until(lambda: sync.events[-1].counts.waiting == 1)
        place.delete("b.glb")
        until(lambda: sync.events[-1].counts.waiting == 0)
        assert sync.shown.state == "idle"


def test_what_the_user_does_in_the_project_is_noticed_at_once(place: Place) -> None:
    place.export("a.glb", "one")
    place.export("b.glb", "one")
    with running(place) as sync:
        until(lambda: len(place.files()) == 2)
        (place.emotes / "a.glb").unlink()
        until(lambda: sync.shown.deleted == ["a.glb"])
        place.edit("b.glb", "mine")
        until(lambda: sync.shown.counts.edited == 1)
        place.export("b.glb", "two")
        until(lambda: bool(sync.shown.conflicts))
    assert place.files() == {"b.glb": "mine", "b.theirs.glb": "two"}


def no_queue(_root: Path) -> Tree:
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


class Exhausted(Inotify):
    """A queue whose limit of watches is reached at one folder."""

    def __init__(self, refused: str) -> None:
        super().__init__()
        self._refused = refused

    def add(self, path: str, folder: str) -> None:
        if folder == self._refused:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        super().add(path, folder)


@pytest.mark.linux_only(reason="inotify's limits")
@pytest.mark.parametrize(
    ("watch", "reason"),
    [
        (partial(POLLING_SOON, tree=lambda root: InotifyTree(root, Exhausted(""))), "max_user_watches"),
        (partial(POLLING_SOON, tree=no_queue), "max_user_instances"),
        (partial(POLLING_SOON, kind=lambda root: "cifs" if root.name == "source" else "ext4"), "cifs"),
    ],
    ids=["no watches", "no queues", "network drive"],
)
def test_polling_where_there_are_no_events_and_it_says_so(
    place: Place, watch: Callable[[Path], Watcher], reason: str
) -> None:
    with running(place, watch=watch) as sync:
        place.export("a.glb", "one")
        sync.until_files({"a.glb": "one"})
        assert sync.shown.watching == "polling" and reason in sync.shown.watching_reason


@pytest.mark.linux_only(reason="inotify's limits")
def test_polling_from_the_folder_on_that_gets_no_watch(place: Place) -> None:
    watch = partial(POLLING_SOON, tree=lambda root: InotifyTree(root, Exhausted("late")))
    with running(place, watch=watch) as sync:
        assert sync.shown.watching == "events"
        for text in ("one", "two"):
            place.export("late/a.glb", text)
            sync.until_files({"late/a.glb": text})
        until(lambda: sync.shown.watching == "polling")
        assert "max_user_watches" in sync.shown.watching_reason
        # The queue is closed, so the next watch may get its number.
        later = sync.supervisor.add(Target.create(place.project, "later", str(place.source)))
        until(lambda: sync.supervisor.target(later.id).state != "syncing")
        assert sync.supervisor.target(later.id).state == "idle", sync.supervisor.target(later.id).error


class Deaf(InotifyTree):
    """Events are lost, and nothing reports it."""

    def changes(self) -> tuple[list[str], list[str], bool]:
        super().changes()
        return [], [], False


@pytest.mark.linux_only(reason="it takes inotify's events away")
def test_a_full_comparison_finds_what_no_event_announced(place: Place) -> None:
    with selectors.DefaultSelector() as selector:
        follower = Follower(place.engine(), selector, partial(Watcher, tree=Deaf))
        follower.watch()
        for text in ("one", "two"):
            place.export("a.glb", text)
            follower.step(time.monotonic() + 3600.0, ())
            assert place.files() == {"a.glb": text}
        follower.close()


def test_watchdog_where_there_is_no_inotify(place: Place) -> None:
    with running(place, watch=partial(Watcher, tree=ObservedTree)) as sync:
        assert sync.shown.watching == "events"
        place.export("a.glb", "one")
        sync.until_files({"a.glb": "one"})
        place.delete("a.glb")
        sync.until_files({})


class Overflowing(Inotify):
    """A full queue, which loses every event and says so."""

    def read(self) -> list[tuple[str, str, int]]:
        return [("", "", inotify.LOST)] if super().read() else []


@pytest.mark.linux_only(reason="inotify itself reports lost events")
def test_lost_events_lead_to_a_full_comparison(place: Place) -> None:
    with running(place, watch=partial(Watcher, tree=lambda root: InotifyTree(root, Overflowing()))) as sync:
        place.export("a.glb", "one")
        sync.until_files({"a.glb": "one"})
