"""An upgrade keeps a copy of the database; a database of a newer version is refused, with the way back."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

import pytest

from kinetix_core.io import before_upgrade
from kinetix_core.values.errors import KinetixError
from kinetix_hub import database
from kinetix_local.store.sql import database as local_database


@pytest.mark.quick
def test_before_an_upgrade_a_copy_is_kept_and_a_downgrade_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "hub.db"
    made = database.Database(path, first=True)
    with made.write() as raw:
        raw.execute("INSERT INTO job_moves(job, at, after, reason) VALUES ('j', 1, 'created', '')")
    made.close()
    stale = path.with_name("hub.db.schema-0")
    stale.write_bytes(b"")
    with monkeypatch.context() as next_version:
        next_version.setattr(
            database, "_MIGRATIONS", (*database._MIGRATIONS, "ALTER TABLE job_moves ADD COLUMN extra TEXT;")
        )
        database.Database(path).close()
    known = len(database._MIGRATIONS)
    copy = before_upgrade.copy_of(path, str(known))
    assert copy.is_file() and not stale.exists()
    if os.name == "posix":
        assert copy.stat().st_mode & 0o077 == 0
    with contextlib.closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("PRAGMA user_version").fetchone()[0] == known
        assert kept.execute("SELECT job FROM job_moves").fetchall() == [("j",)]
    with pytest.raises(KinetixError) as refused:
        database.Database(path)
    error = refused.value
    assert error.code == "newerDatabase" and "newer version" in error.title and f"knows {known}" in error.detail
    assert copy.name in error.next_step
    copy.replace(path)  # the way back
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    opened = database.Database(path)
    assert len(opened.read("SELECT id FROM job_moves")) == 1
    opened.close()


@pytest.mark.quick
def test_a_new_database_leaves_no_copy(tmp_path: Path) -> None:
    database.Database(tmp_path / "hub.db", first=True).close()
    local_database.Database(f"sqlite:///{(tmp_path / 'local.db').as_posix()}").close()
    assert not list(tmp_path.glob("*.schema-*"))
