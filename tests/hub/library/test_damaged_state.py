"""State that a disk, a power cut or a stranger damaged: it is kept, told with what is lost, and nothing starts in a loop."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from kinetix_core.io import files
from kinetix_core.protocol.hub.answers import SetAside
from kinetix_core.protocol.hub.enumerations import ConnectionState, ProfileKind
from kinetix_core.protocol.hub.models import NoticeEvent
from kinetix_core.values.errors import KinetixError
from kinetix_hub.database import Database
from kinetix_hub.doctor import cure, set_aside_rows
from kinetix_hub.hub import Hub
from kinetix_hub.keys.profiles import Profiles
from kinetix_hub.keys.store import KeyStore
from kinetix_hub.services import local_state
from kinetix_hub.services.local_process import LocalService
from kinetix_hub.services.port import Temporary
from tests.hub.double import Double, create, delivered, hub_with, no_sync, wait_state
from tests.support.made_once import made_once
from tests.support.present import present
from tests.support.waiting import until


def sql(*statements: str) -> Callable[[Path], None]:
    def harm(file: Path) -> None:
        connection = sqlite3.connect(file)
        for statement in statements:
            connection.execute(statement)
        connection.commit()
        connection.close()

    return harm


def noise(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    file.write_bytes(data)


DATABASES: dict[str, Callable[[Path], object]] = {
    "other bytes": lambda file: file.write_bytes(b"this is no database at all" * 500),
    "noise behind its first page": noise,
    "nothing": lambda file: file.write_bytes(b""),
    "only its beginning": lambda file: file.write_bytes(file.read_bytes()[:5000]),
    "a lost table": sql("DROP TABLE jobs"),
    "a job that is no JSON": sql("UPDATE jobs SET doc='{'"),
    "a job without its settings": sql("UPDATE jobs SET doc='{}'"),
    "a job in no state": sql("UPDATE jobs SET state='gone'"),
    "an emote that is called as none can be": sql("UPDATE OR IGNORE emotes SET id='..'"),
    "an emote of a hash that is none": sql("UPDATE emotes SET sha256='../x'"),
    "an emote that is no JSON": sql("UPDATE emotes SET doc=''"),
    "a number of version that lies": sql("PRAGMA user_version=0"),
}


@pytest.mark.parametrize("what", DATABASES)
def test_a_damaged_hub_db_is_kept_and_the_library_found_again(tmp_path: Path, what: str) -> None:
    home = tmp_path / "home"
    with hub_with(Double(), home) as hub:
        made, binned = delivered(hub, "動作"), delivered(hub, "Bow")
        hub.library.pin(made.id, True)
        hub.delete(binned.id)
    DATABASES[what](home / "hub" / "hub.db")
    with hub_with(Double(), home) as hub:
        (found,) = hub.all_emotes()
        assert (found.id, found.name, found.pinned, found.sha256) == (made.id, "動作", True, made.sha256)
        assert hub.library.restore(binned.id).name == "Bow"
        notices = [event.data for event in hub.events.since("test", 0).events if isinstance(event, NoticeEvent)]
        assert "1 emotes were found" in notices[0].title
        assert hub.database.check() == "ok" and hub.database.moved_aside is not None
        (row,) = set_aside_rows(home)
        assert row.state == "warning" and "hub.db" in row.text and "history of jobs" in row.text
        assert row.next_step
        kept = hub.database.moved_aside
    with hub_with(Double(), home) as hub:
        assert hub.database.moved_aside is None and kept.exists()
        assert len(set_aside_rows(home)) == 1, "told until somebody deletes it"


@pytest.mark.parametrize("what", ["other bytes", "noise behind its first page", "a lost table"])
def test_a_damaged_hub_db_is_closed_before_it_is_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Windows renames no file that is open; here the open files of this process are looked at."""
    file = tmp_path / "hub" / "hub.db"
    Database(file).close()
    DATABASES[what](file)
    held: list[Path] = []
    real = files.replace

    def replace(source: Path, target: Path, **rest: Any) -> None:
        opened = {Path(row.path) for row in psutil.Process().open_files()}
        held.extend(path for path in opened if path.parent == file.parent)
        real(source, target, **rest)

    monkeypatch.setattr(files, "replace", replace)
    database = Database(file)
    assert database.moved_aside is not None and not held
    database.close()


