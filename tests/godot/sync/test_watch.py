"""File events of each system; a scripted observer stands for those of Windows and macOS."""

from __future__ import annotations

import unicodedata
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

from kinetix_godot.run import inotify, observed, watch
from kinetix_godot.run.observed import ObservedTree, system_observer
from kinetix_godot.run.supervisor import Supervisor
from tests.godot.sync.place import Place, running
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
        """No thread: events come when the test says so."""

    def stop(self) -> None:
        """Nothing runs."""

    def join(self, timeout: float | None = None) -> None:
        """Nothing runs."""

    def tell(self, *events: FileSystemEvent) -> None:
        for event in events:
            self.handler.dispatch(event)


@pytest.fixture
def script(tmp_path: Path) -> Script:
    return Script()


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> list[Script]:
    """Give every watcher an observer of its own, without events."""
    made: list[Script] = []
    monkeypatch.setattr(inotify, "is_supported", lambda: False)

    def new_script() -> Script:
        made.append(Script())
        return made[-1]

    monkeypatch.setattr(watch, "system_observer", new_script)
    return made


def of(made: list[Script], folder: Path) -> Script:
    """Return the observer of this folder."""
    return next(one for one in reversed(made) if one.root == folder.resolve())


def settled(supervisor: Supervisor, place: Place) -> bool:
    """Return whether no emote waits for another comparison."""
    return supervisor.engine(place.target.id).recheck_due is None


def state(supervisor: Supervisor, place: Place) -> str:
    return supervisor.target(place.target.id).state


def test_events_are_not_held_back() -> None:
    assert float(system_observer().timeout) <= 0.05


def test_a_folder_that_leaves_is_told_as_a_file_on_windows(tmp_path: Path, script: Script) -> None:
    (tmp_path / "dances" / "slow").mkdir(parents=True)
    tree = ObservedTree(tmp_path, script)
    script.tell(FileDeletedEvent(str(script.root / "wave.glb")))
    assert tree.changes() == ([], ["wave.glb"], False)
    script.tell(FileDeletedEvent(str(script.root / "dances")))
    assert tree.changes() == ([], [], True)
    tree.close()


def test_a_folder_that_came_later_or_was_renamed_is_known_as_one(tmp_path: Path, script: Script) -> None:
    tree = ObservedTree(tmp_path, script)
    script.tell(DirCreatedEvent(str(script.root / "new")))
    assert tree.changes()[2]
    script.tell(DirMovedEvent(str(script.root / "new"), str(script.root / "old.glb")))
    assert tree.changes()[2]
    script.tell(FileDeletedEvent(str(script.root / "old.glb")))
    assert tree.changes() == ([], [], True)
    tree.close()


def test_a_folder_moved_out_of_the_source_leaves_the_project_at_once(place: Place, scripted: list[Script]) -> None:
    place.export("wave.glb", "wave")
    place.export("dances/turn.glb", "turn")
    with running(place):
        until(lambda: len(place.files()) == 2)
        (place.source / "dances").rename(place.source.parent / "bin")
        source = of(scripted, place.source)
        source.tell(FileDeletedEvent(str(source.root / "dances")))
        until(lambda: place.files() == {"wave.glb": "wave"})


def test_both_halves_of_a_rename_keep_the_import_settings(place: Place, scripted: list[Script]) -> None:
    place.export("a.glb", "one")
    with running(place) as supervisor:
        until(lambda: len(place.files()) == 1 and settled(supervisor, place))
        (place.emotes / "a.glb.import").write_text("uid", encoding="utf-8")
        (place.source / "a.glb").rename(place.source / "z.glb")
        source = of(scripted, place.source)
        # FSEvents: a file's history lies in one event, and the halves of a rename may come apart.
        source.tell(FileCreatedEvent(str(source.root / "a.glb")), FileModifiedEvent(str(source.root / "a.glb")))
        source.tell(FileDeletedEvent(str(source.root / "a.glb")), FileCreatedEvent(str(source.root / "z.glb")))
        until(lambda: place.files() == {"z.glb": "one"})
        assert (place.emotes / "z.glb.import").read_text(encoding="utf-8") == "uid"
        until(lambda: settled(supervisor, place))
        (place.source / "z.glb").rename(place.source / "b.glb")
        source.tell(FileMovedEvent(str(source.root / "z.glb"), str(source.root / "b.glb")))
        until(lambda: place.files() == {"b.glb": "one"})
        assert (place.emotes / "b.glb.import").read_text(encoding="utf-8") == "uid"


