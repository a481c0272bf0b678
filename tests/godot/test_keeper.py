"""The running loop: events, bursts, faults of disks and drives, and a process that is killed in the middle."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from kinetix_core import paths
from kinetix_godot import commands, inotify, watch
from kinetix_godot import follower as follower_module
from kinetix_godot.keeper import Keeper
from kinetix_godot.lock import Ownership, only_one
from kinetix_godot.places import Waiting
from kinetix_godot.settings import Registry
from kinetix_godot.spares import Spares
from tests.godot import emotes
from tests.godot.conftest import Place, check_container, text_of, tiny_glb
from tests.support import tools


@contextmanager
def running(place: Place, events: list[dict[str, Any]] | None = None) -> Iterator[Keeper]:
    seen = [] if events is None else events
    keeper = place.keeper(lambda kind, data: seen.append(data))
    keeper.start()
    try:
        until(lambda: keeper.target(place.target.id)["state"] != "syncing")
        yield keeper
    finally:
        keeper.stop()


def until(condition: Callable[[], bool], seconds: float = 10.0) -> float:
    """Waits; returns how long it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "it did not come"
        time.sleep(0.002)
    return time.monotonic() - started


def test_files_that_are_moved_in_written_renamed_and_deleted(place: Place) -> None:
    with running(place):
        place.export("a.glb", "one")
        (place.source / "b.glb").write_bytes(tiny_glb("two"))
        place.export("new/deep/c.glb", "three")
        until(lambda: place.files() == {"a.glb": "one", "b.glb": "two", "new/deep/c.glb": "three"})
        (place.emotes / "a.glb.import").write_text("uid", encoding="utf-8")
        (place.source / "a.glb").rename(place.source / "z.glb")
        until(lambda: "z.glb" in place.files() and "a.glb" not in place.files())
        assert (place.emotes / "z.glb.import").read_text(encoding="utf-8") == "uid"
        (place.source / "b.glb").unlink()
        until(lambda: "b.glb" not in place.files())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_what_is_called_like_an_emote_and_is_no_file_is_left_alone(place: Place, tmp_path: Path) -> None:
    with running(place) as keeper:
        os.mkfifo(tmp_path / "pipe")
        (tmp_path / "pipe").rename(place.source / "pipe.glb")
        (tmp_path / "link.glb").symlink_to(tmp_path / "nowhere")
        (tmp_path / "link.glb").rename(place.source / "link.glb")
        (place.source / "folder.glb").mkdir()
        place.export("a.glb", "one")
        until(lambda: place.files() == {"a.glb": "one"})
        until(lambda: keeper.target(place.target.id)["state"] == "idle")
        assert keeper.target(place.target.id)["counts"]["waiting"] == 0
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
    assert not short and not place.spares()


def test_in_a_burst_files_are_made_while_others_are_taken(place: Place) -> None:
    spares = Spares(place.project / ".godot", "target")
    with spares.making(5):
        assert spares.take() is None, "nobody has asked for them"
    spares.refill()
    taken: set[str] = set()
    with spares.making(100):
        until(lambda: len(place.spares()) == 1 + 32)  # no more lie ready than that
        while len(taken) < 102:
            if path := spares.take():
                taken.add(path)
        time.sleep(0.01)
        assert spares.take() is None, "more than were asked for"
    assert {str(path) for path in place.spares()} == taken | {str(place.project / ".godot/kinetix")}
    for path in taken:
        Path(path).unlink()
    with spares.making(100):
        until(lambda: len(place.spares()) == 1 + 32)
        shutil.rmtree(place.project / ".godot")
        assert spares.take() and spares.take()  # only their names
        until(lambda: "kinetix-spares" not in {thread.name for thread in threading.enumerate()})


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
            (place.source / f"old/{name}").rename(place.source / f"new/{name}")
        until(lambda: set(place.files()) == {f"new/{name}" for name in names})
    for name in names:
        assert (place.emotes / f"new/{name}.import").read_text(encoding="utf-8") == f"uid of {name}"


def test_own_writes_are_not_taken_for_the_users(place: Place) -> None:
    events: list[dict[str, Any]] = []
    with running(place, events) as keeper:
        for number in range(5):
            place.export("a.glb", f"{number}")
            until(lambda number=number: place.files().get("a.glb") == str(number))  # type: ignore[misc]
        time.sleep(0.3)
        before = len(events)
        time.sleep(0.5)
        assert len(events) == before, "the loop talks to itself"
        assert keeper.target(place.target.id)["counts"] == {
            "synced": 1, "conflicts": 0, "deleted": 0, "edited": 0, "waiting": 0,
        }  # fmt: skip
    assert any(event.get("changed") == ["emotes/a.glb"] for event in events)


