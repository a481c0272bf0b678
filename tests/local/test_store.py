"""What lies on disk: migrations, files, sealed keys."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect, select

from kinetix_core.errors import KinetixError
from kinetix_local.store import captures, seal, tables
from kinetix_local.store import database as database_module
from kinetix_local.store.blobs import FolderBlobs
from kinetix_local.store.clock import iso, month_start, parse_iso
from kinetix_local.store.database import HEAD, Database
from kinetix_local.store.seal import Seal


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'x.db'}")


def test_head_is_the_newest_migration() -> None:
    folder = Path(database_module.__file__).with_name("migrations") / "versions"
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("*.py")]
    revisions = {match[1] for text in texts if (match := re.search(r'^revision = "(\w+)"', text, re.M))}
    replaced = {match[1] for text in texts if (match := re.search(r'^down_revision = "(\w+)"', text, re.M))}
    assert revisions - replaced == {HEAD}


def schema(database: Database) -> dict[str, dict[str, object]]:
    """Table → what the database knows of it."""
    found = inspect(database.engine)
    return {
        table: {
            "columns": {one["name"]: {**one, "type": str(one["type"])} for one in found.get_columns(table)},
            "primary key": found.get_pk_constraint(table),
            "foreign keys": sorted(found.get_foreign_keys(table), key=str),
            "unique": sorted(found.get_unique_constraints(table), key=str),
            "indexes": {
                str(one["name"]): {**one, "dialect_options": {k: str(v) for k, v in one["dialect_options"].items()}}
                for one in found.get_indexes(table)
            },
        }
        for table in found.get_table_names()
    }


def test_migrations_make_what_the_tables_say_and_what_a_new_database_has(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    made_at_once = schema(database)
    with database.write() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            table.drop(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
    database.migrate_to(HEAD)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
    assert schema(database) == made_at_once
    assert {"alembic_version", "processes"} < set(made_at_once)


def test_a_new_database_is_made_without_alembic_and_found_as_it_is(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    program = (
        "import sys; from kinetix_local.store.database import Database; "
        f"Database({url!r}); assert 'alembic' not in sys.modules"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-c", program], check=True, stdin=subprocess.DEVNULL)


def test_migrations_go_down_and_up_again(database: Database) -> None:
    database.migrate_to("base")
    assert set(inspect(database.engine).get_table_names()) <= {"alembic_version"}
    database.migrate_to(HEAD)
    assert "processes" in inspect(database.engine).get_table_names()


def test_the_second_migration_carries_rows_up_and_down(database: Database) -> None:
    """Emotes made before can still be given, a bag may keep what was removed, and on the way down the newest row counts."""
    database.migrate_to("0001")
    rows = {
        "plans": "(uuid, name, monthly, created_at) values ('p', 'x', 0, 0)",
        "worlds": "(uuid, name, owner_uuid, plan_id, configuration, white_list, is_deleted, created_at) "
        "values ('w', 'x', 'o', 1, '{}', 0, 0, 0)",
        "users": "(world_id, external_id, created_at) values (1, 'u', 0)",
        "bag": "(user_id, emote_uuid, is_uge, is_deleted, created_at) values (1, 'e', 0, 1, 5), (1, 'f', 0, 0, 6)",
        "assets": "(uuid, name, type, source, metadata, providers, categories, created_at) "
        "values ('e', 'n', 'emote', 'sdk', '{}', '[]', '[]', 0), ('b', 'n', 'emote', 'backOffice', '{}', '[]', '[]', 0)",
    }
    with database.write() as db:
        for table, row in rows.items():
            db.exec_driver_sql(f"insert into {table} {row}")
    database.migrate_to("0002")
    with database.write() as db:
        found = db.execute(select(tables.assets.c.uuid, tables.assets.c.providers)).all()
        providers = {row.uuid: row.providers for row in found}
        assert providers == {"e": [{"name": "KinePortal"}], "b": []}
        db.execute(tables.bag.insert().values(user_id=1, emote_uuid="e", is_uge=False, is_deleted=False, created_at=7))
    database.migrate_to("0001")
    with database.read() as db:
        left = db.execute(select(tables.bag.c.emote_uuid, tables.bag.c.is_deleted).order_by(tables.bag.c.id)).all()
    assert [tuple(row) for row in left] == [("f", False), ("e", False)]


def test_the_fifth_migration_lets_what_has_work_wait_for_its_capture(database: Database) -> None:
    database.migrate_to("0004")
    process = (
        "name, emote, animation, video, step, progression, maturity, validated, rejected, request, attempts, created_at"
    )
    with database.write() as db:
        for row in (
            "plans (uuid, name, monthly, created_at) values ('p', 'x', 0, 0)",
            "worlds (uuid, name, owner_uuid, plan_id, configuration, white_list, is_deleted, created_at) "
            "values ('w', 'x', 'o', 1, '{}', 0, 0, 0)",
            "users (world_id, external_id, created_at) values (1, 'u', 0)",
            "keys (uuid, world_id, name, digest, hint, can_read, can_write, is_deleted, created_at) "
            "values ('k', 1, '', 'd', 'h', 1, 1, 0, 0)",
        ):
            db.exec_driver_sql(f"insert into {row}")
        for uuid, step, rejected in (("done", "done", 0), ("new", "initialized", 0), ("no", "ml_running", 1)):
            db.exec_driver_sql(
                f"insert into processes (uuid, world_id, user_id, key_id, {process}) values "
                f"('{uuid}', 1, 1, 1, 'n', 'e', 'a', 'v', '{step}', 0, 0, 0, {rejected}, '{{}}', 3, 7)"
            )
    database.migrate_to(HEAD)
    with database.write() as db:
        waiting = db.execute(select(tables.captures.c.process, tables.captures.c.attempt)).all()
        assert [tuple(row) for row in waiting] == [("new", 3)]
        assert captures.lease_next(db, "one/local", 8) == ("new", 4, "one/local")
    database.migrate_to("0004")


def test_a_database_of_a_newer_version_is_refused(database: Database) -> None:
    with database.write() as db:
        db.exec_driver_sql("update alembic_version set version_num = '9999'")
    with pytest.raises(KinetixError, match="newer version"):
        Database(database.url)


def test_a_failed_write_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as db:
        db.execute(tables.settings.insert().values(name="x", value=1))
        raise RuntimeError
    with database.read() as db:
        assert db.execute(tables.settings.select()).all() == []


@pytest.mark.quick
def test_sealed_keys_open_only_with_their_secret(tmp_path: Path) -> None:
    key = seal.new_key()
    one, other = Seal(tmp_path / "one"), Seal(tmp_path / "other")
    sealed = one.seal(key)
    assert key not in sealed
    assert Seal(tmp_path / "one").open(sealed) == key
    assert other.open(sealed) is None
    assert re.fullmatch(r"[0-9a-f]{32}", key)
    assert os.name != "posix" or (tmp_path / "one").stat().st_mode & 0o077 == 0


@pytest.mark.quick
def test_files_are_kept_once_by_content_and_stay_inside(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "files")
    source = tmp_path / "a.GLB"
    source.write_bytes(b"x" * 3_000_000)
    name, size = blobs.add(source)
    assert blobs.add(source) == (name, size) and size == 3_000_000 and name.endswith(".glb")
    assert blobs.path(name).read_bytes() == source.read_bytes()
    assert list(blobs.incoming.iterdir()) == []
    with pytest.raises(ValueError, match="leaves"):
        blobs.path("../../etc/passwd")


@pytest.mark.quick
def test_old_files_that_nobody_names_are_forgotten(tmp_path: Path) -> None:
    blobs = FolderBlobs(tmp_path / "files")
    names = []
    for number in range(3):
        source = tmp_path / f"{number}.png"
        source.write_bytes(bytes([number]))
        names.append(blobs.add(source)[0])
    for name in names[:2]:
        os.utime(blobs.path(name), (1, 1))
    assert blobs.sweep({names[0]}) == 1
    assert [blobs.path(name).exists() for name in names] == [True, False, True]


@pytest.mark.quick
def test_times() -> None:
    assert iso(1719828000123) == "2024-07-01T10:00:00.123Z"
    assert parse_iso("2024-07-01T10:00:00.123Z") == 1719828000123
    assert parse_iso("2024-07-01T12:00:00.123+02:00") == 1719828000123
    assert iso(month_start(1719828000123)) == "2024-07-01T00:00:00.000Z"
