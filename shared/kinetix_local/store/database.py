"""One database, SQLite or PostgreSQL: connections, transactions, and the schema brought up to date by Alembic."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from kinetix_core import before_upgrade
from kinetix_core.errors import KinetixError

__all__ = ["HEAD", "Database", "insert_missing"]

HEAD = "0004"
"""The newest migration. A test holds it against the migration folder, so that a start need not import Alembic."""

_MIGRATIONS = Path(__file__).with_name("migrations")


class Database:
    """Opens `url` and brings its schema to `HEAD`.

    Attributes:
        is_sqlite: reads then take microseconds and may run on the event loop.
        engine: for transactions, safe from any thread.

    Raises:
        KinetixError: the database cannot be reached, or a newer version wrote it.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        try:
            self.engine = _engine(url)
            self._migrate()
            self._reader = self._open_reader()
        except DBAPIError as error:
            raise KinetixError(
                "The database cannot be opened.",
                code="databaseUnreachable",
                detail=str(error.orig),
                next_step="Check that it runs and that its URL and password are right, then start again.",
            ) from error

    def _open_reader(self) -> Connection | None:
        if not self.is_sqlite:
            return None
        # Its own connection, outside the pool: only the event loop's thread uses it. Autocommit, so that it holds no snapshot.
        return _engine(self.url, poolclass=StaticPool).connect().execution_options(isolation_level="AUTOCOMMIT")

    @property
    def reader(self) -> Connection:
        """For short reads on the event loop's thread; SQLite only."""
        assert self._reader is not None
        return self._reader

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reads, on any thread."""
        with self.engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: committed (and on disk) when the block ends, rolled back when it raises."""
        with self.engine.begin() as connection:
            if self.is_sqlite:
                # The lock is taken now: a transaction that reads first and writes later could fail half-way with "busy".
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader.engine.dispose()
        self.engine.dispose()

    def _migrate(self) -> None:
        with self.engine.connect() as connection:
            found = None
            if inspect(connection).has_table("alembic_version"):
                found = connection.execute(text("select version_num from alembic_version")).scalar()
        if found == HEAD:
            return
        file = Path(self.url.partition(":///")[2]) if self.is_sqlite else None
        if found is not None and found > HEAD:
            kept = file is not None and before_upgrade.copy_of(file, HEAD).exists()
            alternative = f", or put {before_upgrade.copy_of(file, HEAD).name} in its place" if file and kept else ""
            raise KinetixError(
                "A newer version of Kinetix Local wrote this database.",
                code="databaseNewer",
                detail=f"Its schema is {found}, this program knows {HEAD}.",
                next_step=f"Update Kinetix Bridge{alternative}, or start with another --home.",
            )
        if found is not None and file is not None:
            before_upgrade.keep(file, found)
        self.migrate_to(HEAD)

    def migrate_to(self, revision: str) -> None:
        """Runs the migrations up or down to `revision` (`base` is empty)."""
        from alembic import command  # slow to import, rarely needed
        from alembic.config import Config

        with self.write() as connection:
            current = (
                connection.execute(text("select version_num from alembic_version")).scalar()
                if inspect(connection).has_table("alembic_version")
                else ""
            )
            config = Config()
            config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
            config.attributes["connection"] = connection
            down = revision == "base" or (current or "") > revision
            (command.downgrade if down else command.upgrade)(config, revision)


def _engine(url: str, **options: Any) -> Engine:
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, pool_size=16, max_overflow=16, **options)
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False}, **options)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy, not the driver, says BEGIN
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def insert_missing(connection: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Inserts the row unless a unique constraint has it already; tells whether it was inserted."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert
    else:  # slow to import
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
    statement = insert(table).values(**values).on_conflict_do_nothing()
    # PostgreSQL's driver counts no rows where SQLAlchemy asks for the new key by itself, so it is asked for here.
    return connection.execute(statement.returning(*table.primary_key.columns)).first() is not None
