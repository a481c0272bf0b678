"""A copy of a database of ours as the version before left it, kept when its schema is brought up to date. Standard library only.

An older version refuses an upgraded database; the copy is for going back.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from kinetix_core.io import files


def copy_of(database: Path, schema: str) -> Path:
    """Return where an upgrade keeps the copy of a database of this schema, e.g. `hub.db.schema-2`."""
    return database.with_name(f"{database.name}.schema-{schema}")


def keep(database: Path, schema: str) -> Path:
    """Copy a SQLite database, also one that is open, and return the copy. An older copy goes: only the last is kept.

    Raises:
        OSError, sqlite3.Error: there is no copy; the database is as it was.
    """
    target = copy_of(database, schema)
    with (
        files.placing(target, private=True) as place,
        contextlib.closing(sqlite3.connect(database)) as source,
        contextlib.closing(sqlite3.connect(place)) as copy,
    ):
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file that needs no other
    for other in database.parent.glob(f"{database.name}.schema-*"):
        if other != target:
            other.unlink(missing_ok=True)
    return target