def test_two_damages_in_one_second_are_two_files(tmp_path: Path) -> None:
    for _ in range(3):
        (tmp_path / "hub.db").write_bytes(b"no database" * 100)
        Database(tmp_path / "hub.db").close()
    assert len(list(tmp_path.glob("hub.db.damaged-*"))) == 3


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", "[" * 200_000, '{"profiles":7,"active":"x"}',
        '{"profiles":[{"name":"../x","kind":"custom","url":"https://x.example","user":"p"}],"active":"x"}',
        '{"profiles":[{"name":"x","kind":"custom","url":"file:///etc/passwd","user":"p"}],"active":"x"}',
        '{"profiles":[{"name":"x","kind":"evil","url":"","user":"p"}],"active":"x"}',
        '{"profiles":[{"name":"x","kind":"local","url":"","user":7}],"active":"x"}',
    ],
    ids=lambda text: text[:40],
)  # fmt: skip
def test_damaged_profiles_are_kept_and_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "hub" / "profiles.json"
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    profiles = Profiles(file)
    assert [profile.name for profile in profiles.all()] == ["cloud", "local"] and profiles.active.name == "local"
    (row,) = set_aside_rows(tmp_path)
    assert "profiles.json" in row.text and row.command == "kinetix profile set"
    profiles.put("studio", ProfileKind.CUSTOM, "https://api.studio.example", "me")
    assert [path.read_text(encoding="utf-8") for path in file.parent.glob("*.damaged-*")] == [text]


def test_damaged_keys_are_not_written_over(tmp_path: Path) -> None:
    file = tmp_path / "hub" / "keys.json"
    file.parent.mkdir()
    file.write_text('{"studio": "0123', encoding="utf-8")
    keys = KeyStore(file, {}, ask=lambda *_given, **_rest: None)
    keys.put("cloud", "f" * 32)
    (kept,) = file.parent.glob("keys.json.damaged-*")
    assert kept.read_text(encoding="utf-8") == '{"studio": "0123'
    assert json.loads(file.read_text(encoding="utf-8")) == {"cloud": "f" * 32}
    assert set_aside_rows(tmp_path)[0].command == "kinetix profile key"


def test_what_could_not_be_written_is_not_true_in_memory(tmp_path: Path) -> None:
    """A folder stands for a full disk."""
    file = tmp_path / "profiles.json"
    profiles = Profiles(file)
    profiles.put("studio", ProfileKind.CUSTOM, "https://api.studio.example", "me")
    before = (profiles.all(), profiles.active)
    file.unlink()
    file.mkdir()
    for change in (
        lambda: profiles.put("other", ProfileKind.STAGING, "", ""),
        lambda: profiles.put("studio", ProfileKind.CUSTOM, "https://else.example", "you"),
        lambda: profiles.remove("studio"),
        lambda: profiles.activate("cloud"),
    ):
        with pytest.raises(OSError):
            change()
        assert (profiles.all(), profiles.active) == before


# Kinetix Local


