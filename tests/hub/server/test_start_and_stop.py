"""A hub's own actions at its start, beside a stop and beside the jobs' results."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.protocol.hub.enumerations import ConnectionState
from kinetix_core.protocol.hub.models import JobRemoved, RemovedJob
from kinetix_core.sync_service import HubContext
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.identity import JobId
from kinetix_hub.events import Events
from kinetix_hub.hub import Hub
from kinetix_hub.keys.store import AskKeyring
from kinetix_hub.services.local_info import LocalInfo
from kinetix_hub.sync_host import LoadSync
from tests.hub.double import no_keyring, no_sync, temporary
from tests.support.waiting import LIMIT_S, until


class Held:
    """A call that comes back when it is let go."""

    def __init__(self) -> None:
        self.begun, self.let_go = threading.Event(), threading.Event()

    def __call__(self, *given: object) -> None:
        self.begun.set()
        assert self.let_go.wait(LIMIT_S)


@contextlib.contextmanager
def hub_in(folder: Path, *, sync: LoadSync = no_sync, ask_keyring: AskKeyring = no_keyring) -> Iterator[Hub]:
    made = Hub(folder / "home", "test", sync=sync, ask_keyring=ask_keyring)
    try:
        yield made
    finally:
        made.stop()


def test_a_stop_takes_nothing_away_from_a_start_under_way(tmp_path: Path) -> None:
    """A hub with nothing to do may end before the sync has loaded."""
    held, stopped, seen = Held(), threading.Event(), list[int]()

    def load(context: HubContext) -> None:
        held()
        stopped.wait(0.5)  # long enough for a stop that does not wait
        seen.append(len(context.emotes()))

    with hub_in(tmp_path, sync=load) as hub:

        def end() -> None:
            hub.stop()
            stopped.set()

        start, stop = threading.Thread(target=hub.start), threading.Thread(target=end)
        start.start()
        assert held.begun.wait(LIMIT_S)
        stop.start()
        held.let_go.set()
        for thread in (start, stop):
            thread.join(LIMIT_S)
        assert seen == [0] and stopped.is_set(), "the library was there to the end"
        hub.start()
        assert not hub.runner.busy(), "after a stop nothing begins"


def test_a_keyring_that_outlives_the_hub_is_heard_by_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    held = Held()
    with hub_in(tmp_path, ask_keyring=held) as hub:
        hub.start()
        assert held.begun.wait(LIMIT_S)
        hub.stop()
        told = hub.events.seq
        caplog.clear()
        with caplog.at_level(logging.INFO):
            held.let_go.set()
            hub.warming.join(LIMIT_S)
        assert hub.events.seq == told
        assert not [row for row in caplog.records if row.threadName == hub.warming.name]


def test_what_a_job_found_out_counts_more_than_what_the_start_supposes(tmp_path: Path) -> None:
    held = Held()
    with hub_in(tmp_path, ask_keyring=held) as hub:
        hub.start()
        assert held.begun.wait(LIMIT_S)
        hub.connections.failed("local", temporary())
        held.let_go.set()
        hub.warming.join(LIMIT_S)
        assert hub.connections.state.state is ConnectionState.OFFLINE
        hub.profiles_changed(check=True)
        until(lambda: hub.connections.state.state is ConnectionState.READY, "a profile that was changed is told anew")


def test_what_comes_of_a_start_of_kinetix_local_is_told_whoever_asked_for_it(tmp_path: Path) -> None:
    """Not only a job does: somebody lists processes, or refreshes the library."""
    with hub_in(tmp_path) as hub:
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


def test_every_service_is_closed_though_a_job_makes_another_one(tmp_path: Path) -> None:
    with hub_in(tmp_path) as hub:
        services: dict[str, Any] = hub.connections._services
        first = Closing(lambda: services.update(late=(None, Closing(lambda: None))))
        second = Closing(lambda: None)
        services.update(first=(None, first), second=(None, second))
        hub.connections.close()
        assert first.closed and second.closed
