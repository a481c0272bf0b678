"""Every state of files after a power cut: the next comparison repairs all of it.

Without a sync a file is whole, missing, as before, empty, cut short, or partly zeros; the log is whole or ends earlier.
"""

from __future__ import annotations

import errno
import itertools
import json
import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from kinetix_core.io import files
from kinetix_core.io.project_files import ProjectFolder
from kinetix_godot.manifest import Manifest
from kinetix_godot.run.engine import Engine
from tests.godot.sync.place import Place, running, tiny_glb

LONG = "x" * 2000  # more than one block of a disk
States = dict[str, Callable[[bytes], bytes | None]]
NEW: States = {
    "whole": lambda data: data,
    "gone": lambda data: None,
    "empty": lambda data: b"",
    "short": lambda data: data[:1024],
    "zeros": lambda data: bytes(len(data)),
    "hole": lambda data: data[:512] + bytes(512) + data[1024:],
}
TEXT: States = {name: NEW[name] for name in ("whole", "gone", "empty", "zeros")}


def put(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink(missing_ok=True)
    else:
        path.write_bytes(data)


def sync_to_disk(engine: Engine) -> int:
    """Flush all writes and return the number of steps."""
    steps = 0
    while engine.sync_due() is not None:
        engine.sync_to_disk()
        steps += 1
    return steps


@pytest.fixture
def cut(place: Place) -> Place:
    """`old` and `changed` are on the disk; `changed` has just got new contents and `new` has just come."""
    for name in ("old", "changed"):
        place.export(f"{name}.glb", f"{name} {LONG}")
    place.sync()
    (place.emotes / "mine.glb").write_bytes(tiny_glb("the user's"))
    (place.emotes / "mine.glb.import").write_bytes(b"")
    (place.emotes / "old.glb.import").write_text("the user's settings\n", encoding="utf-8")
    place.export("changed.glb", f"anew {LONG}")
    place.export("new.glb", f"new {LONG}")
    place.synced().manifest.close()
    return place


@pytest.mark.parametrize("log", ["whole", "no records", "nothing", "half a line", "zeros"])
def test_after_a_power_cut_all_is_whole_at_the_next_look(cut: Place, log: str) -> None:
    wanted = cut.files()
    before = {path: path.read_bytes() for path in cut.emotes.rglob("*") if path.is_file()}
    at_rest = {path: path.read_bytes() for path in cut.state.iterdir() if path.is_file()}
    lines = (cut.state / "manifest.log").read_bytes().splitlines(keepends=True)
    left = {
        "whole": lines,
        "no records": [line for line in lines if b'"set"' not in line],
        "nothing": [],
        "half a line": [*lines[:-1], lines[-1][:40]],
        "zeros": [*lines[:-1], bytes(len(lines[-1]))],
    }[log]
    old_version = tiny_glb(f"changed {LONG}")
    changed: States = {**NEW, "gone": lambda data: old_version}
    states = [*itertools.product(NEW, TEXT, ["whole"]), *itertools.product(["whole", "gone"], ["whole"], changed)]
    for new, settings, update in states:
        for path in cut.emotes.rglob("*"):
            if path not in before:
                path.unlink()
        for path, data in (before | at_rest).items():
            put(path, data)
        (cut.state / "manifest.log").write_bytes(b"".join(left))
        put(cut.emotes / "new.glb", NEW[new](before[cut.emotes / "new.glb"]))
        put(cut.emotes / "new.glb.import", TEXT[settings](before[cut.emotes / "new.glb.import"]))
        put(cut.emotes / "changed.glb", changed[update](before[cut.emotes / "changed.glb"]))
        name = f"log {log}, new {new}, its settings {settings}, update {update}"
        engine = cut.synced()
        assert not engine.manifest.special, f"{name}: {engine.status()}"
        engine.manifest.close()
        assert cut.files() == wanted, name
        found = {path: path.read_bytes() for path in cut.emotes.rglob("*") if path.is_file()}
        if log == "nothing" and settings == "gone" and new == "whole":  # perhaps the user put it there
            found[cut.emotes / "new.glb.import"] = before[cut.emotes / "new.glb.import"]
        assert found == before, f"{name}: {[path.name for path in found if found[path] != before.get(path)]}"


@pytest.mark.parametrize("left", [b"", tiny_glb(f"one {LONG}")[:1024]], ids=["emptied", "begun"])
def test_a_file_that_a_program_is_writing_is_not_taken_for_torn(place: Place, left: bytes) -> None:
    place.export("a.glb", f"one {LONG}")
    engine = place.synced()
    sync_to_disk(engine)
    file = place.emotes / "a.glb"
    file.write_bytes(left)
    engine.apply(engine.plan())
    assert file.read_bytes() == left
    place.export("a.glb", f"anew {LONG}")
    engine.apply(engine.plan())
    place.edit("a.glb", "mine")
    engine.apply(engine.plan())
    assert place.files() == {"a.glb": "mine", "a.theirs.glb": f"anew {LONG}"}
    engine.close()


def test_an_emote_that_the_cut_took_comes_back_though_it_was_renamed_at_its_source(place: Place) -> None:
    place.export("a.glb", "one")
    place.synced().manifest.close()  # without a sync to the disk
    (place.emotes / "a.glb").unlink()
    (place.source / "a.glb").rename(place.source / "b.glb")
    place.sync()
    place.sync()
    assert place.files() == {"b.glb": "one"}


def test_what_is_on_the_disk_is_noted_and_believed_after_that(place: Place) -> None:
    place.export("a.glb", "one")
    engine = place.synced()
    assert engine.manifest.unflushed and engine.sync_due() is not None
    assert Manifest(place.state).torn == {"path:a.glb"}
    engine.sync_to_disk()
    assert not engine.manifest.unflushed and engine.sync_due() is None
    assert json.loads((place.state / "manifest.log").read_bytes().splitlines()[-1]) == {"settled": True}
    assert not Manifest(place.state).torn
    engine.close()


def test_a_drive_that_holds_other_bytes_gives_no_file_its_name(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write

    def as_text(handle: int, data: bytes | memoryview) -> int:  # what Windows does to a file that was opened as text
        write(handle, bytes(data).replace(b"\x02", b"\r\x02"))
        return len(data)

    place.export("a.glb", "one")
    engine = place.engine()
    actions = engine.plan()
    monkeypatch.setattr(os, "write", as_text)
    with pytest.raises(OSError, match="other bytes"):
        engine.apply(actions)
    monkeypatch.undo()
    assert not place.files() and not place.leftovers()
    engine.apply(engine.plan())
    assert place.files() == {"a.glb": "one"}
    engine.close()


@pytest.mark.parametrize("count", [12, 40], ids=["few", "many"])
def test_files_reach_the_disk_and_are_noted(place: Place, count: int) -> None:
    """Many with their whole drive, which only Linux can sync; else a few at a time, as a file that lands waits for them."""
    for number in range(count):
        place.export(f"{number % 3}/{number}.glb")
    engine = place.synced()
    steps = sync_to_disk(engine)
    assert not engine.manifest.unflushed
    assert steps == 1 if count == 40 and sys.platform == "linux" else steps >= count / 3
    engine.close()


def test_what_a_killed_sync_left_of_its_own_state_is_removed(place: Place) -> None:
    left = [
        folder / ".kinetix-0123456789abcdef.tmp"
        for folder in (place.registry.folder, place.state, place.state / "removed")
    ]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b'{"key": ["half')
    mine = place.state / "sent" / "Wave.tmp"
    mine.parent.mkdir()
    mine.write_bytes(b"no name of ours")
    with running(place):
        assert mine.exists() and not any(path.exists() for path in left)


class LosingDrive:
    """Fails one sync and then, as Linux does, takes what it lost for written.

    Attributes:
        lost: files whose bytes never reached it. They are open, so that no other file gets their inode.
    """

    def __init__(self, place: Place, monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
        self._place, self._fails, self.lost = place, fails, list[BinaryIO]()
        self._log = place.state / "manifest.log"
        sync, sync_drive = files.sync_handle, ProjectFolder.sync_drive

        def sync_handle(handle: int) -> None:
            found = os.fstat(handle)
            is_log = found.st_ino == self._log.stat().st_ino
            kind = "names" if stat.S_ISDIR(found.st_mode) else "log" if is_log else "file"
            self._fail_at(kind)
            sync(handle)

        def sync_all(folder: ProjectFolder, done: set[int]) -> bool:
            self._fail_at("drive")
            return sync_drive(folder, done)

        monkeypatch.setattr(files, "sync_handle", sync_handle)
        monkeypatch.setattr(ProjectFolder, "sync_drive", sync_all)

    def _fail_at(self, kind: str) -> None:
        if kind != self._fails or self.lost:
            return
        self.lost = [path.open("rb") for path in ([self._log] if kind == "log" else self.written())]
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def written(self) -> list[Path]:
        return [path for path in self._place.emotes.rglob("*") if path.is_file()]

    def lost_inodes(self) -> set[int]:
        return {os.fstat(file.fileno()).st_ino for file in self.lost}


@pytest.mark.posix_only(reason="Windows cannot sync a folder")
@pytest.mark.parametrize(
    "fails",
    [
        "file",
        "names",
        pytest.param("drive", marks=pytest.mark.linux_only(reason="no other system can sync a drive")),
        "log",
    ],
)
def test_a_drive_that_lost_bytes_gets_them_again(place: Place, monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    def contents() -> dict[Path, tuple[bytes, int]]:
        return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in place.emotes.iterdir()}

    for number in range(40 if fails == "drive" else 2):
        place.export(f"{number}.glb", str(number))
    engine = place.synced()
    before = contents()
    drive = LosingDrive(place, monkeypatch, fails)
    with pytest.raises(OSError, match="Input/output"):
        sync_to_disk(engine)
    assert engine.manifest.unflushed and drive.lost
    engine.apply(engine.plan())  # as the supervisor does after every error
    sync_to_disk(engine)
    assert not engine.manifest.unflushed
    believed = {path.stat().st_ino for path in (*drive.written(), *place.state.iterdir())}
    assert not believed & drive.lost_inodes(), "it believes a sync that says nothing"
    assert contents() == before
    assert not place.leftovers()
    engine.close()
    for file in drive.lost:
        file.close()
