"""Faults around the hub, one row each: full and read-only disks, a missing or rude service, jumping clocks."""

from __future__ import annotations

import functools
import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.protocol.hub.enumerations import FileKind, JobState
from kinetix_core.values.errors import KinetixError
from kinetix_hub.hub import Hub
from kinetix_hub.jobs.rhythm import back_off
from tests.hub.double import Double, create, delivered, glb, hub_with, temporary, wait_state
from tests.support.present import present
from tests.support.waiting import LIMIT_S, until


class Impatient:
    """No waiting between tries; what would have been waited is noted."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, float | None]] = []

    def __call__(self, failures: int, wanted: float | None, jitter: float) -> float:
        self.asked.append((failures, wanted))
        assert back_off(failures, wanted, jitter) > 0
        return 0.001


def test_a_service_that_is_down_for_an_hour(tmp_path: Path) -> None:
    """At the real rhythm 90 failures in a row take longer than an hour."""
    double = Double(fail={"process": [temporary()] * 90})
    impatient = Impatient()
    with hub_with(double, tmp_path / "home", back_off=impatient) as hub:
        job = wait_state(hub, create(hub))
        assert job.state == "delivered" and job.error is None
    assert [failures for failures, _ in impatient.asked] == list(range(1, 91))
    assert len(double.uploads) == 1


def test_a_storm_of_429_is_waited_out_as_asked(tmp_path: Path) -> None:
    storm: list[Exception | None] = [temporary("Too many requests.", retry_after=7.0) for _ in range(40)]
    double = Double(fail={"new_token": storm[:20], "emote": storm[20:]})
    impatient = Impatient()
    with hub_with(double, tmp_path / "home", back_off=impatient) as hub:
        assert wait_state(hub, create(hub)).state == "delivered"
    assert {wanted for _, wanted in impatient.asked} == {7.0}


def test_an_expired_file_address_is_asked_for_again(tmp_path: Path) -> None:
    double = Double(fail={"download": [temporary("It expired."), None, temporary("It expired again.")]})
    impatient = Impatient()
    with hub_with(double, tmp_path / "home", back_off=impatient) as hub:
        assert wait_state(hub, create(hub)).state == "delivered"
    assert double.calls.count("emote") >= 3, "the same expired address was tried again"


@pytest.mark.parametrize("jump", [-10 * 365 * 86400.0, -3600.0, 3600.0, 10 * 365 * 86400.0])
def test_the_clock_jumps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump: float) -> None:
    real, shift = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: real() + shift[0])
    double = Double(looks=3)
    with hub_with(double, tmp_path / "home") as hub:
        before = create(hub, "Before")
        wait_state(hub, before, "processing", "delivered")
        shift[0] = jump
        after = create(hub, "After")
        for job in (before, after):
            done = wait_state(hub, job)
            assert done.state == "delivered" and done.elapsed_s >= 0
        assert len(hub.store.search()) == 2 and len(hub.all_emotes()) == 2
    assert len(double.uploads) == 2


def _break(owner: Any, name: str) -> None:
    """The next call fails as on a full disk, the ones after it work."""
    real = getattr(owner, name)

    def fail(*args: Any, **rest: Any) -> Any:
        setattr(owner, name, real)
        raise OSError(28, "No space left on device", "/home/somebody/library")

    setattr(owner, name, fail)


@pytest.mark.parametrize("write", ["the download", "originals.keep", "_free_folder", "index.save"])
def test_the_disk_is_full_at(double: Double, hub: Hub, write: str) -> None:
    if write == "the download":
        double.fail = {"download": [OSError(28, "No space left on device")]}
    else:
        *owner, name = write.split(".")
        _break(functools.reduce(getattr, owner, hub.library), name)
    job = create(hub)
    failed = wait_state(hub, job)
    assert present(failed.error).code == "diskFull"
    until(lambda: not hub.library.incoming.exists() or not list(hub.library.incoming.iterdir()))
    # Space was made: the same job goes on, and nothing was half-done.
    hub.commands.retry(job)
    wait_state(hub, job, "delivered")
    (emote,) = hub.all_emotes()
    assert Path(emote.files[FileKind.GLB]).read_bytes() == glb(1)
    folders = [path for path in hub.library.root.iterdir() if not path.name.startswith(".")]
    assert len(folders) == 1
    assert len(double.uploads) == 1


@pytest.mark.parametrize("change", [("rename", "Another name"), ("delete",), ("restore",)])
def test_a_disk_that_refuses_the_index_leaves_the_emote_as_it_was(hub: Hub, change: tuple[str, ...]) -> None:
    emote = delivered(hub, "Wave")
    name, *given = change
    if name == "restore":
        hub.library.delete(emote.id)

    def lies_there() -> dict[Path, bytes]:
        folders = [path for path in hub.library.root.iterdir() if path != hub.library.incoming]
        return {path: path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()}

    before, seen, number = lies_there(), hub.library.index.find(emote.id), hub.events.seq
    _break(hub.library.index, "save")
    with pytest.raises(OSError, match="No space"):
        getattr(hub.library, name)(emote.id, *given)
    assert lies_there() == before and hub.library.index.find(emote.id) == seen
    told = hub.events.since(hub.events.start_id, number).events
    assert not [event for event in told if event.type.startswith("emote")], "nothing was done"
    getattr(hub.library, name)(emote.id, *given)
    after = present(hub.library.index.find(emote.id))
    assert (hub.library.root / after.folder / after.files[FileKind.GLB]).read_bytes() == glb(1)


def test_a_disk_that_refuses_the_index_keeps_nobody_from_reading(hub: Hub) -> None:
    emote = delivered(hub, "Wave")
    with hub.library.editing(emote.id) as known:
        known.used = 0.0
    _break(hub.library.index, "save")
    assert present(hub.library.file(emote.id, FileKind.GLB)).read_bytes() == glb(1)


def test_a_disk_that_refuses_the_index_leaves_no_file_that_it_does_not_know(double: Double, hub: Hub) -> None:
    emote = delivered(hub, "Wave")
    with hub.library.editing(emote.id) as known:
        Path(emote.files[FileKind.THUMBNAIL]).unlink()
        del known.files[FileKind.THUMBNAIL]
    before = sorted(Path(emote.folder).iterdir())
    _break(hub.library.index, "save")
    with pytest.raises(OSError, match="No space"):
        hub.library.fetch_kind(double, emote.id, FileKind.THUMBNAIL)
    assert sorted(Path(emote.folder).iterdir()) == before
    assert str(hub.library.fetch_kind(double, emote.id, FileKind.THUMBNAIL)) == emote.files[FileKind.THUMBNAIL]


@pytest.mark.posix_only(reason="Windows has no limit on a file's size")
def test_the_database_cannot_be_written(tmp_path: Path) -> None:
    """A limit on file size is as good as a full disk, and SQLite meets it for real."""
    script = """
