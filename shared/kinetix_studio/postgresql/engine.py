"""Connections to PostgreSQL, with its limits of time."""

from __future__ import annotations

import math
import time
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

from kinetix_core.values.errors import KinetixError

# PostgreSQL waits for ever by itself: for a lock, for a statement, for a machine that was unplugged.
_LIMITS = ("lock_timeout = '5s'", "statement_timeout = '60s'")
_CONNECTION = {
    "client_encoding": "utf8",
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
_FRESH_S = 1.0
"""How long a connection of the pool is used again without a test whether the database is still there."""


def create(url: URL, options: dict[str, Any]) -> Engine:
    """See `CreateEngine` of the database."""
    limits = {name: value for name, value in _CONNECTION.items() if name not in url.query}
    engine = create_engine(
        url, pool_size=16, max_overflow=16, connect_args=limits, pool_reset_on_return=None, **options
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise KinetixError(
                f"The database's encoding is {encoding}, which cannot hold every name.",
                code="databaseEncoding",
                next_step="Make it anew: createdb --encoding=UTF8 --template=template0 NAME",
            )
        with connection.cursor() as cursor:
            for limit in _LIMITS:
                cursor.execute(f"SET {limit}")
        connection.commit()

    @event.listens_for(engine, "checkin")
    def note_use(_connection: Any, record: Any) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def test_idle(connection: Any, record: Any, _proxy: object) -> None:
        # `pool_pre_ping` would test a connection that another request has just returned, too: a round trip for each request.
        if time.monotonic() - record.info.get("used", math.inf) > _FRESH_S:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error  # SQLAlchemy connects anew

    return engine