@pytest.mark.parametrize("is_told", [True, False], ids=["told", "silent"])
def test_a_source_that_is_renamed_and_made_anew_is_followed(
    place: Place, scripted: list[Script], is_told: bool
) -> None:
    """macOS says that the root has changed, Windows says nothing: its handle goes with the renamed folder."""
    place.export("old.glb", "old")
    with running(place) as supervisor:
        until(lambda: place.files() == {"old.glb": "old"})
        first = of(scripted, place.source)
        place.source.rename(place.source.parent / "aside")
        place.source.mkdir()
        place.export("new.glb", "new")
        place.export("newer.glb", "newer")
        if is_told:
            first.tell(DirDeletedEvent(str(first.root)))
        until(lambda: {"new.glb", "newer.glb"} <= set(place.files()))
        until(lambda: state(supervisor, place) == "idle")
        later = of(scripted, place.source)
        assert later is not first
        place.export("last.glb", "last")
        later.tell(FileCreatedEvent(str(later.root / "last.glb")))
        until(lambda: "last.glb" in place.files())


def test_a_source_that_is_exchanged_silently_loses_nothing(
    place: Place, scripted: list[Script], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its emotes are still to be compared once more, as they are new; what is missing then was not deleted."""
    monkeypatch.setattr(observed, "_LOOK_S", 3600.0)  # that comparison alone can find it
    texts = {f"{name}.glb": name for name in "abcd"}
    for name, text in texts.items():
        place.export(name, text)
    with running(place) as supervisor:
        until(lambda: place.files() == texts)
        place.source.rename(place.source.parent / "drive")
        place.source.mkdir()
        until(lambda: state(supervisor, place) == "waiting" or place.files() != texts)
        assert place.files() == texts


@pytest.mark.posix_only(reason="inotify is Linux's")
def test_a_source_that_is_renamed_and_made_anew_is_followed_with_inotify(place: Place) -> None:
    place.export("old.glb", "old")
    with running(place):
        until(lambda: place.files() == {"old.glb": "old"})
        place.source.rename(place.source.parent / "aside")
        place.source.mkdir()
        place.export("new.glb", "new")
        until(lambda: "new.glb" in place.files())
        place.export("last.glb", "last")
        until(lambda: "last.glb" in place.files())


def test_very_many_events_at_once_lead_to_a_full_comparison(tmp_path: Path, script: Script) -> None:
    tree = ObservedTree(tmp_path, script)
    script.tell(*(FileCreatedEvent(str(script.root / f"{number}.glb")) for number in range(300)))
    there, _, everything = tree.changes()
    assert len(there) == 300 and everything
    assert tree.changes() == ([], [], False)
    tree.close()


def test_names_whose_accents_are_told_otherwise_than_listed(tmp_path: Path, script: Script) -> None:
    tree = ObservedTree(tmp_path, script, respells=True)
    script.tell(FileCreatedEvent(str(script.root / unicodedata.normalize("NFD", "Grüße.glb"))))
    assert tree.changes() == ([], [], True)
    script.tell(FileCreatedEvent(str(script.root / "wave.glb")))
    assert tree.changes() == (["wave.glb"], [], False)
    tree.close()


@pytest.mark.posix_only(reason="making a link needs a right that few have on Windows")
def test_paths_are_told_without_the_links_on_the_way(tmp_path: Path, script: Script) -> None:
    (tmp_path / "private" / "source").mkdir(parents=True)
    (tmp_path / "var").symlink_to(tmp_path / "private", target_is_directory=True)
    tree = ObservedTree(tmp_path / "var" / "source", script)
    script.tell(FileCreatedEvent(str((tmp_path / "private" / "source").resolve() / "a.glb")))
    assert tree.changes() == (["a.glb"], [], False)
    tree.close()
