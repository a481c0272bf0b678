"""Faults of disks and drives, two processes at once, and one that is killed in the middle."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from kinetix_godot import snapshot
from kinetix_godot.plan.planner import Action
from kinetix_godot.plan.planning import Planning
from kinetix_godot.run.supervisor import Supervisor
from kinetix_godot.target.places import Waiting
from tests.godot import emotes
from tests.godot.sync.place import Place, running, text_of
from tests.support import tools
from tests.support.present import present
from tests.support.waiting import LIMIT_S, until


@contextmanager
def small_disk(path: Path, size: str = "256k") -> Iterator[None]:
    path.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(path)], check=True, stdin=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True, stdin=subprocess.DEVNULL)


@contextmanager
def between_attempts(supervisor: Supervisor, place: Place) -> Iterator[None]:
    """A sync that fails tries again by itself; not inside, where its temporary file would be taken for one that it left."""
    with supervisor.engine(place.target.id).lock:
        yield


def code_of(supervisor: Supervisor, place: Place) -> str:
    """Return the code of the sync's problem; "" if there is none."""
    error = supervisor.target(place.target.id).error
    return error.code if error else ""


def cured(condition: Callable[[], bool], fault: str) -> None:
    """Wait until the sync has recovered by itself."""
    until(condition, f"{fault}, and it does not recover")


def needs_root(test: Callable[..., None]) -> Callable[..., None]:
    """For a test that mounts a small disk."""
    is_other = hasattr(os, "geteuid") and os.geteuid() != 0
    marks = [pytest.mark.linux_only(reason="mounts a small disk by Linux' means")]
    marks.append(pytest.mark.skipif(is_other, reason="mounts a small disk, which needs root"))
    for mark in marks:
        mark(test)
    return test


@needs_root
def test_a_full_disk(place: Place) -> None:
    with small_disk(place.emotes), running(place) as supervisor:
        ballast = place.emotes / "ballast.bin"
        ballast.write_bytes(b"x" * 230_000)
        place.export("big.glb", "y" * 60_000)
        until(lambda: supervisor.target(place.target.id).state == "error")
        told = supervisor.target(place.target.id).error
        assert present(told).code == "diskFull"
        assert "space" in present(told).next_step.lower()
        with between_attempts(supervisor, place):
            assert not list(place.emotes.glob("*.glb")), "a broken file"
            assert not place.leftovers()
        ballast.unlink()
        cured(lambda: (place.emotes / "big.glb").exists(), "full disk")
        until(lambda: supervisor.target(place.target.id).state == "idle")
        assert text_of(place.emotes / "big.glb") == "y" * 60_000


