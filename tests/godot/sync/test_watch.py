"""File events of each system; a scripted observer stands for those of Windows and macOS."""

from __future__ import annotations

import unicodedata
from functools import partial
from pathlib import Path

import pytest
from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.api import BaseObserver, EventEmitter, ObservedWatch

from kinetix_godot.run.observed import ObservedTree, system_observer
from kinetix_godot.run.watch import Watcher
from tests.godot.sync.place import Place, Running, running
from tests.support.waiting import until


class Script(BaseObserver):
    """An observer with events from the test."""

    def __init__(self) -> None:
        super().__init__(EventEmitter)

    def schedule(
        self,
        event_handler: FileSystemEventHandler,
        path: str | Path,
        *,
        recursive: bool = False,
        follow_symlink: bool = False,
        event_filter: list[type[FileSystemEvent]] | None = None,
    ) -> ObservedWatch:
        self.handler, self.root = event_handler, Path(path)
        return ObservedWatch(str(path), recursive=recursive)

    def start(self) -> None:
        """No thread: events come from the test."""

    stop = start

    def join(self, timeout: float | None = None) -> None:
        """Nothing runs."""

    def send(self, kind: type[FileSystemEvent], name: str, moved_to: str = "") -> None:
        """Report an event of a path below the folder."""
        self.handler.dispatch(kind(str(self.root / name), str(self.root / moved_to) if moved_to else ""))


class Scripts(list[Script]):
    """Watchers whose folders report what the test sends."""

    def watch(self, root: Path, check_s: float = 1.0) -> Watcher:
        self.append(Script())
        return Watcher(root, partial(ObservedTree, observer=self[-1], check_s=check_s))

    def of(self, folder: Path) -> Script:
        """Return the latest observer of this folder."""
        return next(script for script in reversed(self) if script.root == folder.resolve())


@pytest.fixture
def scripts() -> Scripts:
    return Scripts()


@pytest.fixture
def script() -> Script:
    return Script()


def is_settled(sync: Running) -> bool:
    """Return whether no emote waits for another comparison."""
    return sync.supervisor.engine(sync.place.target.id).recheck_due is None


def test_events_are_not_held_back() -> None:
    assert float(system_observer().timeout) <= 0.05


def test_a_folder_that_leaves_is_told_as_a_file_on_windows(tmp_path: Path, script: Script) -> None:
    (tmp_path / "dances" / "slow").mkdir(parents=True)
    tree = ObservedTree(tmp_path, script)
    script.send(FileDeletedEvent, "wave.glb")
    assert tree.changes() == ([], ["wave.glb"], False)
    script.send(FileDeletedEvent, "dances")
    assert tree.changes() == ([], [], True)
    for kind, names in ((DirCreatedEvent, ["new"]), (DirMovedEvent, ["new", "old.glb"])):
        script.send(kind, *names)
        assert tree.changes()[2]
    script.send(FileDeletedEvent, "old.glb")
    assert tree.changes() == ([], [], True)
    tree.close()


def test_a_folder_moved_out_of_the_source_leaves_the_project_at_once(place: Place, scripts: Scripts) -> None:
    place.export("wave.glb", "wave")
    place.export("dances/turn.glb", "turn")
    with running(place, watch=scripts.watch) as sync:
        until(lambda: len(place.files()) == 2)
        (place.source / "dances").rename(place.source.parent / "bin")
        scripts.of(place.source).send(FileDeletedEvent, "dances")
        sync.until_files({"wave.glb": "wave"})


def test_both_halves_of_a_rename_keep_the_import_settings(place: Place, scripts: Scripts) -> None:
    path = place.export("a.glb", "one")
    with running(place, watch=scripts.watch) as sync:
        until(lambda: len(place.files()) == 1 and is_settled(sync))
        place.settings("a.glb").write_text("uid", encoding="utf-8")
        path = path.rename(place.source / "z.glb")
        source = scripts.of(place.source)
        # FSEvents: a file's history lies in one event, and the halves of a rename may come apart.
        for kind in (FileCreatedEvent, FileModifiedEvent, FileDeletedEvent):
            source.send(kind, "a.glb")
        source.send(FileCreatedEvent, "z.glb")
        sync.until_files({"z.glb": "one"})
        assert place.settings("z.glb").read_text(encoding="utf-8") == "uid"
        until(lambda: is_settled(sync))
        path.rename(place.source / "b.glb")
        source.send(FileMovedEvent, "z.glb", "b.glb")
        sync.until_files({"b.glb": "one"})
        assert place.settings("b.glb").read_text(encoding="utf-8") == "uid"


@pytest.mark.parametrize(
    "system",
    ["macOS", "Windows", pytest.param("Linux", marks=pytest.mark.linux_only(reason="inotify is Linux's"))],
)
def test_a_source_that_is_renamed_and_made_anew_is_followed(place: Place, scripts: Scripts, system: str) -> None:
    """macOS reports that the root has changed, Windows nothing: its handle follows the renamed folder."""
    place.export("old.glb", "old")
    with running(place, watch=Watcher if system == "Linux" else scripts.watch) as sync:
        sync.until_files({"old.glb": "old"})
        place.exchange_source()
        place.export("new.glb", "new")
        place.export("newer.glb", "newer")
        if system == "macOS":
            scripts.of(place.source).send(DirDeletedEvent, "")
        until(lambda: {"new.glb", "newer.glb"} <= set(place.files()))
        sync.until_state("idle")
        place.export("last.glb", "last")
        if system != "Linux":
            scripts.of(place.source).send(FileCreatedEvent, "last.glb")
        until(lambda: "last.glb" in place.files())


def test_a_source_that_is_exchanged_silently_loses_nothing(place: Place, scripts: Scripts) -> None:
    """New emotes are compared once more, and only that comparison can notice it: the missing ones were not deleted."""
    texts = {f"{name}.glb": name for name in "abcd"}
    for name, text in texts.items():
        place.export(name, text)
    with running(place, watch=partial(scripts.watch, check_s=3600.0)) as sync:
        sync.until_files(texts)
        place.exchange_source()
        until(lambda: sync.code == "sourceEmpty" or place.files() != texts)
        assert place.files() == texts


def test_very_many_events_at_once_lead_to_a_full_comparison(tmp_path: Path, script: Script) -> None:
    tree = ObservedTree(tmp_path, script)
    for number in range(300):
        script.send(FileCreatedEvent, f"{number}.glb")
    there, _, everything = tree.changes()
    assert len(there) == 300 and everything
    assert tree.changes() == ([], [], False)
    tree.close()


def test_names_whose_accents_are_told_otherwise_than_listed(tmp_path: Path, script: Script) -> None:
    tree = ObservedTree(tmp_path, script, respells=True)
    script.send(FileCreatedEvent, unicodedata.normalize("NFD", "Grüße.glb"))
    assert tree.changes() == ([], [], True)
    script.send(FileCreatedEvent, "wave.glb")
    assert tree.changes() == (["wave.glb"], [], False)
    tree.close()


@pytest.mark.posix_only(reason="making a link needs a right that few have on Windows")
def test_paths_are_told_without_the_links_on_the_way(tmp_path: Path, script: Script) -> None:
    (tmp_path / "private" / "source").mkdir(parents=True)
    (tmp_path / "var").symlink_to(tmp_path / "private", target_is_directory=True)
    tree = ObservedTree(tmp_path / "var" / "source", script)
    assert script.root == (tmp_path / "private" / "source").resolve()
    script.send(FileCreatedEvent, "a.glb")
    assert tree.changes() == (["a.glb"], [], False)
    tree.close()
