"""Threads that call the supervisor while its loop is busy."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

from kinetix_core.protocol.hub.enumerations import LoopMode
from kinetix_core.protocol.hub.models import Event, SyncChanged, SyncRemoved
from kinetix_godot.preset import Preset
from kinetix_godot.run.supervisor import Supervisor
from kinetix_godot.run.target_sync import TargetSync
from kinetix_godot.source.reading import Check
from kinetix_godot.target.registry import Target
from tests.godot.sync.place import Place, check_container, tiny_glb
from tests.support.waiting import LIMIT_S, until

_OTHERS_TURN_S = 0.3
"""How long a thread pauses, so that another one may overtake it if it can."""


@contextmanager
def supervising(
    place: Place, check: Check = check_container, emit: Callable[[Event], None] = lambda event: None
) -> Iterator[Supervisor]:
    supervisor = Supervisor(place.registry, list, emit, check)
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.stop()


class Slow:
    """A check of emotes that waits at those with a text until it may go on."""

    def __init__(self, text: str) -> None:
        self._text = text.encode()
        self._is_busy, self._goes_on = threading.Event(), threading.Event()

    def __call__(self, data: bytes) -> None:
        if self._text in data:
            self._is_busy.set()
            self._goes_on.wait(LIMIT_S)
        check_container(data)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let the block run while the check waits."""
        try:
            assert self._is_busy.wait(LIMIT_S)
            yield
        finally:
            self._goes_on.set()


@pytest.fixture
def slow(place: Place) -> Slow:
    place.export("Wave.glb", "slow")
    return Slow("slow")


@pytest.fixture
def changed(place: Place) -> Target:
    """The place's target with other settings."""
    return replace(place.target, preset=Preset(loop=LoopMode.LINEAR))


def until_saved(place: Place, changed: Target) -> None:
    until(lambda: place.registry.load()[0].preset == changed.preset)


def test_nothing_is_told_of_a_target_after_its_removal(place: Place) -> None:
    """A front end would show it for good."""
    events: list[type[Event]] = []
    removing = threading.Thread(target=lambda: supervisor.remove(place.target.id))

    def emit(event: Event) -> None:
        if isinstance(event, SyncChanged):
            removing.start()
            until(lambda: not supervisor.targets())
            removing.join(_OTHERS_TURN_S)
        events.append(type(event))

    supervisor = Supervisor(place.registry, list, emit, check_container)
    supervisor.start()
    try:
        until(lambda: SyncRemoved in events)
        removing.join(LIMIT_S)
    finally:
        supervisor.stop()
    assert events == [SyncChanged, SyncRemoved]


def test_a_target_that_is_changed_while_its_sync_is_busy_is_there_all_the_time(
    place: Place, slow: Slow, changed: Target
) -> None:
    def ask() -> None:
        supervisor.target(place.target.id)
        supervisor.engine(place.target.id).status()

    with supervising(place, slow) as supervisor, ThreadPoolExecutor() as pool:
        with slow.at_work():
            adding = pool.submit(supervisor.add, changed)
            until_saved(place, changed)
            asked = pool.submit(ask)
            threading.Event().wait(_OTHERS_TURN_S)
        asked.result(LIMIT_S)
        adding.result(LIMIT_S)
        assert supervisor.engine(place.target.id).target.preset == changed.preset
        until(lambda: place.files() == {"Wave.glb": "slow"})


def test_a_busy_target_is_listed_and_removed_at_once(place: Place, slow: Slow) -> None:
    events: list[type[Event]] = []

    def ask() -> None:
        assert [shown.id for shown in supervisor.targets()] == [place.target.id]
        supervisor.remove(place.target.id)
        assert supervisor.targets() == [] and place.registry.load() == []

    with (
        supervising(place, slow, lambda event: events.append(type(event))) as supervisor,
        ThreadPoolExecutor() as pool,
        slow.at_work(),
    ):
        pool.submit(ask).result(LIMIT_S / 4)
    assert events == [SyncRemoved]


@pytest.mark.quick
def test_waking_a_busy_target_never_blocks(place: Place) -> None:
    target = TargetSync(place.engine(), lambda event: None, threading.Lock())  # not started, as one that is busy

    def wake() -> None:
        for _ in range(2000):
            target.wake()

    waking = threading.Thread(target=wake, daemon=True)
    waking.start()
    waking.join(LIMIT_S)
    assert not waking.is_alive()
    target.stop()
    target.start()
    target.join(LIMIT_S)


def test_a_busy_target_delays_no_other(place: Place, slow: Slow) -> None:
    other = place.source.with_name("other")
    other.mkdir()
    later = place.registry.add(Target.create(place.project, "later", str(other)))
    with supervising(place, slow), slow.at_work():
        (other / "Bow.glb").write_bytes(tiny_glb("quick"))
        until((later.path / "Bow.glb").exists)
        assert place.files() == {}


def test_a_target_that_is_removed_while_it_is_replaced_is_answered_as_it_was_added(
    place: Place, slow: Slow, changed: Target
) -> None:
    with supervising(place, slow) as supervisor, ThreadPoolExecutor() as pool:
        with slow.at_work():
            adding = pool.submit(supervisor.add, changed)
            until_saved(place, changed)
            supervisor.remove(place.target.id)
        assert adding.result(LIMIT_S).preset == changed.preset
        assert supervisor.targets() == [] and place.registry.load() == []