@needs_root
def test_a_full_disk_that_holds_all(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m"):
        place = Place(tmp_path / "disk")
        with running(place) as supervisor:
            until(lambda: supervisor.target(place.target.id).state == "idle")
            ballast = place.project / "ballast.bin"
            status = os.statvfs(place.project)
            ballast.write_bytes(b"x" * (status.f_bavail * status.f_bsize - 100_000))
            place.export("big.glb", "y" * 60_000)
            until(lambda: supervisor.target(place.target.id).state == "error")
            with between_attempts(supervisor, place):
                assert not list(place.emotes.glob("*.glb")) and not place.leftovers()
            ballast.unlink()
            cured(lambda: place.files() == {"big.glb": "y" * 60_000}, "full disk")
            until(lambda: supervisor.target(place.target.id).state == "idle")


@needs_root
def test_a_read_only_target(place: Place) -> None:
    with small_disk(place.emotes), running(place) as supervisor:
        subprocess.run(["mount", "-o", "remount,ro", str(place.emotes)], check=True, stdin=subprocess.DEVNULL)
        place.export("a.glb", "one")
        until(lambda: supervisor.target(place.target.id).state == "error")
        assert present(supervisor.target(place.target.id).error).code == "notWritable"
        subprocess.run(["mount", "-o", "remount,rw", str(place.emotes)], check=True, stdin=subprocess.DEVNULL)
        cured((place.emotes / "a.glb").exists, "read-only target")
        assert not place.leftovers()


def test_a_target_that_goes_away_and_comes_back(place: Place) -> None:
    with running(place) as supervisor:
        place.export("a.glb", "one")
        until(lambda: place.files() == {"a.glb": "one"})
        away = place.project.with_name("away")
        place.project.rename(away)
        until(lambda: supervisor.target(place.target.id).state == "waiting")
        place.export("b.glb", "two")
        place.delete("a.glb")
        away.rename(place.project)
        cured(lambda: place.files() == {"b.glb": "two"}, "target away")
        until(lambda: supervisor.target(place.target.id).state == "idle")


def test_a_new_emote_notices_that_the_target_is_away(place: Place) -> None:
    with running(place) as supervisor:
        place.export("a.glb", "one")
        until(lambda: place.files() == {"a.glb": "one"})
        away = place.project.with_name("away")
        place.project.rename(away)
        place.export("b.glb", "two")
        until(lambda: supervisor.target(place.target.id).state == "waiting")
        assert present(supervisor.target(place.target.id).error).code == "projectGone"
        assert not place.project.exists()
        away.rename(place.project)
        cured(lambda: place.files() == {"a.glb": "one", "b.glb": "two"}, "target away")


def test_an_empty_mount_point_is_not_the_deletion_of_everything(place: Place) -> None:
    for name in "abcd":
        place.export(f"{name}.glb", name)
    with running(place) as supervisor:
        until(lambda: len(place.files()) == 4)
        away = place.source.with_name("drive")
        place.source.rename(away)
        place.source.mkdir()  # what is left when the drive is gone
        until(lambda: code_of(supervisor, place) == "sourceEmpty")  # a look in between may have found no folder at all
        time.sleep(0.5)
        told = supervisor.target(place.target.id).error
        assert present(told).code == "sourceEmpty" and "“I emptied the folder”" in present(told).next_step
        assert len(place.files()) == 4
        place.source.rmdir()
        away.rename(place.source)
        place.export("e.glb", "e")
        cured(lambda: len(place.files()) == 5, "drive away")


def test_a_source_that_leaves_while_it_is_looked_through_loses_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of it was seen: so few that are missing would count as deleted by a person."""
    for name in ("a", "b", "sub/c"):
        place.export(f"{name}.glb", name)
    place.sync()
    look, drive = snapshot._look, place.source.with_name("drive")

    def leaving(folder: str, *more: Any) -> None:
        look(folder, *more)
        if folder == str(place.source) and not drive.exists():
            place.source.rename(drive)
            place.source.mkdir()

    monkeypatch.setattr(snapshot, "_look", leaving)
    engine = place.engine()
    with pytest.raises(Waiting) as told:
        engine.plan()
    assert told.value.code == "sourceEmpty"
    engine.close()


def test_a_source_that_leaves_just_before_single_emotes_are_looked_for_loses_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new file is compared once more, and then nothing of it is found."""
    some, drive = Planning.some, place.source.with_name("drive")

    def leaving(planning: Planning, keys: Sequence[str], maybe_gone: Sequence[str]) -> list[Action]:
        if not drive.exists():
            place.source.rename(drive)
            place.source.mkdir()
        return some(planning, keys, maybe_gone)

    monkeypatch.setattr(Planning, "some", leaving)
    for name in "abcd":
        place.export(f"{name}.glb", name)
    with running(place) as supervisor:
        until(lambda: supervisor.target(place.target.id).state == "waiting")
        assert present(supervisor.target(place.target.id).error).code == "sourceEmpty"
        assert len(place.files()) == 4


def test_the_bone_map_comes_back_with_a_folder_that_was_gone(place: Place) -> None:
    (place.source / "a.glb").write_bytes(emotes.wave_glb(1))
    engine = place.engine()
    engine.apply(engine.plan())
    (bone_map,) = (place.emotes / "rigs").glob("*.tres")
    shutil.rmtree(place.emotes)
    with pytest.raises(Waiting) as told:
        engine.plan()
    assert told.value.code == "folderGone" and "Bring the emotes back" in told.value.next_step
    engine.restore_all()
    assert (place.emotes / "a.glb").exists() and bone_map.exists()
    engine.close()


def test_deleting_them_one_by_one_is_followed_to_the_last(place: Place) -> None:
    for name in "abcd":
        place.export(f"{name}.glb", name)
    with running(place):
        until(lambda: len(place.files()) == 4)
        for name in "abcd":
            place.delete(f"{name}.glb")
            until(lambda name=name: f"{name}.glb" not in place.files())  # type: ignore[misc]


def test_an_emptied_source_is_followed_when_a_person_says_so(place: Place) -> None:
    for name in "abcd":
        place.export(f"{name}.glb", name)
    place.sync()
    for name in "abcd":
        (place.source / f"{name}.glb").unlink()
    engine = place.engine()
    with pytest.raises(Waiting):
        engine.plan()
    engine.apply(engine.plan(accept_empty=True))
    assert place.files() == {}


def test_a_source_emptied_on_purpose_is_followed_from_the_command_line(
    tmp_path: Path, kinetix_sync: Callable[..., Result]
) -> None:
    place = Place(tmp_path)
    for name in "abcd":
        (place.source / f"{name}.glb").write_bytes(emotes.wave_glb(1))
    assert kinetix_sync("run").exit_code == 0
    assert len(list(place.emotes.glob("*.glb"))) == 4
    place.source.rename(tmp_path / "drive")
    place.source.mkdir()
    assert getattr(kinetix_sync("run").exception, "code", "") == "sourceEmpty"
    assert len(list(place.emotes.glob("*.glb"))) == 4
    assert kinetix_sync("run", "--accept-empty").exit_code == 0
    assert not list(place.emotes.glob("*.glb"))


_VICTIM = """
import psutil, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.godot.sync.place import Place
place = Place.at(Path(sys.argv[1]))
left = int(sys.argv[2])
def step(name):
    global left
    left -= 1
    if left < 0:
        psutil.Process().kill()
engine = place.engine(step=step)
engine.apply(engine.plan())
print("done")
"""


@pytest.mark.parametrize(
    "steps", [step if step % 3 == 0 else pytest.param(step, marks=pytest.mark.nightly) for step in range(24)]
)
def test_kill_9_in_the_middle_of_an_apply(place: Place, steps: int) -> None:
    """Kill the process that applies a change of every kind after so many steps; a second one finishes the work."""
    for name in ("update", "rename", "remove", "edited", "conflict"):
        place.export(f"{name}.glb", name)
    place.sync()
    place.sync()
    place.export("add.glb", "new")
    place.export("update.glb", "newer")
    (place.source / "rename.glb").rename(place.source / "renamed.glb")
    (place.source / "remove.glb").unlink()
    place.edit("edited.glb", "mine")
    place.edit("conflict.glb", "mine too")
    place.export("conflict.glb", "theirs")
    script = _VICTIM.format(root=str(tools.ROOT))
    ended = subprocess.run(
        [sys.executable, "-c", script, str(place.project.parent), str(steps)],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=LIMIT_S,
    )
    assert ended.returncode in {0, 15 if os.name == "nt" else -9}, ended.stderr.decode()
    for path in place.emotes.glob("*.glb"):
        text_of(path)  # every file under a final name is whole
    place.sync()
    place.sync()
    assert place.files() == {
        "add.glb": "new", "update.glb": "newer", "renamed.glb": "rename", "edited.glb": "mine",
        "conflict.glb": "mine too", "conflict.theirs.glb": "theirs",
    }  # fmt: skip
    place.tidy()
    assert not place.leftovers()
    assert place.sync() == []
