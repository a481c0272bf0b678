"""Settings of one service: defaults here, kept values in the database, the command line on top."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import Connection, select

from kinetix_capture.interface import MAX_BYTES
from kinetix_local.store.sql.database import insert_missing
from kinetix_local.store.sql.tables import settings as table

_GENERATION = "generation"


@dataclass(frozen=True)
class Settings:
    """Attributes:
    strict: "2024" answers as the published server did; None is the API 1.4.45.
    token_life_s: life of a generation token, seconds.
    cache_life_s: life of a cached bag and of a cached key, seconds.
    page_url: of the upload page; None is this service's own.
    public_url: what file and page links begin with; None is the address the service listens on.
    origins: web pages (scheme://host:port) that may call the API besides pages on this machine.
    clock_offset_s: added to the clock.
    rate_limit: requests per world and route group in five minutes; 0 is no limit.
    max_upload_bytes: of one clip.
    max_json_bytes: of any other body.
    workers: captures at the same time on this machine; 0 where others do them.
    metrics_token: opens `/_local/metrics` and nothing else; None leaves it to administrators.
    lease_s: how long a worker may be silent before another one gets its capture.
    import_private: online videos may come from private addresses (for tests and studios with an own file server).
    """

    strict: str | None = None
    token_life_s: float = 300.0
    cache_life_s: float = 300.0
    page_url: str | None = None
    public_url: str | None = None
    origins: tuple[str, ...] = ()
    clock_offset_s: float = 0.0
    rate_limit: int = 600_000
    max_upload_bytes: int = MAX_BYTES
    max_json_bytes: int = 100 * 1024
    workers: int = 1
    lease_s: float = 30.0
    metrics_token: str | None = None
    import_private: bool = False
    webhook_delays_s: tuple[float, ...] = field(default=(1.0, 5.0, 30.0, 120.0, 600.0, 1200.0))


def load(connection: Connection, **given: Any) -> Settings:
    """The kept settings, overruled by those given (None is not given)."""
    names = {entry.name for entry in fields(Settings)}
    kept = {name: value for name, value in connection.execute(select(table.c.name, table.c.value)) if name in names}
    values: dict[str, Any] = kept | {name: value for name, value in given.items() if value is not None}
    arguments: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return Settings(**arguments)


def put(connection: Connection, name: str, value: Any) -> None:
    """Store a setting. Of two concurrent writers the later one waits and wins."""
    if not insert_missing(connection, table, {"name": name, "value": value}):
        connection.execute(table.update().where(table.c.name == name).values(value=value))


def put_missing(connection: Connection, name: str, value: Any) -> None:
    """Leave a value that is there; of two that put one at the same time the first one's is there."""
    insert_missing(connection, table, {"name": name, "value": value})


def remove(connection: Connection, name: str) -> None:
    connection.execute(table.delete().where(table.c.name == name))


def get(connection: Connection, name: str) -> Any:
    """Return None where it was never put."""
    return connection.execute(select(table.c.value).where(table.c.name == name)).scalar()


def generation(connection: Connection) -> int:
    """Grows with every change by an administrator, in whichever process: running services then drop their caches."""
    return get(connection, _GENERATION) or 0


def touch(connection: Connection) -> tuple[int, int]:
    """A new generation, in a write. Gives the one before it and the new one; nobody else's comes between the two."""
    put_missing(connection, _GENERATION, 0)
    row = select(table.c.value).where(table.c.name == _GENERATION).with_for_update()
    before = int(connection.execute(row).scalar_one())
    after = max(time.time_ns() // 1000, before + 1)
    put(connection, _GENERATION, after)
    return before, after
