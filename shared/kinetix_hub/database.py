"""hub.db: one SQLite file (WAL) with the jobs and the index of the library. A damaged file is moved aside."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from kinetix_core.io import before_upgrade, files
from kinetix_core.io.damage import set_aside
from kinetix_core.protocol.hub.enumerations import JobState
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.wording import worded

log = logging.getLogger(__name__)
Row = sqlite3.Row
_DAMAGE = (
    "malformed",
    "no such table",
    "no such column",
    "already exists",
)  # in SQLite's words for what no waiting cures

# What kinetix_core.values.identity refuses, in SQL.
_NO_ID = (
    "({0} GLOB '*[^A-Za-z0-9_-]*' OR {0} NOT GLOB '[A-Za-z0-9]*' OR length({0}) > 64 OR lower({0}) GLOB 'com[0-9]'"
    " OR lower({0}) GLOB 'lpt[0-9]' OR lower({0}) IN ('con', 'prn', 'aux', 'nul'))"
)
_NO_HASH = "(sha256 GLOB '*[^0-9a-f]*' OR length(sha256) <> 64)"

# Step n brings a file of user_version n to n + 1. Never edit a step that was released: add one.
_NEWER = (
    "Update Kinetix Bridge. To stay with this version move hub/hub.db away: what was made since then is not in the job history;"
    " the emotes are found again in the library."
)
_NEWER_BESIDE_COPY = (
    "Update Kinetix Bridge. To stay with this version put {copy} in its place: what was made since then is not in the job"
    " history; the emotes are found again in the library."
)
_MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE jobs(
      id TEXT PRIMARY KEY, kind TEXT NOT NULL, state TEXT NOT NULL, name TEXT NOT NULL, clip TEXT NOT NULL,
      profile TEXT NOT NULL, user TEXT NOT NULL, process TEXT, emote TEXT, created REAL NOT NULL, updated REAL NOT NULL,
      doc TEXT NOT NULL);
    CREATE INDEX jobs_by_time ON jobs(created);
    CREATE INDEX jobs_by_state ON jobs(state);
    -- Two jobs never follow one process, so none is delivered twice.
    CREATE UNIQUE INDEX jobs_process ON jobs(profile, process) WHERE process IS NOT NULL;
    CREATE TABLE job_moves(
      id INTEGER PRIMARY KEY, job TEXT NOT NULL, at REAL NOT NULL, before TEXT, after TEXT NOT NULL, reason TEXT NOT NULL);
    CREATE INDEX job_moves_by_job ON job_moves(job);
    CREATE TABLE emotes(
      id TEXT PRIMARY KEY, name TEXT NOT NULL, folder TEXT NOT NULL UNIQUE, profile TEXT NOT NULL, user TEXT NOT NULL,
      sha256 TEXT NOT NULL, bytes INTEGER NOT NULL, pinned INTEGER NOT NULL DEFAULT 0, deleted REAL, used REAL NOT NULL,
      created REAL NOT NULL, doc TEXT NOT NULL);
    CREATE INDEX emotes_by_time ON emotes(created);
    """,
)
# A sound file answers with no row; a lost table is an error.
_UNREADABLE = f"""
    SELECT id FROM jobs WHERE NOT json_valid(doc) OR json_type(doc, '$.settings') IS NOT 'object'
      OR state NOT IN ({", ".join(f"'{state}'" for state in JobState)}) OR {_NO_ID.format("id")}
    UNION ALL SELECT id FROM emotes WHERE NOT json_valid(doc) OR {_NO_ID.format("id")} OR {_NO_HASH} LIMIT 1"""


class _Damaged(Exception):
    """Raised for a file that is not a database of the hub."""


class Database:
    """SQLite file with one writer and one reader; both are safe on any thread.

    Attributes:
        moved_aside: path of a damaged file that was moved aside on opening, else None.
    """

    def __init__(self, path: Path, *, first: bool = False) -> None:
        """`first`: nothing was stored before, so an empty file is an interrupted start and not a loss."""
        self.path = path
        self.moved_aside: Path | None = None
        # An empty file is what a power cut leaves; SQLite would take it for a new database and say nothing.
        emptied = path.exists() and not path.stat().st_size and not first
        try:
            if emptied:
                raise _Damaged("it is empty")
            self._open()
        except _Damaged as error:
            self.moved_aside = set_aside(path, companions=("-wal", "-shm"))
            log.error("hub.db was damaged (%s); it is kept as %s", error, self.moved_aside.name)
            self._open()

    def _open(self) -> None:
        """Open the file; close it again on failure. Raises `_Damaged`, or `KinetixError` if the file is unavailable."""
        self._write_lock, self._read_lock = threading.RLock(), threading.RLock()
        with contextlib.ExitStack() as opened:
            try:
                self._writer = self._connect(opened)
                self._migrate()
                # kill -9 cannot damage a WAL file, a disk can: a look that costs milliseconds, once per start.
                verdict = self._writer.execute("PRAGMA quick_check(1)").fetchone()[0]
                if verdict != "ok" or self._writer.execute(_UNREADABLE).fetchone():
                    raise _Damaged(verdict)
                self._reader = self._connect(opened)
                self._reader.execute("PRAGMA query_only=1")
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError) and not any(word in str(error) for word in _DAMAGE):
                    raise _cannot_open(self.path, error) from error
                raise _Damaged(str(error)) from error
            opened.pop_all()

    def _connect(self, opened: contextlib.ExitStack) -> sqlite3.Connection:
        # SQLite gives its other files the mode of this one.
        if not files.create(self.path, b"", private=True, durable=False) and self.path.stat().st_mode & 0o077:
            self.path.chmod(0o600)
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None, check_same_thread=False)
        opened.callback(connection.close)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode=WAL")
        # FULL: a job that said "submitted" must not forget it when the power fails, or the clip would be uploaded again.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA cache_size=-1024")
        return connection

    def _migrate(self) -> None:
        version = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if version > len(_MIGRATIONS):
            copy = before_upgrade.copy_of(self.path, str(len(_MIGRATIONS)))
            raise KinetixError(
                "The database of Kinetix was written by a newer version.",
                code="newerDatabase",
                detail=f"Its schema is {version}, this program knows {len(_MIGRATIONS)}.",
                next_step=worded(_NEWER_BESIDE_COPY if copy.exists() else _NEWER, copy=copy.name),
            )
        if 0 < version < len(_MIGRATIONS):
            before_upgrade.keep(self.path, str(version))
        for number in range(version, len(_MIGRATIONS)):
            self._writer.executescript(f"BEGIN;{_MIGRATIONS[number]};PRAGMA user_version={number + 1};COMMIT;")

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction."""
        with self._write_lock:
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # a full disk may have rolled back already
                    self._writer.execute("ROLLBACK")
                raise

    def read(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        with self._read_lock:
            return self._reader.execute(query, values).fetchall()

    def check(self) -> str:
        """Return SQLite's verdict on the whole file, "ok" if it is sound."""
        with self._read_lock:
            return str(self._reader.execute("PRAGMA integrity_check(1)").fetchone()[0])

    def close(self) -> None:
        with self._write_lock, self._read_lock:
            self._reader.close()
            self._writer.close()


def _cannot_open(path: Path, error: sqlite3.Error) -> KinetixError:
    return KinetixError(
        "Kinetix cannot open its database.",
        code="database",
        detail=f"{path}: {error}",
        next_step="Check that the folder is writable and the disk is not full, then start Kinetix again.",
    )