import resource, sys
from pathlib import Path
from tests.support.waiting import until
from tests.hub.double import Double, clip_in, create, hub_with, wait_state
home = Path(sys.argv[1])
double = Double(looks=10**9)
import signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with hub_with(double, home / "home") as hub:
    job = create(hub)
    wait_state(hub, job, "processing")
    hub.database._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    double.looks = 0
    asked = double.calls.count("process")
    until(lambda: double.calls.count("process") >= asked + 3)
    assert hub.store.public(job).state == "processing", hub.store.public(job)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    done = wait_state(hub, job, "delivered", "failed")
    assert done.state == "delivered", done
    assert hub.database.check() == "ok"
assert len(double.uploads) == 1
print("held")
"""
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        check=False,
    )
    assert done.stdout.strip() == "held", done.stdout + done.stderr


def test_a_library_that_cannot_be_written(hub: Hub, tmp_path: Path) -> None:
    """Root may write everywhere, so the refusal is a file where a folder should be; others meet a read-only folder."""
    library = tmp_path / "home" / "library"
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        library.write_text("in the way", encoding="utf-8")
    else:
        library.mkdir()
        library.chmod(stat.S_IRUSR | stat.S_IXUSR)
    job = create(hub)
    failed = wait_state(hub, job)
    assert failed.state == "failed" and present(failed.error).code in {"notWritable", "system"}
    assert present(failed.error).next_step and str(Path.home()) not in str(failed.error)
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        library.unlink()
    else:
        library.chmod(stat.S_IRWXU)
    hub.commands.retry(job)
    wait_state(hub, job, "delivered")


def test_a_command_that_comes_too_late_changes_nothing(hub: Hub) -> None:
    job = wait_state(hub, create(hub), "delivered").id
    for command in (hub.commands.cancel, hub.commands.retry, hub.commands.validate):
        with pytest.raises(KinetixError):
            command(job)
    assert hub.store.get(job).state is JobState.DELIVERED


def test_a_step_that_breaks_ends_only_its_job(double: Double, hub: Hub) -> None:
    double.fail = {"process": [ZeroDivisionError("a bug")]}
    broken = wait_state(hub, create(hub, "A"))
    assert present(broken.error).code == "internal"
    assert wait_state(hub, create(hub, "B")).state == "delivered"
    hub.commands.retry(broken.id)
    wait_state(hub, broken.id, "delivered")
