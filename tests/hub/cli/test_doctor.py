"""Every finding of the doctor says what helps in words for anybody; what is typed at a terminal stands apart."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from kinetix_core.protocol.hub.answers import Check
from kinetix_core.protocol.hub.enumerations import CheckState, ConnectionState, FileKind, ProfileKind, Remedy
from kinetix_godot.run.hub_routes import GodotService
from kinetix_godot.target.registry import Registry, Target
from kinetix_hub import doctor
from kinetix_hub.hub import Hub
from kinetix_hub.keys.profiles import Profiles
from kinetix_hub.keys.store import KeyStore
from kinetix_hub.services import local_state
from kinetix_hub.services.connections import Connections
from kinetix_hub.services.local_process import LocalService
from tests.hub.double import Double, delivered, hub_with
from tests.support.waiting import until


def _found(checks: list[Check], name: str) -> Check:
    return next(row for row in checks if row.name == name and row.state is not CheckState.OK)


def _is_for_anybody(row: Check) -> bool:
    return bool(row.next_step) and "`" not in row.next_step and "kinetix " not in row.next_step


def test_a_damaged_emote_is_repaired_by_what_the_finding_names(hub: Hub) -> None:
    emote = delivered(hub)
    Path(emote.files[FileKind.GLB]).write_bytes(b"no more")
    row = _found(doctor.examine(hub).checks, "library")
    assert (row.remedy, row.command) == (Remedy.FIX, "kinetix doctor --fix") and _is_for_anybody(row)
    doctor.cure(hub)
    assert [row.remedy for row in doctor.examine(hub).checks if row.name == "library"] == [None]


def test_a_project_whose_settings_are_refused_is_named(tmp_path: Path) -> None:
    project = tmp_path / "game"
    project.mkdir()
    (project / "project.godot").write_text("", encoding="utf-8")
    Registry(tmp_path / "home").add(Target.create(project))
    settings = json.dumps(["[" * 97_000, "*.glb"])
    (project / "kinetix_emotes.toml").write_text(f"[sync.emotes]\ninclude = {settings}\n", encoding="utf-8")
    with hub_with(Double(), tmp_path / "home", sync=GodotService) as hub:
        until(lambda: [row for row in doctor.examine(hub).checks if row.name == "sync"], "the project is not named")
        row = _found(doctor.examine(hub).checks, "sync")
    assert str(project) in row.text and "include" in row.text and _is_for_anybody(row)


def test_a_missing_key_is_asked_for(hub: Hub) -> None:
    hub.profiles.put("studio", ProfileKind.CUSTOM, "https://api.studio.example", "me")
    hub.profiles.activate("studio")
    row = _found(doctor.examine(hub).checks, "key")
    assert row.remedy is Remedy.ENTER_KEY and row.command == "kinetix profile key studio" and _is_for_anybody(row)


def test_a_missing_key_is_told_in_words_beside_the_command(tmp_path: Path) -> None:
    profiles = Profiles(tmp_path / "profiles.json")
    profiles.put("studio", ProfileKind.CUSTOM, "https://api.studio.example", "me")
    profiles.activate("studio")
    keys, local = KeyStore(tmp_path / "keys.json", {}), LocalService(tmp_path, tmp_path / "logs")
    told = Connections(profiles, keys, local, lambda _: None).check()
    assert told.state is ConnectionState.NO_KEY and told.command == "kinetix profile key studio"
    assert told.next_step and "kinetix " not in told.next_step


def test_what_the_capture_needs_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINETIX_WEIGHTS", str(tmp_path))
    for report in (local_state.examine(tmp_path / "home"), None):
        row = doctor.capture_row(report)
        assert row.remedy is Remedy.INSTALL and row.command.startswith("uv tool install") and _is_for_anybody(row)


def test_a_missing_capture_is_told_before_the_first_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kinetix_local", None)
    with hub_with(Double(), tmp_path / "home") as hub:
        until(lambda: hub.connections.state.code == "localNotInstalled", lambda: hub.connections.state)
        told = hub.connections.state
        assert told.state is ConnectionState.OFFLINE and "complete add-on file" in told.next_step
        hub.profiles_changed(check=True)
        row = _found(doctor.examine(hub).checks, "service")
        assert row.state is CheckState.ERROR and "not installed" in row.text and _is_for_anybody(row)


def test_a_service_without_its_models_is_not_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINETIX_WEIGHTS", str(tmp_path))
    with hub_with(Double(), tmp_path / "home") as hub:
        until(lambda: hub.connections.state.code == "modelsMissing", lambda: hub.connections.state)
        hub.connections.worked("local")
        assert hub.connections.state.state is ConnectionState.ERROR
        (tmp_path / "pose.tflite").touch()
        hub.profiles_changed(check=True)
        until(lambda: hub.connections.state.state is ConnectionState.READY, lambda: hub.connections.state)


def test_what_was_set_aside_says_what_to_do_again(tmp_path: Path) -> None:
    for name in (
        "hub/hub.db",
        "hub/profiles.json",
        "hub/keys.json",
        "godot/targets.json",
        "local/local.db",
        "local/secret",
    ):
        kept = tmp_path / f"{name}.damaged-1"
        kept.parent.mkdir(exist_ok=True)
        kept.touch()
    rows = doctor.set_aside_rows(tmp_path)
    assert len(rows) == 6 and all(_is_for_anybody(row) for row in rows)