def test_a_file_that_must_not_enter_is_told_at_once_and_taken_back(place: Place) -> None:
    events: list[dict[str, Any]] = []
    with running(place, events) as keeper:
        (place.source / "a.glb").write_bytes(b"<html>not a model</html>")
        until(lambda: bool(events) and [p["file"] for p in events[-1]["problems"]] == ["a.glb"])
        place.export("a.glb", "one")
        until(lambda: not events[-1]["problems"] and place.files() == {"a.glb": "one"})
        (place.source / "b.glb").write_bytes(tiny_glb("two")[:-4])
        until(lambda: events[-1]["counts"]["waiting"] == 1)
        (place.source / "b.glb").unlink()
        until(lambda: events[-1]["counts"]["waiting"] == 0)
        (place.source / "c.glb").write_bytes(b"<html>not a model</html>")
        until(lambda: len(events[-1]["problems"]) == 1)
        (place.source / "c.glb").unlink()
        until(lambda: not events[-1]["problems"])
        assert keeper.target(place.target.id)["state"] == "idle"


def test_what_an_emote_would_wait_for_is_done_before_and_nothing_of_it_is_left(place: Place) -> None:
    with running(place):
        place.export("a.glb", "one")
        until(lambda: place.files() == {"a.glb": "one"})
        until(lambda: len(place.spares()) == 3)  # a folder and two files
        ready = [path for path in place.spares() if path.is_file()]
        inodes = {path.stat().st_ino for path in ready}
        place.export("b.glb", "two")
        until(lambda: "b.glb" in place.files())
        assert {path.stat().st_ino for path in place.emotes.glob("b.glb*")} == inodes
        until(lambda: len(place.spares()) == 3)
        assert {path.stat().st_size for path in place.spares() if path.is_file()} == {0}
        shutil.rmtree(place.project / ".godot")  # as people do to have all imported anew
        for name in "cd":
            place.export(f"{name}.glb", name)
            until(lambda name=name: f"{name}.glb" in place.files())  # type: ignore[misc]
        assert not (place.project / ".godot").exists()
        (place.project / ".godot").mkdir()
        place.export("e.glb", "e")
        until(lambda: len(place.spares()) == 3)
    assert not place.spares()