@pytest.fixture
def home(local_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Kinetix Local ran in it once and made an emote."""

    def make(folder: Path) -> None:
        local = LocalService(folder, folder / "logs")
        local.ensure()
        local.stop()
        # Where it is ended hard, as on Windows, the database would otherwise be whole without a byte of its own file.
        with contextlib.closing(sqlite3.connect(folder / "local" / "local.db")) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    shutil.copytree(made_once(tmp_path_factory, "home-of-local", make), local_home, dirs_exist_ok=True)
    (local_home / "logs" / "local.log").unlink()  # it tells of that first start
    blob = local_home / "local" / "files" / "ab" / ("c" * 62 + ".glb")
    blob.parent.mkdir()
    blob.write_bytes(b"glTF, somebody's emote")
    os.utime(blob, (1, 1))  # old enough to be swept, if nothing named it
    return local_home


def _half(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


LOCAL_STATE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "other bytes for a database": ("local.db", DATABASES["other bytes"]),
    "an empty database": ("local.db", DATABASES["nothing"]),
    "no database beside the files": ("local.db", lambda file: file.unlink()),
    "half a secret": ("secret", _half),
    "an empty secret": ("secret", DATABASES["nothing"]),
}


@pytest.mark.parametrize("what", LOCAL_STATE)
def test_a_damaged_service_is_told_started_once_and_cured_by_the_doctor(home: Path, what: str) -> None:
    name, harm = LOCAL_STATE[what]
    harm(home / "local" / name)
    damaged = (home / "local" / name).read_bytes() if (home / "local" / name).exists() else None
    local = LocalService(home, home / "logs")
    with pytest.raises(KinetixError) as caught:
        local.ensure()
    assert caught.value.code == "localDamaged" and not isinstance(caught.value, Temporary)
    assert caught.value.command == "kinetix doctor --fix" and "kinetix" not in caught.value.next_step
    log = (home / "logs" / "local.log").read_text(encoding="utf-8")
    assert log.count("of Kinetix Local is damaged") == 1, "it was started again and again"
    (row,) = present(local_state.examine(home)).damage
    assert row.name == name and row.reason and row.lost and not row.moved_to
    hub = Hub(home, "test")
    try:
        (done,) = cure(hub)
        assert isinstance(done, SetAside) and done.fixed and done.name == name and row.lost in done.detail
        assert not present(local_state.examine(home)).damage
        found = hub.local.ensure()
        assert found.key
    finally:
        hub.stop()
    if damaged is not None:
        (kept,) = (path for path in (home / "local").glob(f"{name}.damaged-*") if "-wal" not in path.name)
        assert kept.read_bytes() == damaged
    if name == "local.db":  # whose emotes they are, only the lost database knew
        assert [path.read_bytes() for path in (home / "local").rglob("*.glb")] == [b"glTF, somebody's emote"]


def test_damage_is_seen_where_pipes_have_a_code_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows' pipes have a code page; the reported folder has accents in its name."""
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    home = tmp_path / "Ünï home"
    (home / "local").mkdir(parents=True)
    (home / "local" / "secret").write_text("half", encoding="utf-8")
    assert [row.name for row in present(local_state.examine(home)).damage] == ["secret"]


def test_a_sound_service_is_left_alone(home: Path) -> None:
    hub = Hub(home, "test")
    try:
        found = hub.local.ensure()
        assert cure(hub) == [] and until(hub.local.info) == found
    finally:
        hub.stop()


def test_a_job_whose_service_is_damaged_fails_and_goes_on_after_the_cure(home: Path, tmp_path: Path) -> None:
    _half(home / "local" / "secret")
    hub = Hub(home, "test", sync=no_sync)
    try:
        hub.start()
        job = create(hub)
        failed = wait_state(hub, job, "failed")
        assert present(failed.error).code == "localDamaged" and present(failed.error).command == "kinetix doctor --fix"
        # The editors offer the doctor where the connection has an error.
        seen = until(lambda: [told for told in (hub.connections.state,) if told.code == "localDamaged"])
        assert [(told.state, told.command) for told in seen] == [(ConnectionState.ERROR, "kinetix doctor --fix")]
        assert [row.name for row in cure(hub)] == ["secret"]
        hub.commands.retry(job)
        assert wait_state(hub, job, "delivered", "failed").state == "delivered"
    finally:
        hub.stop()
