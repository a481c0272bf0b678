"""Threads that ask the supervisor for something while its loop is at work."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from kinetix_core.protocol.hub.enumerations import LoopMode
from kinetix_core.protocol.hub.models import Event, SyncChanged, SyncRemoved
from kinetix_core.values.errors import KinetixError
from kinetix_godot.preset import Preset
from kinetix_godot.run.supervisor import Supervisor
from kinetix_godot.run.target_sync import TargetSync
from kinetix_godot.target.registry import Target
from tests.godot.sync.place import Place, check_container, tiny_glb
from tests.support.waiting import LIMIT_S, until

_OTHERS_TURN_S = 0.3
"""How long a thread stands still, so that another one may overtake it if it can."""


def test_nothing_is_told_of_a_target_after_its_removal(place: Place) -> None:
    """Whoever hears of it last would show it for good."""
    told: list[type[Event]] = []
    removing = threading.Thread(target=lambda: supervisor.remove(place.target.id))

    def emit(event: Event) -> None:
        if isinstance(event, SyncChanged):
            removing.start()
            until(lambda: not supervisor.targets())
            removing.join(_OTHERS_TURN_S)
        told.append(type(event))

    supervisor: Supervisor = place.supervisor(emit)
    supervisor.start()
    try:
        until(lambda: SyncRemoved in told)
        removing.join(LIMIT_S)
    finally:
        supervisor.stop()
    assert told == [SyncChanged, SyncRemoved]


def test_a_target_that_is_changed_while_its_sync_is_busy_is_there_all_the_time(place: Place) -> None:
    place.export("Wave.glb", "one")
    is_busy, goes_on = threading.Event(), threading.Event()
    refused = list[KinetixError]()

    def check(data: bytes) -> None:
        is_busy.set()
        goes_on.wait(LIMIT_S)
        check_container(data)

    def ask() -> None:
        try:
            supervisor.target(place.target.id)
            supervisor.engine(place.target.id).status()
        except KinetixError as error:
            refused.append(error)

    supervisor = Supervisor(place.registry, list, lambda event: None, check)
    changed = replace(place.target, preset=Preset(loop=LoopMode.LINEAR))
    changing, asking = threading.Thread(target=supervisor.add, args=[changed]), threading.Thread(target=ask)
    supervisor.start()
    try:
        assert is_busy.wait(LIMIT_S)
        changing.start()
        until(lambda: place.registry.load()[0].preset == changed.preset)
        asking.start()
        asking.join(_OTHERS_TURN_S)
        goes_on.set()
        for thread in (changing, asking):
            thread.join(LIMIT_S)
        assert not refused
        assert supervisor.engine(place.target.id).target.preset == changed.preset
        until(lambda: place.files() == {"Wave.glb": "one"})
    finally:
        goes_on.set()
        supervisor.stop()


def test_a_busy_target_is_listed_and_removed_at_once(place: Place) -> None:
    place.export("Wave.glb", "one")
    is_busy, goes_on = threading.Event(), threading.Event()
    events: list[type[Event]] = []

    def check(data: bytes) -> None:
        is_busy.set()
        goes_on.wait(LIMIT_S)
        check_container(data)

    def ask() -> None:
        assert [shown.id for shown in supervisor.targets()] == [place.target.id]
        supervisor.remove(place.target.id)
        assert supervisor.targets() == [] and place.registry.load() == []

    supervisor = Supervisor(place.registry, list, lambda event: events.append(type(event)), check)
    supervisor.start()
    try:
        assert is_busy.wait(LIMIT_S)
        with ThreadPoolExecutor() as pool:
            asked = pool.submit(ask)
            try:
                asked.result(LIMIT_S / 4)
            finally:
                goes_on.set()
    finally:
        goes_on.set()
        supervisor.stop()
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


def test_a_busy_target_delays_no_other(place: Place) -> None:
    other = place.source.with_name("other")
    other.mkdir()
    later = place.registry.add(Target.create(place.project, "later", str(other)))
    is_busy, goes_on = threading.Event(), threading.Event()

    def check(data: bytes) -> None:
        if b"slow" in data:
            is_busy.set()
            goes_on.wait(LIMIT_S)

    supervisor = Supervisor(place.registry, list, lambda event: None, check)
    supervisor.start()
    try:
        place.export("Wave.glb", "slow")
        assert is_busy.wait(LIMIT_S)
        (other / "Bow.glb").write_bytes(tiny_glb("quick"))
        until((later.path / "Bow.glb").exists)
        assert place.files() == {}
    finally:
        goes_on.set()
        supervisor.stop()


def test_a_target_that_is_removed_while_it_is_replaced_is_answered_as_it_was_added(place: Place) -> None:
    place.export("Wave.glb", "one")
    is_busy, goes_on = threading.Event(), threading.Event()

    def check(data: bytes) -> None:
        is_busy.set()
        goes_on.wait(LIMIT_S)

    supervisor = Supervisor(place.registry, list, lambda event: None, check)
    changed = replace(place.target, preset=Preset(loop=LoopMode.LINEAR))
    supervisor.start()
    try:
        assert is_busy.wait(LIMIT_S)
        with ThreadPoolExecutor() as pool:
            adding = pool.submit(supervisor.add, changed)
            until(lambda: place.registry.load()[0].preset == changed.preset)
            supervisor.remove(place.target.id)
            goes_on.set()
            assert adding.result(LIMIT_S).preset == changed.preset
        assert supervisor.targets() == [] and place.registry.load() == []
    finally:
        goes_on.set()
        supervisor.stop()
