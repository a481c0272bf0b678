"""Threads that ask the keeper for something while its loop is at work."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from kinetix_core.protocol.hub.enumerations import LoopMode
from kinetix_core.protocol.hub.models import Event, SyncChanged, SyncRemoved
from kinetix_core.values.errors import KinetixError
from kinetix_godot.preset import Preset
from kinetix_godot.run.keeper import Keeper
from tests.godot.conftest import Place, check_container
from tests.support.waiting import LIMIT_S, until

_OTHERS_TURN_S = 0.3
"""How long a thread stands still, so that another one may overtake it if it can."""


def test_nothing_is_told_of_a_target_after_its_removal(place: Place) -> None:
    """Whoever hears of it last would show it for good."""
    told: list[type[Event]] = []
    removing = threading.Thread(target=lambda: keeper.remove(place.target.id))

    def emit(event: Event) -> None:
        if isinstance(event, SyncChanged):
            removing.start()
            until(lambda: not keeper.targets())
            removing.join(_OTHERS_TURN_S)
        told.append(type(event))

    keeper: Keeper = place.keeper(emit)
    keeper.start()
    try:
        until(lambda: SyncRemoved in told)
        removing.join(LIMIT_S)
    finally:
        keeper.stop()
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
            keeper.target(place.target.id)
            keeper.engine(place.target.id).status()
        except KinetixError as error:
            refused.append(error)

    keeper = Keeper(place.registry, list, lambda event: None, check)
    changed = replace(place.target, preset=Preset(loop=LoopMode.LINEAR))
    changing, asking = threading.Thread(target=keeper.add, args=[changed]), threading.Thread(target=ask)
    keeper.start()
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
        assert keeper.engine(place.target.id).target.preset == changed.preset
        until(lambda: place.files() == {"Wave.glb": "one"})
    finally:
        goes_on.set()
        keeper.stop()


def test_a_busy_target_is_listed_and_removed_at_once(place: Place) -> None:
    place.export("Wave.glb", "one")
    is_busy, goes_on = threading.Event(), threading.Event()
    events: list[type[Event]] = []

    def check(data: bytes) -> None:
        is_busy.set()
        goes_on.wait(LIMIT_S)
        check_container(data)

    def ask() -> None:
        assert [shown.id for shown in keeper.targets()] == [place.target.id]
        keeper.remove(place.target.id)
        assert keeper.targets() == [] and place.registry.load() == []

    keeper = Keeper(place.registry, list, lambda event: events.append(type(event)), check)
    keeper.start()
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
        keeper.stop()
    assert events == [SyncRemoved]


@pytest.mark.quick
def test_nobody_who_tells_of_a_change_waits_for_the_loop(place: Place) -> None:
    keeper = place.keeper()  # its loop has not begun, as one that is busy for long

    def tell() -> None:
        for _ in range(2000):
            keeper.wake()

    telling = threading.Thread(target=tell, daemon=True)
    telling.start()
    telling.join(LIMIT_S)
    assert not telling.is_alive()
    keeper.stop()
