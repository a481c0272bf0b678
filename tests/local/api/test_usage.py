"""Calls that are counted in memory until they are written, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from kinetix_local.api.instance import default_world
from kinetix_local.store.sql import tables
from tests.support.present import present
from tests.support.studio import IdleService, idle_service, store

__all__ = ["idle_service", "store"]
pytestmark = pytest.mark.xdist_group("local-postgres")


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