def test_a_target_on_another_drive_than_its_project(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = os.rename

    def only_within_the_target(old: str, new: str) -> None:
        if ".godot" in old:
            raise OSError(errno.EXDEV, "Invalid cross-device link", old)
        rename(old, new)

    monkeypatch.setattr(os, "rename", only_within_the_target)
    engine = place.engine()
    engine.make_ready()
    assert place.spares()
    place.export("a.glb", "one")
    place.export("b.glb", "two")
    engine.apply(engine.plan())
    assert place.files() == {"a.glb": "one", "b.glb": "two"}
    assert len(list(place.emotes.glob("*.import"))) == 2
    engine.close()
    assert not place.spares() and not place.leftovers()


def test_what_the_user_does_in_the_project_is_noticed_at_once(place: Place) -> None:
    place.export("a.glb", "one")
    place.export("b.glb", "one")
    with running(place) as keeper:
        until(lambda: len(place.files()) == 2)
        (place.emotes / "a.glb").unlink()
        until(lambda: keeper.target(place.target.id)["deleted"] == ["a.glb"])
        place.edit("b.glb", "mine")
        until(lambda: keeper.target(place.target.id)["counts"]["edited"] == 1)
        place.export("b.glb", "two")
        until(lambda: bool(keeper.target(place.target.id)["conflicts"]))
    assert place.files() == {"b.glb": "mine", "b.theirs.glb": "two"}


def test_polling_where_there_are_no_events_and_it_says_so(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: inotify.Inotify, path: str, folder: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(inotify.Inotify, "add", refuse)
    monkeypatch.setattr(watch, "_POLL_S", 0.05)
    with running(place) as keeper:
        place.export("a.glb", "one")
        until(lambda: place.files() == {"a.glb": "one"})
        told = keeper.target(place.target.id)
    assert told["watching"] == "polling"
    assert "max_user_watches" in told["watchingReason"]


def test_a_network_drive_is_polled_and_that_is_said(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "file_system", lambda path: "cifs" if path == place.source else "ext4")
    monkeypatch.setattr(watch, "_POLL_S", 0.05)
    with running(place) as keeper:
        place.export("a.glb", "one")
        until(lambda: place.files() == {"a.glb": "one"})
        told = keeper.target(place.target.id)
    assert told["watching"] == "polling" and "cifs" in told["watchingReason"]


def test_the_slow_beat_finds_what_no_event_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inotify.Inotify, "read", lambda self: os.read(self.fileno(), 65536) and [])
    monkeypatch.setattr(follower_module, "_BEAT_S", 0.1)
    monkeypatch.setattr(follower_module, "_BEAT_COST", 0.0)
    with running(place):
        place.export("a.glb", "one")
        until(lambda: place.files() == {"a.glb": "one"})
        place.export("a.glb", "two")
        until(lambda: place.files() == {"a.glb": "two"})


def test_watchdog_where_there_is_no_inotify(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inotify, "is_supported", lambda: False)
    with running(place) as keeper:
        assert keeper.target(place.target.id)["watching"] == "events"
        place.export("a.glb", "one")
        until(lambda: place.files() == {"a.glb": "one"})
        (place.source / "a.glb").unlink()
        until(lambda: place.files() == {})


def test_lost_events_lead_to_a_full_comparison(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    real = inotify.Inotify.read

    def lose(self: inotify.Inotify) -> list[tuple[str, str, int]]:
        return [("", "", inotify.LOST)] if real(self) else []

    monkeypatch.setattr(inotify.Inotify, "read", lose)
    with running(place):
        place.export("a.glb", "one")
        until(lambda: place.files() == {"a.glb": "one"})


# ---- faults


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


def cured(condition: Callable[[], bool], fault: str) -> None:
    """The sync goes on by itself within 1 s; half a second more is allowed to a busy machine."""
    seconds = until(condition)
    print(f"{fault}: recovered {seconds:.2f} s after the cure")
    assert seconds < 1.5


needs_root = pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="mounts a small disk, which needs root")


@needs_root
def test_a_full_disk(place: Place) -> None:
    with small_disk(place.emotes), running(place) as keeper:
        ballast = place.emotes / "ballast.bin"
        ballast.write_bytes(b"x" * 230_000)
        place.export("big.glb", "y" * 60_000)
        until(lambda: keeper.target(place.target.id)["state"] == "error")
        told = keeper.target(place.target.id)["error"]
        assert "space" in told["title"].lower()
        assert "space" in told["nextStep"].lower()
        assert not list(place.emotes.glob("*.glb")), "a broken file"
        assert not place.leftovers()
        ballast.unlink()
        cured(lambda: (place.emotes / "big.glb").exists(), "full disk")
        until(lambda: keeper.target(place.target.id)["state"] == "idle")
        assert text_of(place.emotes / "big.glb") == "y" * 60_000


@needs_root
def test_a_full_disk_that_holds_all(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "1m"):
        place = Place(tmp_path / "disk")
        with running(place) as keeper:
            until(lambda: len(place.spares()) == 3)
            ballast = place.project / "ballast.bin"
            status = os.statvfs(place.project)
            ballast.write_bytes(b"x" * (status.f_bavail * status.f_bsize - 100_000))
            place.export("big.glb", "y" * 60_000)
            until(lambda: keeper.target(place.target.id)["state"] == "error")
            assert not list(place.emotes.glob("*.glb")) and not place.leftovers()
            assert all(path.stat().st_size == 0 for path in place.spares() if path.is_file())
            ballast.unlink()
            cured(lambda: place.files() == {"big.glb": "y" * 60_000}, "full disk")
            until(lambda: keeper.target(place.target.id)["state"] == "idle")
        assert not place.spares()


@needs_root
def test_a_read_only_target(place: Place) -> None:
    with small_disk(place.emotes), running(place) as keeper:
        subprocess.run(["mount", "-o", "remount,ro", str(place.emotes)], check=True, stdin=subprocess.DEVNULL)
        place.export("a.glb", "one")
        until(lambda: keeper.target(place.target.id)["state"] == "error")
        assert "writable" in keeper.target(place.target.id)["error"]["nextStep"]
        subprocess.run(["mount", "-o", "remount,rw", str(place.emotes)], check=True, stdin=subprocess.DEVNULL)
        cured((place.emotes / "a.glb").exists, "read-only target")
        assert not place.leftovers()


def test_a_target_that_goes_away_and_comes_back(place: Place) -> None:
    with running(place) as keeper:
        place.export("a.glb", "one")
        until(lambda: place.files() == {"a.glb": "one"})
        away = place.project.with_name("away")
        place.project.rename(away)
        until(lambda: keeper.target(place.target.id)["state"] == "waiting")
        place.export("b.glb", "two")
        (place.source / "a.glb").unlink()
        away.rename(place.project)
        cured(lambda: place.files() == {"b.glb": "two"}, "target away")
        until(lambda: keeper.target(place.target.id)["state"] == "idle")


def test_a_new_emote_notices_that_the_target_is_away(place: Place) -> None:
    with running(place) as keeper:
        place.export("a.glb", "one")
        until(lambda: place.files() == {"a.glb": "one"})
        away = place.project.with_name("away")
        place.project.rename(away)
        place.export("b.glb", "two")
        until(lambda: keeper.target(place.target.id)["state"] == "waiting")
        assert keeper.target(place.target.id)["error"]["code"] == "projectGone"
        assert not place.project.exists()
        away.rename(place.project)
        cured(lambda: place.files() == {"a.glb": "one", "b.glb": "two"}, "target away")


def test_an_empty_mount_point_is_not_the_deletion_of_everything(place: Place) -> None:
    for name in "abcd":
        place.export(f"{name}.glb", name)
    with running(place) as keeper:
        until(lambda: len(place.files()) == 4)
        away = place.source.with_name("drive")
        place.source.rename(away)
        place.source.mkdir()  # what is left when the drive is gone
        until(lambda: keeper.target(place.target.id)["state"] == "waiting")
        time.sleep(0.5)
        told = keeper.target(place.target.id)["error"]
        assert told["code"] == "sourceEmpty" and "--accept-empty" in told["nextStep"]
        assert len(place.files()) == 4
        place.source.rmdir()
        away.rename(place.source)
        place.export("e.glb", "e")
        cured(lambda: len(place.files()) == 5, "drive away")


def test_deleting_them_one_by_one_is_followed_to_the_last(place: Place) -> None:
    for name in "abcd":
        place.export(f"{name}.glb", name)
    with running(place):
        until(lambda: len(place.files()) == 4)
        for name in "abcd":
            (place.source / f"{name}.glb").unlink()
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


def test_the_hub_waits_for_a_sync_outside_and_then_has_the_targets_to_itself(place: Place) -> None:
    folder = place.registry.folder
    keeper = Keeper(place.registry, list, lambda kind, data: None, check_container, Ownership(folder))
    with only_one(folder):
        keeper.start()
        try:
            until(lambda: keeper.target(place.target.id)["state"] == "waiting")
            place.export("a.glb", "one")
            time.sleep(0.3)
            assert place.files() == {}
            with pytest.raises(Waiting):
                keeper.engine(place.target.id)
        except BaseException:
            keeper.stop()
            raise
    try:
        cured(lambda: place.files() == {"a.glb": "one"}, "target taken")
        with pytest.raises(Waiting), only_one(folder):
            pass
    finally:
        keeper.stop()
    with only_one(folder):
        pass


def test_a_source_emptied_on_purpose_is_followed_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path / "home"))
    place = Place(tmp_path)
    files = [place.source / f"{name}.glb" for name in "abcd"]
    for file in files:
        file.write_bytes(emotes.wave_glb(1))
    run = lambda *more: CliRunner().invoke(commands.sync, ["run", *more])  # noqa: E731
    assert run().exit_code == 0
    assert len(list(place.emotes.glob("*.glb"))) == 4
    for file in files:
        file.unlink()
    assert isinstance(run().exception, Waiting)
    assert len(list(place.emotes.glob("*.glb"))) == 4
    assert run("--accept-empty").exit_code == 0
    assert not list(place.emotes.glob("*.glb"))


