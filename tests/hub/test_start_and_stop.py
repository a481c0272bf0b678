"""What a hub does by itself when it starts, beside a stop and beside what jobs find out meanwhile."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.protocol.hub.enumerations import ConnectionState
from kinetix_core.protocol.hub.models import JobRemoved, RemovedJob
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.identity import JobId
from kinetix_hub.events import Events
from kinetix_hub.hub import Hub
from kinetix_hub.services.local_info import LocalInfo
from tests.hub.double import temporary
from tests.support.waiting import LIMIT_S


class Held:
    """A call that comes back when it is let go."""

    def __init__(self) -> None:
        self.begun, self.let_go = threading.Event(), threading.Event()

    def __call__(self, profiles: object = None) -> None:
        self.begun.set()
        assert self.let_go.wait(LIMIT_S)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    made = Hub(tmp_path / "home", "test")
    made.services.load = lambda context: None  # type: ignore[method-assign]
    made.keys.load = lambda profiles: None  # type: ignore[method-assign]
    yield made
    made.stop()


def test_a_stop_takes_nothing_away_from_a_start_under_way(hub: Hub) -> None:
    """As when a hub with nothing to do ends before the sync has been loaded."""
    held, closed, seen = Held(), threading.Event(), list[int]()
    close = hub.database.close

    def load(context: object) -> None:
        held()
        closed.wait(0.5)  # long enough for a stop that does not wait
        seen.append(len(hub.all_emotes()))

    def end() -> None:
        close()
        closed.set()

    hub.services.load = load  # type: ignore[method-assign]
    hub.database.close = end  # type: ignore[method-assign]
    start, stop = threading.Thread(target=hub.start), threading.Thread(target=hub.stop)
    start.start()
    assert held.begun.wait(LIMIT_S)
    stop.start()
    held.let_go.set()
    for thread in (start, stop):
        thread.join(LIMIT_S)
    assert seen == [0] and closed.is_set(), "the library was there to the end"
    hub.start()
    assert not hub.runner.busy(), "after a stop nothing begins"


def test_a_keyring_that_outlives_the_hub_is_heard_by_nobody(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    held = Held()
    hub.keys.load = held  # type: ignore[method-assign]
    hub.start()
    assert held.begun.wait(LIMIT_S)
    hub.stop()
    told = hub.events.seq
    caplog.clear()
    with caplog.at_level(logging.INFO):
        held.let_go.set()
        hub._warming.join(LIMIT_S)
    assert hub.events.seq == told and not [row for row in caplog.records if row.threadName == hub._warming.name]


def test_what_a_job_found_out_counts_more_than_what_the_start_supposes(hub: Hub) -> None:
    held = Held()
    hub.keys.load = held  # type: ignore[method-assign]
    hub.start()
    assert held.begun.wait(LIMIT_S)
    hub.connections.failed("local", temporary())
    held.let_go.set()
    hub._warming.join(LIMIT_S)
    found = [hub.connections.state.state]
    hub._recheck()
    found.append(hub.connections.state.state)
    assert found == [ConnectionState.OFFLINE, ConnectionState.READY], "a profile that was changed is told anew"


def test_what_comes_of_a_start_of_kinetix_local_is_told_whoever_asked_for_it(hub: Hub) -> None:
    """Not only a job does: somebody lists processes, or refreshes the library."""
    found = LocalInfo("http://127.0.0.1:9", "key", 1, "start", "token")
    tries: list[LocalInfo | KinetixError] = [temporary("It does not start."), found]

    def ensure(closing: object = None) -> LocalInfo:
        told.append(hub.connections.state.state)
        result = tries.pop(0)
        if isinstance(result, KinetixError):
            raise result
        return result

    told: list[ConnectionState] = []
    hub.local.ensure = ensure  # type: ignore[method-assign]
    with pytest.raises(KinetixError):
        hub.connections.service("local")
    told.append(hub.connections.state.state)
    hub.connections.service("local")
    told.append(hub.connections.state.state)
    starting = ConnectionState.STARTING
    assert told == [starting, ConnectionState.OFFLINE, starting, ConnectionState.READY]


def test_what_is_told_while_the_loop_closes_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread of a job has looked at the loop, and then it was closed."""
    events, loop = Events("test"), asyncio.new_event_loop()
    events.attach(loop)
    loop.close()
    with monkeypatch.context() as patch:
        patch.setattr(loop, "is_closed", lambda: False)
        events.emit(JobRemoved(data=RemovedJob(id=JobId("job"))))
    assert events.seq == 1


class Closing:
    """A service. While it closes, a job makes another one."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self._meanwhile, self.closed = meanwhile, False

    def close(self) -> None:
        self._meanwhile()
        self.closed = True


def test_every_service_is_closed_though_a_job_makes_another_one(hub: Hub) -> None:
    services: dict[str, Any] = hub.connections._services
    first = Closing(lambda: services.update(late=(None, Closing(lambda: None))))
    second = Closing(lambda: None)
    services.update(first=(None, first), second=(None, second))
    hub.connections.close()
    assert first.closed and second.closed
