"""Connection and jobs in the panels, and the buttons that repair problems."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import panels
import pytest
import rigs
from hub_double import Hub, live, noted, pump


def test_only_profiles_that_leave_this_machine_need_online_access(monkeypatch: pytest.MonkeyPatch) -> None:
    state, goes_online = rigs.addon("hub.heartbeat").LINK.state, rigs.addon("hub.requests").goes_online
    kept = state.profiles
    try:
        for kind, url, leaves in (
            ("local", "", False),
            ("custom", "http://127.0.0.1:8000", False),
            ("custom", "https://example.org", True),
            ("cloud", "", True),
        ):
            state.profiles = [{"name": "p", "kind": kind, "url": url, "active": True}]
            assert goes_online() == (leaves and not bpy.app.online_access), (kind, url)
    finally:
        state.profiles = kept


def test_a_job_that_goes_on_is_never_hidden_by_newer_ones_that_ended() -> None:
    state = rigs.addon("hub.heartbeat").LINK.state
    state.jobs = {
        str(number): {
            "id": str(number),
            "name": f"Job {number}",
            "state": "failed",
            "createdAt": f"2026-01-{number:02d}",
        }
        for number in range(2, 20)
    }
    state.jobs["1"] = {"id": "1", "name": "The oldest", "state": "processing", "createdAt": "2026-01-01", "percent": 5}
    try:
        assert "The oldest" in panels.drawn("jobs.KINETIX_PT_jobs").texts
    finally:
        state.jobs = {}


def test_jobs_named_alike_are_told_apart_and_their_tooltips_have_the_whole_name() -> None:
    state, names = (
        rigs.addon("hub.heartbeat").LINK.state,
        [f"Two People Dance in the Park, {take} take" for take in ("first", "last")],
    )
    state.jobs = {name: {"id": name, "name": name, "state": "failed", "createdAt": ""} for name in names}
    try:
        shown = panels.drawn("jobs.KINETIX_PT_jobs")
        cut = [text for text in shown.texts if text.startswith("Two People")]
        assert len(set(cut)) == 2 and all(len(text) < len(names[0]) for text in cut)
        removes = [one for one in shown.operators if one.button == "kinetix.remove_job"]
        tips = {
            rigs.addon("jobs.ops").KINETIX_OT_remove_job.description(None, one).partition("\n")[0] for one in removes
        }
        assert tips == set(names)
    finally:
        state.jobs = {}


def test_the_button_that_cures_it(hub: Any, link: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every bad state of the connection has a button; the key's goes to the profile that is in use."""
    heartbeat = rigs.addon("hub.heartbeat")
    monkeypatch.setattr(heartbeat, "LINK", link)
    monkeypatch.setattr(rigs.addon("account.panel").heartbeat, "LINK", link)
    hub.snapshot["profiles"] = [{"name": "mine", "kind": "staging", "user": "player-7", "active": True}]
    hub.snapshot["connection"] = {"profile": "mine", "state": "ready", "message": "", "nextStep": ""}
    live(link)
    monkeypatch.setattr(rigs.addon("account.panel"), "goes_online", lambda: False)
    for state, wanted in (
        ("noKey", {"kinetix.add_profile"}),
        ("badKey", {"kinetix.add_profile"}),
        ("offline", {"kinetix.check_connection", "kinetix.restart_hub"}),
        ("error", {"kinetix.check_connection", "kinetix.restart_hub"}),
        ("ready", set()),
    ):
        link.state.connection = {"profile": "mine", "state": state, "message": "Why.", "nextStep": "Do this."}
        found = panels.drawn("create.KINETIX_PT_create")
        everywhere: tuple[str, ...] = ("kinetix.diagnose", "kinetix.copy_report", "kinetix.open_log")
        everywhere += ("kinetix.choose_clip", "kinetix.create", "kinetix.phone")
        cures = [one for one in found.operators if one.button not in everywhere]
        assert {one.button for one in cures} == wanted, state
        assert state == "ready" or {"Why.", "Do this."} <= set(found.texts)
        if "Key" in state:
            assert vars(cures[0])["values"] == {"name": "mine", "kind": "staging", "user": "player-7"}


def test_where_the_state_is_damaged_a_repair_is_offered(link: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rigs.addon("account.panel").heartbeat, "LINK", link)
    monkeypatch.setattr(rigs.addon("account.panel"), "goes_online", lambda: False)
    monkeypatch.setattr(link, "phase", "live")
    for code, repairs in (("localDamaged", True), ("tls", False)):
        link.state.connection = {"profile": "local", "state": "error", "message": "Why.", "code": code}
        buttons = {one.button for one in panels.drawn("create.KINETIX_PT_create").operators}
        assert ("kinetix.repair_library" in buttons) is repairs, code


def test_where_the_capture_is_missing_the_complete_file_is_offered(link: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rigs.addon("account.panel").heartbeat, "LINK", link)
    monkeypatch.setattr(rigs.addon("account.panel"), "goes_online", lambda: False)
    monkeypatch.setattr(link, "phase", "live")
    link.state.connection = {"profile": "local", "state": "offline", "message": "Why.", "code": "localNotInstalled"}

    def offered() -> Any:
        buttons = {one.button for one in panels.drawn("create.KINETIX_PT_create").operators}
        return "extensions.package_install_files" in buttons

    assert offered()
    monkeypatch.setattr(rigs.addon("hub.process"), "bundle", lambda: Path("/there"))
    assert not offered(), "it is there: the hub that runs is an older one"


def test_a_hub_of_another_version_is_restarted_by_its_button(
    home: Path, link: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Hub(home)
    old.snapshot["protocol"] = 2
    link.connect()
    pump(link, lambda: link.phase == "failed")
    started: list[int] = []
    monkeypatch.setattr(rigs.addon("hub.process"), "start", lambda command: noted(started, _never()))
    link.restart()
    pump(link, lambda: ("POST", "/v1/shutdown") in [one[:2] for one in old.asked])
    old.close()
    old.file.unlink()
    pump(link, lambda: started)


def _never() -> Any:
    """A start that is still going on."""

    never = {"ended": lambda: False, "takes_too_long": lambda: False, "refusal": lambda: None}
    return SimpleNamespace(problem="", unpacks=False, **never)


def test_a_qr_code_keeps_its_modules() -> None:
    pixels = rigs.addon("jobs.panel").code_pixels(["000", "010", "001"])
    assert pixels.shape == (12, 12, 4) and pixels[..., 3].all()
    assert (pixels[::4, ::4, 0] == [[1, 1, 1], [1, 0, 1], [1, 1, 0]]).all() and not pixels[4:8, 4:8, :3].any()


def test_a_phone_that_cannot_open_the_link_is_told_why(hub: Any) -> None:
    state = rigs.addon("hub.heartbeat").LINK.state
    phone = {
        "url": "http://127.0.0.1/x",
        "expires": "2999-01-01T00:00:00Z",
        "qr": ["000", "010", "000"],
        "hint": "Only this machine.",
    }
    state.jobs = {"p": {"id": "p", "state": "awaitingUpload", "phone": phone, "createdAt": ""}}
    try:
        assert "Only this machine." in panels.drawn("jobs.KINETIX_PT_jobs").texts
    finally:
        state.jobs = {}