def test_the_command_line_leaves_a_taken_target_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that has the targets but does not answer is still their owner."""
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path / "home"))
    place = Place(tmp_path)
    place.export("a.glb", "one")
    with only_one(Registry(paths.home()).folder):
        for arguments in (["run"], ["resolve", place.target.id, "a.glb", "mine"], ["remove", place.target.id]):
            ended = CliRunner().invoke(commands.sync, arguments)
            assert isinstance(ended.exception, Waiting), ended.output
    assert place.files() == {}
    assert place.registry.load(), "still a target"


_VICTIM = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.godot.conftest import Place
place = Place.at(Path(sys.argv[1]))
left = int(sys.argv[2])
def step(name):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
engine = place.engine(step=step)
engine.make_ready()
engine.apply(engine.plan())
print("done")
"""


@pytest.mark.parametrize("steps", range(0, 24, 3))
def test_kill_9_in_the_middle_of_an_apply(place: Place, steps: int) -> None:
    """A change of every kind is applied by a process that is killed after so many steps; a second one finishes the work."""
    _kill_after(place, steps)


@pytest.mark.nightly
@pytest.mark.parametrize("steps", range(24))
def test_kill_9_at_every_step(place: Place, steps: int) -> None:
    _kill_after(place, steps)


def _kill_after(place: Place, steps: int) -> None:
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
        timeout=60,
    )
    assert ended.returncode in {0, -9}, ended.stderr.decode()
    for path in place.emotes.glob("*.glb"):
        text_of(path)  # every file under a final name is whole
    place.sync()
    place.sync()
    assert place.files() == {
        "add.glb": "new", "update.glb": "newer", "renamed.glb": "rename", "edited.glb": "mine",
        "conflict.glb": "mine too", "conflict.theirs.glb": "theirs",
    }  # fmt: skip
    assert not place.leftovers() and not place.spares()
    assert place.sync() == []


def test_the_slow_beat_costs_little() -> None:
    assert 1 / follower_module._BEAT_COST < 0.0002
