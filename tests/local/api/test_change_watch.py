"""Whose change it was that a service sees in its database: what it changed itself must not cost it its caches, on both databases."""

from __future__ import annotations

import pytest

from kinetix_local.api.caches.bags import Bag
from kinetix_local.api.caches.change_watch import ChangeWatch
from kinetix_local.store.sql import settings
from kinetix_local.store.sql.database import Database
from tests.support.studio import IdleService, idle_service, store

__all__ = ["idle_service", "store"]
OWNER = (1, "player-1")
pytestmark = pytest.mark.xdist_group("local-postgres")


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
