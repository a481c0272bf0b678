"""hub.db: one SQLite file (WAL) for jobs and the index of the library. A damaged one is moved aside, never repaired in place."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from kinetix_core import files
from kinetix_core.errors import KinetixError

__all__ = ["Database", "Row"]

log = logging.getLogger(__name__)
Row = sqlite3.Row

# Step n brings a file of user_version n to n + 1. Never edit a step that was released: add one.
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


class Database:
    """One writer, one reader; both are safe from any thread.

    Attributes:
        moved_aside: where a damaged file was put when this one was opened, else None.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.moved_aside: Path | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError) and "malformed" not in str(error):
                raise _cannot_open(path, error) from error
            self.moved_aside = self._move_aside()
            log.error("hub.db was damaged (%s); it is kept as %s", error, self.moved_aside.name)
            self._open()

    def _open(self) -> None:
        self._write_lock, self._read_lock = threading.RLock(), threading.RLock()
        self._writer = self._connect()
        try:
            self._migrate()
            # kill -9 cannot damage a WAL file, a disk can: a look that costs milliseconds, once per start.
            verdict = self._writer.execute("PRAGMA quick_check(1)").fetchone()[0]
            if verdict != "ok":
                raise sqlite3.DatabaseError(f"malformed: {verdict}")
            self._reader = self._connect()
            self._reader.execute("PRAGMA query_only=1")
        except BaseException:
            self._writer.close()
            raise

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=10, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode=WAL")
        # FULL: a job that said "submitted" must not forget it when the power fails, or the clip would be uploaded again.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA cache_size=-1024")
        return connection

    def _migrate(self) -> None:
        version = self._writer.execute("PRAGMA user_version").fetchone()[0]
        if version > len(_MIGRATIONS):
            raise KinetixError(
                "The hub's database was written by a newer version.",
                code="newerDatabase",
                next_step="Update Kinetix Bridge, or move hub/hub.db away to start with an empty job history.",
            )
        for number in range(version, len(_MIGRATIONS)):
            self._writer.executescript(f"BEGIN;{_MIGRATIONS[number]};PRAGMA user_version={number + 1};COMMIT;")

    def _move_aside(self) -> Path:
        target = self.path.with_name(f"{self.path.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
        for suffix in ("-wal", "-shm", ""):
            source = self.path.with_name(self.path.name + suffix)
            if source.exists():
                files.replace(source, target.with_name(target.name + suffix))
        return target

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction; all of it is kept or none."""
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
        """SQLite's own verdict on the whole file, "ok" when it is sound."""
        with self._read_lock:
            return str(self._reader.execute("PRAGMA integrity_check(1)").fetchone()[0])

    def close(self) -> None:
        with self._write_lock, self._read_lock:
            self._reader.close()
            self._writer.close()


def _cannot_open(path: Path, error: sqlite3.Error) -> KinetixError:
    return KinetixError(
        "The hub cannot open its database.",
        code="database",
        detail=f"{path}: {error}",
        next_step="Check that the folder can be written and that the disk is not full, then start the hub again.",
    )
