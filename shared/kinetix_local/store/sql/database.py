"""One database, SQLite or PostgreSQL: connections, transactions, and the schema brought up to date by Alembic."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from pydantic_core import from_json
from sqlalchemy import (
    URL,
    Column,
    Connection,
    Engine,
    MetaData,
    Table,
    create_engine,
    event,
    extract,
    func,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.pool import StaticPool

from kinetix_core.io import before_upgrade
from kinetix_core.values.errors import KinetixError, mask
from kinetix_local.extensions import find
from kinetix_local.store.sql.columns import String, dump_json
from kinetix_local.store.sql.tables import metadata

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

HEAD = "0001"
"""The newest migration. A test holds it against the migration folder, so that a start need not import Alembic."""

AWAY_RETRY_S = 2
"""When to try again what failed because the database was away."""

_MIGRATING = 0x4B696E65746978
_MIGRATIONS = Path(__file__).with_name("migrations")
# Alembic's own, in which it looks for the migration that a database has.
_VERSION = Table(
    "alembic_version",
    MetaData(naming_convention={"pk": "%(table_name)s_pkc"}),
    Column("version_num", String(32), primary_key=True),
)
_AUTOCOMMIT: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}

T = TypeVar("T")


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
        with explained():
            self.engine = _engine(url)
            # PostgreSQL runs each read as a transaction of its own, which saves the two round trips that begin and end one.
            self._reads = self.engine if self.is_sqlite else _engine(url, **_AUTOCOMMIT)
            self._migrate()
            self._reader = self._open_reader()

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
        with self._reads.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self, *, durable: bool = True) -> Iterator[Connection]:
        """One transaction: committed (and on disk) when the block ends, rolled back when it raises.

        Not `durable`: a power cut may undo it, as it does not wait for the disk.
        """
        with self.engine.begin() as connection:
            if self.is_sqlite:
                # A connection of the pool still has what the last one wanted.
                connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
                # The lock is taken now: a transaction that reads first and writes later could fail half-way with "busy".
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            elif not durable:
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield connection

    def carry_out(self, work: Callable[[Connection], T]) -> T:
        """One transaction for `work`, which does nothing but read and write.

        Where another transaction made a row meanwhile that may be there once, `work` is done again and sees it: on PostgreSQL two who
        look and then write look at the same time.
        """
        with contextlib.suppress(IntegrityError), self.write() as connection:
            return work(connection)
        with self.write() as connection:
            return work(connection)

    @contextlib.contextmanager
    def pipeline(self, connection: Connection) -> Iterator[None]:
        """Send the block's statements together, where the database is over a network. None of them may return rows or a count."""
        if self.is_sqlite:
            yield
            return
        dialect = self.engine.dialect
        driver: Any = connection.connection.driver_connection
        try:
            with driver.pipeline():
                yield
        except dialect.loaded_dbapi.Error as error:
            raise DBAPIError.instance(None, None, error, dialect.loaded_dbapi.Error, dialect=dialect) from error

    def now(self, connection: Connection) -> int | None:
        """Return milliseconds since 1970 by the database's own clock; None for SQLite, which has this machine's."""
        if self.is_sqlite:
            return None
        return int(connection.execute(select(extract("epoch", func.clock_timestamp()))).scalar_one() * 1000)

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader.engine.dispose()
        self._reads.dispose()
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
        with self.write() as connection:
            if not self.is_sqlite:  # services that start together take turns; SQLite's transaction does the same
                connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATING})")
            if inspect(connection).has_table("alembic_version"):
                _upgrade(connection)
            else:
                metadata.create_all(connection)
                _VERSION.create(connection)
                connection.execute(_VERSION.insert().values(version_num=HEAD))


def _upgrade(connection: Connection) -> None:
    from alembic import command  # slow to import, rarely needed
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def is_away(error: BaseException) -> bool:
    """Return whether the database is unavailable for now (restarting, full, locked), so that a retry may succeed."""
    if isinstance(error, DBAPIError):
        return isinstance(error, OperationalError) or error.connection_invalidated
    return isinstance(error, NoConnectionFree)


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """For a start: what the database refuses becomes a KinetixError."""
    try:
        yield
    except DBAPIError as error:
        raise KinetixError(
            "The database cannot be opened.",
            code="databaseUnreachable",
            detail=mask(str(error.orig)),
            next_step="Check that it runs, that its URL and password are right, and that the role may write, then start again.",
        ) from error


def _engine(url: str, **options: Any) -> Engine:
    # Parameters are a person's words, tokens and keys: no error message and so no log may show them.
    options |= {"hide_parameters": True, "json_serializer": dump_json, "json_deserializer": from_json}
    if not url.startswith("sqlite"):
        return _on_server(url, options)
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False}, **options)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # SQLAlchemy, not the driver, says BEGIN
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


class CreateEngine(Protocol):
    """Entry points `kinetix.local.databases`, by the name of SQLAlchemy's backend.

    Raises:
        ImportError: the driver is not installed.
        KinetixError: the database cannot be used.
    """

    def __call__(self, url: URL, options: dict[str, Any]) -> Engine: ...


def _on_server(url: str, options: dict[str, Any]) -> Engine:
    try:
        given = make_url(url)
        if given.get_backend_name() != "postgresql":
            raise ArgumentError(given.get_backend_name())
        create: CreateEngine | None = find("databases", "postgresql")
        if create is None:
            raise ImportError("kinetix_studio")
        return create(given, options)
    except ImportError as error:
        raise KinetixError(
            "The driver for PostgreSQL is not installed.",
            code="noDatabaseDriver",
            next_step='Install it: uv tool install "kinetix-bridge[local,postgresql]". Then write postgresql+psycopg://user@host/name.',
        ) from error
    except ArgumentError as error:
        raise KinetixError(
            "This is no database that Kinetix Local can use.",
            code="badDatabaseUrl",
            next_step="Write sqlite:///file or postgresql+psycopg://user@host/name.",
        ) from error


def insert_missing(connection: Connection, table: Table, values: dict[str, Any]) -> bool:
    """Insert the row unless a unique constraint has it already. Returns whether it was inserted."""
    # PostgreSQL's driver counts no rows where SQLAlchemy asks for the new key by itself, so it is asked for here.
    statement = _insert(connection, table).on_conflict_do_nothing().returning(*table.primary_key.columns)
    return connection.execute(statement.values(**values)).first() is not None


def insert_all_missing(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows, without those that a unique constraint has already."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing().inline(), rows)


def insert_or_update(
    connection: Connection, table: Table, key: Collection[str], new: dict[str, Any], **changed: Any
) -> None:
    """Insert the row `new`, or set `changed` in the one that has the same values of the unique `key`."""
    statement = _insert(connection, table).inline().values(**new)
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=changed))


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert
    else:  # slow to import
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
    return insert(table)
