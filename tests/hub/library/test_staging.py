"""Files of a job stay in staging until it ends, and belong to one take of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from kinetix_core.protocol.hub import models
from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.values.errors import ErrorKind, KinetixError
from kinetix_core.values.identity import ProcessId
from kinetix_hub.hub import Hub
from tests.hub.double import Double, clip_in, create, glb, hub_with, temporary, wait_state
from tests.support.present import present
from tests.support.waiting import LIMIT_S, until


def _staged(home: Path) -> list[str]:
    return sorted(path.name for path in home.glob("library/.incoming/*"))


def _wait_empty(home: Path) -> None:
    until(lambda: not _staged(home), lambda: f"left lying: {_staged(home)}")


def test_a_job_stopped_in_its_download_keeps_nothing(tmp_path: Path) -> None:
    begun = threading.Event()

    def slow(cancelled: Callable[[], bool]) -> None:
        begun.set()
        until(cancelled)

    with hub_with(Double(during_download=slow), tmp_path / "home") as hub:
        job = create(hub, clip_in(tmp_path))
        assert begun.wait(LIMIT_S) and _staged(hub.home) == [job]
        hub.commands.cancel(job)
        assert wait_state(hub, job).state == "cancelled"
        _wait_empty(hub.home)


def test_a_job_stopped_while_its_service_is_away_keeps_nothing(tmp_path: Path) -> None:
    double = Double(fail={"download": [None, *[temporary(retry_after=600)] * 9]})
    with hub_with(double, tmp_path / "home") as hub:
        job = create(hub, clip_in(tmp_path))
        until(lambda: hub.store.public(job).error)
        assert _staged(hub.home) == [job] and hub.store.public(job).state == "downloading"
        hub.commands.cancel(job)
        assert wait_state(hub, job).state == "cancelled"
        _wait_empty(hub.home)


def test_a_job_that_failed_keeps_nothing_and_a_retry_delivers_it(tmp_path: Path) -> None:
    double = Double(fail={"download": [None, OSError(28, "No space left on device")]})
    with hub_with(double, tmp_path / "home") as hub:
        job = create(hub, clip_in(tmp_path))
        assert present(wait_state(hub, job).error).code == "diskFull"
        _wait_empty(hub.home)
        hub.commands.retry(job)
        assert wait_state(hub, job).state == "delivered"
        _wait_empty(hub.home)
    assert len(double.uploads) == 1


def test_a_take_that_nobody_accepts_keeps_nothing(tmp_path: Path) -> None:
    with hub_with(Double(validation=2), tmp_path / "home") as hub:
        job = create(hub, clip_in(tmp_path))
        wait_state(hub, job, "awaitingDecision")
        hub.commands.cancel(job)
        assert wait_state(hub, job).preview is None, "it names files that are gone"
        _wait_empty(hub.home)


def test_the_preview_of_another_take_is_that_take(tmp_path: Path) -> None:
    with hub_with(Double(validation=2), tmp_path / "home") as hub:
        job = create(hub, clip_in(tmp_path))
        first = wait_state(hub, job, "awaitingDecision")
        assert Path(present(present(first.preview).glb)).read_bytes() == glb(1)
        hub.commands.retake(job, str(clip_in(tmp_path, "again.mp4")), None)
        second = until(lambda: _next_take(hub, job, first.process))
        assert second is not None and Path(present(present(second.preview).glb)).read_bytes() == glb(2)


def _next_take(hub: Hub, job: str, process: ProcessId | None) -> models.Job | None:
    found = hub.store.public(job)
    return found if found.state == "awaitingDecision" and found.process != process else None


def test_a_new_capture_delivers_nothing_of_the_one_before(tmp_path: Path) -> None:
    """The first one's GLB came, its picture did not, and then the service did not know it any more."""
    gone = KinetixError("The service does not know this.", kind=ErrorKind.MISSING, code="broke", next_step="")
    double = Double(fail={"download": [None, gone]})
    with hub_with(double, tmp_path / "home") as hub:
        job = create(hub, clip_in(tmp_path))
        assert present(wait_state(hub, job).error).kind is ErrorKind.MISSING
        hub.commands.retry(job)
        assert wait_state(hub, job).state == "delivered"
        (emote,) = hub.all_emotes()
        assert Path(emote.files[FileKind.GLB]).read_bytes() == glb(2)
    assert len(double.uploads) == 2


def test_a_wish_to_stop_that_came_too_late_does_not_stop_the_retry(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def fail(cancelled: Callable[[], bool]) -> None:
        begun.set()
        assert go_on.wait(LIMIT_S)
        raise KinetixError("It broke.", code="broke", next_step="")

    double = Double(during_download=fail)
    with hub_with(double, tmp_path / "home") as hub:
        job = create(hub, clip_in(tmp_path))
        assert begun.wait(LIMIT_S)
        hub.commands.cancel(job)
        go_on.set()
        assert wait_state(hub, job).state == "failed"
        until(lambda: not hub.runner.busy())
        double.during_download = lambda cancelled: None
        hub.commands.retry(job)
        assert wait_state(hub, job).state == "delivered"
