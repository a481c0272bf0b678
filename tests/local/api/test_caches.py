"""Caches and counters in memory: a change during a read leaves no old value, own changes drop none, and no call is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from kinetix_local.api.caches.bags import Bag, Bags
from kinetix_local.api.caches.change_watch import ChangeWatch
from kinetix_local.api.caches.emote_cache import EmoteCache
from kinetix_local.api.caches.keys import Keys
from kinetix_local.api.instance import Store, default_world
from kinetix_local.store import admin, worlds
from kinetix_local.store.clock import Clock
from kinetix_local.store.sql import settings, tables
from kinetix_local.store.sql.database import Database
from tests.support.present import present
from tests.support.studio import IdleService, idle_service, store

__all__ = ["idle_service", "store"]
OWNER = (1, "player-1")
pytestmark = pytest.mark.xdist_group("local-postgres")


def test_an_emote_that_changes_while_it_is_read_is_not_kept() -> None:
    cache, row = EmoteCache(), object()
    version = cache.version
    cache.forget("emote")  # another request renames it, between reading and keeping
    cache.keep("emote", None, (row, b"old name"), version)  # type: ignore[arg-type]
    assert cache.get("emote", None) is None
    cache.keep("emote", None, (row, b"new name"), cache.version)  # type: ignore[arg-type]
    assert cache.get("emote", None) == (row, b"new name")


def _is_kept(bags: Bags, user: int, version: int) -> bool:
    """Return whether a bag read at this version of the cache is kept."""
    owner = (1, f"player-{user}")
    bags.keep(owner, Bag(user, 2), version)
    return bags.get(owner, 1) is not None


def test_a_bag_that_changes_while_it_is_read_is_not_kept() -> None:
    bags = Bags()
    drops: list[Callable[[], None]] = [lambda: bags.drop(7), lambda: bags.drop_world(1), bags.clear]
    for drop in drops:
        version = bags.version
        drop()  # an emote of the user is done, between reading and keeping
        assert not _is_kept(bags, 7, version) and _is_kept(bags, 7, bags.version)


def test_a_key_that_is_deleted_while_it_is_read_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, clock = Store(tmp_path / "local"), Clock()
    try:
        value, _ = default_world(opened, clock)
        cache, find = Keys(clock, 300_000), worlds.find_key

        def slow(*given: Any) -> Any:
            found = find(*given)
            with opened.database.write() as db:
                for row in admin.list_keys(db, None):
                    admin.delete_key(db, row["uuid"])
            cache.clear()  # as the service does after every such change
            return found

        with opened.database.read() as db:
            with monkeypatch.context() as patch:
                patch.setattr(worlds, "find_key", slow)
                cache.load(db, value)
            assert cache.cached(value) is None
        with opened.database.read() as db:
            found = cache.load(db, value)[1]
            assert found is not None and found.flaw is not None
    finally:
        opened.close()


def touch(database: Database, watch: ChangeWatch | None) -> None:
    """A change by the service of `watch`, or by another process."""
    with database.write() as db:
        if watch is None:
            settings.touch(db)
        else:
            watch.touch(db)


def is_new(database: Database, watch: ChangeWatch) -> bool:
    with database.read() as db:
        return watch.is_new(db)


def test_a_service_does_not_take_its_own_change_for_anothers(idle_service: IdleService) -> None:
    database = idle_service.database
    with database.read() as db:
        watch = ChangeWatch(db)
    assert not is_new(database, watch)
    touch(database, watch)
    touch(database, watch)
    assert not is_new(database, watch), "bags that hold would be dropped"
    for order in ((None,), (None, watch), (watch, None), (watch, None, watch)):
        for one in order:
            touch(database, one)
        assert is_new(database, watch) and not is_new(database, watch)
    with pytest.raises(RuntimeError, match="rolled back"), database.write() as db:
        watch.touch(db)
        raise RuntimeError("rolled back")
    touch(database, None)
    assert is_new(database, watch)


def test_a_bag_outlives_a_look_between_a_change_and_what_follows_it(idle_service: IdleService) -> None:
    service, ticks = idle_service, idle_service.clock.ticks()
    service.bags.keep(OWNER, Bag(1, ticks + 60_000), service.bags.version)
    touch(service.database, service.changes)
    service._notice()  # on a busy machine the request that changed something goes on only now
    service.changed(bags=False)
    assert service.bags.get(OWNER, ticks) is not None
    touch(service.database, None)
    service.changed(bags=False)  # beside a change by another process, which bags may show
    assert service.bags.get(OWNER, ticks) is None


def test_calls_outlive_a_database_that_is_away(idle_service: IdleService, monkeypatch: pytest.MonkeyPatch) -> None:
    service = idle_service
    value, _ = default_world(service.store, service.clock)
    with service.database.read() as db:
        key = present(service.keys.load(db, value)[1])

    def counted() -> int:
        with service.database.read() as db:
            return int(db.execute(select(func.sum(tables.usages.c.calls))).scalar() or 0)

    def away(**_options: Any) -> Any:
        service.meter.call(key)  # one more comes while the others are tried
        raise OperationalError("the database is away", None, OSError())

    before = counted()
    service.meter.call(key)
    with monkeypatch.context() as patch:
        patch.setattr(service.database, "write", away)
        with pytest.raises(OperationalError):
            service.meter.flush(service.database)
    assert service.meter.pending() and counted() == before
    service.meter.flush(service.database)
    assert counted() == before + 2 and not service.meter.pending()
