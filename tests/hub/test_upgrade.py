"""A home folder that a released version left opens in this one; a database of a newer one is refused, with the way back."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from kinetix_core import before_upgrade
from kinetix_core.errors import KinetixError
from kinetix_hub import database
from kinetix_local.store import database as local_database
from tests.hub.conftest import HubProcess
from tests.support import tools
from tests.support.waiting import until

HOMES = sorted((tools.DATA / "homes").glob("*.zip"))


def unpack(archive: Path, home: Path) -> Path:
    home.mkdir(parents=True)
    with zipfile.ZipFile(archive) as kept:
        kept.extractall(home)
    return home


@pytest.mark.parametrize("archive", HOMES, ids=lambda path: path.stem)
def test_a_home_of_a_released_version_opens(archive: Path, hub_process: Callable[..., HubProcess]) -> None:
    hub = hub_process("old home")
    unpack(archive, hub.home)
    link = hub.start()
    state = link.get("/snapshot")
    assert [emote["name"] for emote in state["emotes"]] == ["Wave"]
    assert {job["name"]: job["state"] for job in state["jobs"]} == {"Wave": "delivered", "Broken": "failed"}
    assert {profile["name"] for profile in state["profiles"]} >= {"local", "cloud", "studio"}
    assert [target["folder"] for target in state["services"]["godot"]["targets"]] == ["emotes"]
    assert not list(hub.home.rglob("*.damaged-*"))
    link.post("/connection/check")  # starts Kinetix Local
    until(lambda: link.get("/snapshot")["connection"]["state"] == "ready", lambda: link.get("/snapshot")["connection"])
    made = link.post("/jobs", {"clip": _clip(hub.home.parent), "name": "New"})
    until(lambda: link.get(f"/jobs/{made['id']}")["state"] == "delivered", lambda: link.get(f"/jobs/{made['id']}"))
    assert {emote["name"] for emote in link.get("/snapshot")["emotes"]} == {"Wave", "New"}
    assert hub.cli("doctor", "--json").returncode == 0


def _clip(folder: Path) -> str:
    (folder / "new.mp4").write_text("another clip", encoding="utf-8")
    return str(folder / "new.mp4")


@pytest.mark.quick
def test_before_an_upgrade_a_copy_is_kept_and_a_downgrade_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = unpack(HOMES[0], tmp_path / "home") / "hub" / "hub.db"
    with contextlib.closing(sqlite3.connect(path)) as raw:
        before = raw.execute("PRAGMA user_version").fetchone()[0]
    stale = path.with_name("hub.db.schema-0")
    stale.write_bytes(b"")
    with monkeypatch.context() as next_version:
        next_version.setattr(
            database, "_MIGRATIONS", (*database._MIGRATIONS, "ALTER TABLE jobs ADD COLUMN extra TEXT;")
        )
        database.Database(path).close()
    known = len(database._MIGRATIONS)
    copy = before_upgrade.copy_of(path, str(before))
    assert copy.is_file() and not stale.exists()
    if os.name == "posix":
        assert copy.stat().st_mode & 0o077 == 0
    with contextlib.closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("PRAGMA user_version").fetchone()[0] == before
        assert kept.execute("SELECT count(*) FROM jobs").fetchone()[0] == 2
    with pytest.raises(KinetixError) as refused:
        database.Database(path)
    error = refused.value
    assert error.code == "newerDatabase" and "newer version" in error.title and f"knows {known}" in error.detail
    assert before_upgrade.copy_of(path, str(known)).exists() == (copy.name in error.next_step)
    copy.replace(path)  # the way back
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    opened = database.Database(path)
    assert len(opened.read("SELECT id FROM jobs")) == 2
    opened.close()


@pytest.mark.quick
def test_kinetix_local_keeps_a_copy_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "local.db"
    url = f"sqlite:///{path.as_posix()}"
    opened = local_database.Database(url)
    opened.migrate_to("0003")
    opened.close()
    local_database.Database(url).close()
    assert before_upgrade.copy_of(path, "0003").is_file()
    monkeypatch.setattr(local_database, "HEAD", "0003")
    with pytest.raises(KinetixError) as refused:
        local_database.Database(url)
    assert refused.value.code == "databaseNewer" and "local.db.schema-0003" in refused.value.next_step


@pytest.mark.quick
def test_a_new_database_leaves_no_copy(tmp_path: Path) -> None:
    database.Database(tmp_path / "hub.db", first=True).close()
    local_database.Database(f"sqlite:///{(tmp_path / 'local.db').as_posix()}").close()
    assert not list(tmp_path.glob("*.schema-*"))
