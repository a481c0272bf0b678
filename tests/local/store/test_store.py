"""Stored state: migrations, files, sealed keys."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kinetix_core.io import before_upgrade
from kinetix_core.values.errors import KinetixError
from kinetix_local.store import seal
from kinetix_local.store.clock import iso, month_start, parse_iso
from kinetix_local.store.seal import Seal
from kinetix_local.store.sql import database as database_module
from kinetix_local.store.sql import tables
from kinetix_local.store.sql.database import HEAD, Database
from tests.support.studio import fresh_database


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(f"sqlite:///{tmp_path / 'x.db'}")


def test_head_is_the_newest_migration() -> None:
    folder = Path(database_module.__file__).with_name("migrations") / "versions"
    texts = [path.read_text(encoding="utf-8") for path in folder.glob("*.py")]
    revisions = {match[1] for text in texts if (match := re.search(r'^revision = "(\w+)"', text, re.M))}
    replaced = {match[1] for text in texts if (match := re.search(r'^down_revision = "(\w+)"', text, re.M))}
    assert revisions - replaced == {HEAD}


def test_a_new_database_is_made_without_alembic_and_found_as_it_is(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'x.db'}"
    program = (
        "import sys; from kinetix_local.store.sql.database import Database; "
        f"Database({url!r}); assert 'alembic' not in sys.modules"
    )
    for _ in range(2):
        subprocess.run([sys.executable, "-c", program], check=True, stdin=subprocess.DEVNULL)


_NEXT = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "0002", "0001"
def upgrade() -> None:
    op.add_column("settings", sa.Column("extra", sa.Text(), nullable=True))
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_next_version_brings_a_database_up_to_date(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows stay; a SQLite file is copied before, and the version before names the copy."""
    path = tmp_path / "local.db"
    on_server = kind == "postgresql"
    url = fresh_database(request.getfixturevalue("postgres_url")) if on_server else f"sqlite:///{path.as_posix()}"
    before = Database(url)
    with before.write() as db:
        db.execute(tables.settings.insert().values(name="x", value=1))
    before.close()
    migrations = shutil.copytree(database_module._MIGRATIONS, tmp_path / "next")
    (migrations / "versions" / "0002_next.py").write_text(_NEXT, encoding="utf-8")
    with monkeypatch.context() as newer:
        newer.setattr(database_module, "HEAD", "0002")
        newer.setattr(database_module, "_MIGRATIONS", migrations)
        with ThreadPoolExecutor() as together:  # services that start at the same time
            for opened in together.map(Database, [url] * (4 if on_server else 1)):
                with opened.read() as db:
                    assert db.exec_driver_sql("SELECT name, extra FROM settings").all() == [("x", None)]
                opened.close()
    with pytest.raises(KinetixError) as refused:
        Database(url)
    copy = before_upgrade.copy_of(path, HEAD)
    assert refused.value.code == "databaseNewer"
    assert (copy.name in refused.value.next_step) == copy.is_file() == (not on_server)


def test_services_that_start_together_make_one_database(postgres_url: str) -> None:
    url = fresh_database(postgres_url)
    with ThreadPoolExecutor() as together:
        for opened in together.map(Database, [url] * 4):
            opened.close()


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
def test_times() -> None:
    assert iso(1719828000123) == "2024-07-01T10:00:00.123Z"
    assert parse_iso("2024-07-01T10:00:00.123Z") == 1719828000123
    assert parse_iso("2024-07-01T12:00:00.123+02:00") == 1719828000123
    assert iso(month_start(1719828000123)) == "2024-07-01T00:00:00.000Z"
