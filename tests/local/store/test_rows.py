"""The typed rows are those of the tables: same names in the same order, same types, None where the column may be null."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin, get_type_hints

import pytest
from sqlalchemy import JSON, Column, Connection, select

from kinetix_local.store.sql import rows, tables
from kinetix_local.store.sql.database import Database

KINDS = [kind for name, kind in vars(rows).items() if name.endswith("Row") and name != "ProcessRow"]


def kinds(hint: Any) -> set[type]:
    """`dict[str, Any] | None` → {dict, NoneType}."""
    parts = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    return {get_origin(part) or part for part in parts}


def check(kind: type[Any], columns: list[Column[Any]]) -> None:
    hints = get_type_hints(kind)
    assert list(hints) == [column.name for column in columns]
    for column in columns:
        found = kinds(hints[column.name])
        assert (NoneType in found) is column.nullable, column
        (wanted,) = found - {NoneType}
        assert wanted in ({dict, list} if isinstance(column.type, JSON) else {column.type.python_type}), column


@pytest.mark.quick
@pytest.mark.parametrize("kind", KINDS)
def test_a_row_has_the_columns_of_its_table(kind: type[Any]) -> None:
    (table,) = (one for one in tables.metadata.tables.values() if tuple(one.c.keys()) == kind._fields)
    check(kind, list(table.c))


@pytest.mark.quick
def test_a_process_has_the_columns_of_its_table_and_the_id_of_its_user() -> None:
    check(rows.ProcessRow, [*tables.processes.c, tables.users.c.external_id])


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
