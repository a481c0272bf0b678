"""Queries that give typed rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import Connection, select

from kinetix_local.store.sql import rows, tables
from kinetix_local.store.sql.database import Database


class Name(NamedTuple):
    uuid: str
    name: str


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    database = Database(f"sqlite:///{tmp_path / 'local.db'}")
    with database.write() as connection:
        connection.execute(tables.plans.insert().values(uuid="one", name="Small", monthly=True, created_at=0))
        yield connection
    database.close()


def test_a_query_gives_rows_with_names(db: Connection) -> None:
    query = select(tables.plans.c.uuid, tables.plans.c.name)
    assert rows.every(db, Name, query) == [rows.one(db, Name, query)] == [Name("one", "Small")]
    assert rows.first(db, Name, query.where(tables.plans.c.name == "Large")) is None


def test_a_query_with_other_columns_is_refused(db: Connection) -> None:
    swapped = select(tables.plans.c.name, tables.plans.c.uuid)
    with pytest.raises(TypeError, match="Name has the fields"):
        rows.first(db, Name, swapped)
