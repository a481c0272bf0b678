"""Caches and counters in memory: a change during a read leaves no old value, own changes drop none, and no call is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from kinetix_local.api.caches.bags import Bag, Bags
from kinetix_local.api.caches.cache import Cache
from kinetix_local.api.caches.change_watch import ChangeWatch
from kinetix_local.api.instance import default_world
from kinetix_local.store import admin
from kinetix_local.store.sql import settings, tables
from kinetix_local.store.sql.database import Database
from tests.support.present import present
from tests.support.studio import IdleService, idle_service, once_at, store

__all__ = ["idle_service", "store"]
OWNER = (1, "player-1")
pytestmark = pytest.mark.xdist_group("local-postgres")


def _is_kept(bags: Bags, user: int, version: int) -> bool:
    """Return whether a bag read at this version of the cache is kept."""
    owner = (1, f"player-{user}")
    bags.keep(owner, Bag(user, 2), version)
    return bags.fresh(owner, 1) is not None


def test_a_bag_that_changes_while_it_is_read_is_not_kept() -> None:
    bags = Bags()
    drops: list[Callable[[], None]] = [lambda: bags.drop(7), lambda: bags.drop_world(1), bags.clear]
    for drop in drops:
        version = bags.version
        drop()  # an emote of the user is done, between reading and keeping
        assert not _is_kept(bags, 7, version) and _is_kept(bags, 7, bags.version)


def test_a_cache_grows_to_its_most_and_starts_anew() -> None:
    cache = Cache[str, str](5, len)
    for key, value in (("a", "123"), ("b", "1"), ("a", "12"), ("c", "12")):
        cache.keep(key, value, 0)
    assert [cache.get(key) for key in "abc"] == ["12", "1", "12"]
    cache.forget(lambda key, _value: key == "a")
    cache.keep("d", "12", cache.version)
    assert [cache.get(key) for key in "abcd"] == [None, "1", "12", "12"]
    cache.keep("e", "1", cache.version)
    assert [cache.get(key) for key in "bcde"] == [None, None, None, "1"]


def test_a_key_that_is_deleted_while_it_is_read_is_not_kept(idle_service: IdleService) -> None:
    service = idle_service
    value, _ = default_world(service.store, service.clock)

    def delete() -> None:
        with service.database.write() as db:
            for row in admin.list_keys(db, None):
                admin.delete_key(db, row["uuid"])
        service.changed()

    with service.database.read() as db, once_at("after_cursor_execute", delete, "FROM keys"):
        service.keys.load(db, value)
    assert service.keys.cached(value) is None
    with service.database.read() as db:
        assert present(service.keys.load(db, value)[1]).is_deleted


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
    assert service.bags.fresh(OWNER, ticks) is not None
    touch(service.database, None)
    service.changed(bags=False)  # beside a change by another process, which bags may show
    assert service.bags.fresh(OWNER, ticks) is None


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
