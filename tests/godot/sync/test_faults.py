"""Faults of disks and drives, and a process that is killed in the middle."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import Result

from kinetix_godot.target.places import Waiting
from tests.godot import emotes
from tests.godot.sync.place import Place, Running, running, text_of
from tests.support import tools
from tests.support.waiting import LIMIT_S, until

FOUR = {f"{name}.glb": name for name in "abcd"}


def export_four(place: Place) -> None:
    for name, text in FOUR.items():
        place.export(name, text)


def run(*command: str) -> None:
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


@contextmanager
def small_disk(path: Path, size: str = "256k") -> Iterator[None]:
    path.mkdir(parents=True, exist_ok=True)
    run("mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(path))
    try:
        yield
    finally:
        run("umount", "-l", str(path))


def needs_root(test: Callable[..., None]) -> Callable[..., None]:
    """Mark a test that mounts a small disk."""
    is_other = hasattr(os, "geteuid") and os.geteuid() != 0
    pytest.mark.linux_only(reason="mounts a small disk by Linux' means")(test)
    pytest.mark.skipif(is_other, reason="mounts a small disk, which needs root")(test)
    return test


def expect_nothing_written(sync: Running) -> None:
    """Fail if there is an incomplete file. No retry, whose temporary file would count, runs meanwhile."""
    with sync.supervisor.engine(sync.place.target.id).lock:
        assert not list(sync.place.emotes.glob("*.glb")) and not sync.place.leftovers()


@needs_root
@pytest.mark.parametrize(
    ("disk", "size", "room"),
    [("disk", "1m", 100_000), ("disk/project/emotes", "256k", 30_000)],
    ids=["everything", "the emotes"],
)
def test_a_full_disk(tmp_path: Path, disk: str, size: str, room: int) -> None:
    with small_disk(tmp_path / disk, size):
        place = Place(tmp_path / "disk")
        with running(place) as sync:
            sync.until_state("idle")
            status = os.statvfs(place.emotes)
            ballast = place.emotes / "ballast.bin"
            ballast.write_bytes(b"x" * (status.f_bavail * status.f_bsize - room))
            place.export("big.glb", "y" * 60_000)
            sync.until_state("error")
            assert sync.code == "diskFull" and "space" in sync.next_step.lower()
            expect_nothing_written(sync)
            ballast.unlink()
            sync.until_files({"big.glb": "y" * 60_000})
            sync.until_state("idle")


@needs_root
def test_a_read_only_target(place: Place) -> None:
    with small_disk(place.emotes), running(place) as sync:
        run("mount", "-o", "remount,ro", str(place.emotes))
        place.export("a.glb", "one")
        sync.until_state("error")
        assert sync.code == "notWritable"
        run("mount", "-o", "remount,rw", str(place.emotes))
        sync.until_files({"a.glb": "one"})
        assert not place.leftovers()


@pytest.mark.parametrize("is_quick", [True, False], ids=["noticed by a new emote", "noticed before"])
def test_a_target_that_goes_away_and_comes_back(place: Place, is_quick: bool) -> None:
    with running(place) as sync:
        place.export("a.glb", "one")
        sync.until_files({"a.glb": "one"})
        away = place.project.rename(place.project.with_name("away"))
        if not is_quick:
            sync.until_state("waiting")
        place.export("b.glb", "two")
        sync.until_state("waiting")
        assert sync.code == "projectGone" and not place.project.exists()
        place.delete("a.glb")
        away.rename(place.project)
        sync.until_files({"b.glb": "two"})
        sync.until_state("idle")


def test_an_empty_mount_point_is_not_the_deletion_of_everything(place: Place) -> None:
    export_four(place)
    with running(place) as sync:
        sync.until_files(FOUR)
        away = place.exchange_source()
        until(lambda: sync.code == "sourceEmpty")  # a check in between may have found no folder at all
        time.sleep(0.5)
        assert sync.code == "sourceEmpty" and "“I emptied the folder”" in sync.next_step
        assert place.files() == FOUR
        place.source.rmdir()
        away.rename(place.source)
        place.export("e.glb", "e")
        sync.until_files({**FOUR, "e.glb": "e"})


def test_a_source_that_leaves_while_it_is_read_loses_nothing(
    place: Place, before_reading: Callable[[Path, Callable[[], object]], None]
) -> None:
    """Half of it was listed: so few that are missing would count as deleted by a person."""
    for name in ("a", "b", "sub/c"):
        place.export(f"{name}.glb")
    place.sync()
    before_reading(place.source / "sub", place.exchange_source)
    engine = place.engine()
    with pytest.raises(Waiting) as caught:
        engine.plan()
    assert caught.value.code == "sourceEmpty"
    engine.close()


def test_the_bone_map_comes_back_with_a_folder_that_was_gone(place: Place) -> None:
    (place.source / "a.glb").write_bytes(emotes.wave_glb(1))
    engine = place.synced()
    (bone_map,) = (place.emotes / "rigs").glob("*.tres")
    shutil.rmtree(place.emotes)
    with pytest.raises(Waiting) as caught:
        engine.plan()
    assert caught.value.code == "folderGone" and "Bring the emotes back" in caught.value.next_step
    engine.restore_all()
    assert (place.emotes / "a.glb").exists() and bone_map.exists()
    engine.close()


def test_deleting_them_one_by_one_is_followed_to_the_last(place: Place) -> None:
    export_four(place)
    left = dict(FOUR)
    with running(place) as sync:
        sync.until_files(left)
        for name in FOUR:
            place.delete(name)
            del left[name]
            sync.until_files(left)


def test_a_source_emptied_on_purpose_is_followed_from_the_command_line(
    place: Place, kinetix_sync: Callable[..., Result]
) -> None:
    for name in FOUR:
        (place.source / name).write_bytes(emotes.wave_glb(1))
    assert kinetix_sync("run").exit_code == 0
    place.exchange_source()
    assert getattr(kinetix_sync("run").exception, "code", "") == "sourceEmpty"
    assert {path.name for path in place.emotes.glob("*.glb")} == set(FOUR)
    assert kinetix_sync("run", "--accept-empty").exit_code == 0
    assert not list(place.emotes.glob("*.glb"))


_VICTIM = """
import psutil, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from kinetix_godot.run.supervisor import open_engine
from kinetix_godot.target.registry import Registry
from tests.godot.sync.place import check_container
left = int(sys.argv[2])
def step(name):
    global left
    left -= 1
    if left < 0:
        psutil.Process().kill()
registry = Registry(Path(sys.argv[1]))
engine = open_engine(registry.load()[0], registry, list, check_container, step)
engine.apply(engine.plan())
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
        [sys.executable, "-c", script, str(place.registry.folder.parent), str(steps)],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=LIMIT_S,
    )
    assert ended.returncode in {0, 15 if os.name == "nt" else -9}, ended.stderr.decode()
    for path in place.emotes.glob("*.glb"):
        text_of(path)  # every file under a final name is complete
    place.sync()
    place.sync()
    assert place.files() == {
        "add.glb": "new", "update.glb": "newer", "renamed.glb": "rename", "edited.glb": "mine",
        "conflict.glb": "mine too", "conflict.theirs.glb": "theirs",
    }  # fmt: skip
    place.engine().close()
    assert not place.leftovers()
    assert place.sync() == []
