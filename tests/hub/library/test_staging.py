"""Files of a job stay in staging until it ends, and belong to one take of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.values.errors import ErrorKind, KinetixError
from kinetix_hub.hub import Hub
from tests.hub.double import Double, Stuck, create, glb, temporary, wait_state
from tests.support.present import present
from tests.support.waiting import LIMIT_S, until


def _staged(home: Path) -> list[str]:
    return sorted(path.name for path in home.glob("library/.incoming/*"))


def _wait_empty(home: Path) -> None:
    until(lambda: not _staged(home), lambda: f"left lying: {_staged(home)}")


def test_a_job_stopped_in_its_download_keeps_nothing(double: Double, hub: Hub) -> None:
    double.during_download = stuck = Stuck()
    job = create(hub)
    assert stuck.begun.wait(LIMIT_S) and _staged(hub.home) == [job]
    hub.commands.cancel(job)
    assert wait_state(hub, job).state == "cancelled"
    _wait_empty(hub.home)


def test_a_job_stopped_while_its_service_is_away_keeps_nothing(double: Double, hub: Hub) -> None:
    double.fail = {"download": [None, *[temporary(retry_after=600)] * 9]}
    job = create(hub)
    until(lambda: hub.store.public(job).error)
    assert _staged(hub.home) == [job] and hub.store.public(job).state == "downloading"
    hub.commands.cancel(job)
    assert wait_state(hub, job).state == "cancelled"
    _wait_empty(hub.home)


def test_a_take_that_nobody_accepts_keeps_nothing(double: Double, hub: Hub) -> None:
    double.validation = 2
    job = create(hub)
    wait_state(hub, job, "awaitingDecision")
    hub.commands.cancel(job)
    assert wait_state(hub, job).preview is None, "it names files that are gone"
    _wait_empty(hub.home)


def test_a_new_capture_delivers_nothing_of_the_one_before(double: Double, hub: Hub) -> None:
    """The first one's GLB came, its picture did not, and then the service did not know it any more."""
    gone = KinetixError("The service does not know this.", kind=ErrorKind.MISSING, code="broke", next_step="")
    double.fail = {"download": [None, gone]}
    job = create(hub)
    assert present(wait_state(hub, job).error).kind is ErrorKind.MISSING
    hub.commands.retry(job)
    assert wait_state(hub, job).state == "delivered"
    (emote,) = hub.all_emotes()
    assert Path(emote.files[FileKind.GLB]).read_bytes() == glb(2)
    assert len(double.uploads) == 2


def test_a_wish_to_stop_that_came_too_late_does_not_stop_the_retry(double: Double, hub: Hub) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def fail(cancelled: Callable[[], bool]) -> None:
        begun.set()
        assert go_on.wait(LIMIT_S)
        raise KinetixError("It broke.", code="broke", next_step="")

    double.during_download = fail
    job = create(hub)
    assert begun.wait(LIMIT_S)
    hub.commands.cancel(job)
    go_on.set()
    assert wait_state(hub, job).state == "failed"
    until(lambda: not hub.runner.busy())
    double.during_download = lambda cancelled: None
    hub.commands.retry(job)
    assert wait_state(hub, job).state == "delivered"
