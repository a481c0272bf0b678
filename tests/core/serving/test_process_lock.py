"""One holder at a time, no stale lock after a kill, and no lock that another user could hold."""

from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from kinetix_core.serving.process_lock import ProcessLock

_HOLDER = """
import sys
from pathlib import Path
from kinetix_core.serving.process_lock import ProcessLock
lock = ProcessLock(Path(sys.argv[1]))
print(lock.take(), flush=True)
sys.stdin.read()
"""


@pytest.mark.quick
def test_one_holder_at_a_time(tmp_path: Path) -> None:
    first, second = ProcessLock(tmp_path / "l"), ProcessLock(tmp_path / "l")
    assert first.take() and not second.take()
    assert first.take(), "kept"
    with second.probe() as free:
        assert not free
    first.release()
    with second.probe() as free:
        assert free and not first.take()
    assert first.take()
    with first.probe() as free:
        assert free
    assert first.holder() is None and not second.take(), "a look lets nobody else in"
    first.release()
    first.release()


@pytest.mark.quick
def test_a_program_that_starts_waits_for_one_that_only_looks(tmp_path: Path) -> None:
    """A front end looks whether the hub runs: a hub that begins at this moment must not take it for another hub."""
    holder, lock = ProcessLock(tmp_path / "l"), ProcessLock(tmp_path / "l")
    with ThreadPoolExecutor(1) as threads:
        with holder.probe() as free:
            assert free
            taken = threads.submit(lock.take)
            assert not wait([taken], 0.1).done, "it would have gone by now"
        assert taken.result()
    lock.release()


def test_the_system_frees_it_when_its_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "l"
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )
    with holder:
        assert holder.stdout and holder.stdout.readline() == "True\n"
        lock = ProcessLock(path)
        assert not lock.take() and lock.holder() == holder.pid
        holder.kill()
        holder.wait()
        assert lock.holder() is None and lock.take() and lock.holder() is None
        lock.release()


@pytest.mark.quick
@pytest.mark.posix_only(reason="mode bits are POSIX's")
def test_a_lock_file_that_others_can_read_is_made_private(tmp_path: Path) -> None:
    """Whoever can open a file can lock it, if only for reading."""
    path = tmp_path / "l"
    path.touch()
    path.chmod(0o644)
    lock = ProcessLock(path)
    assert lock.take()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lock.release()
