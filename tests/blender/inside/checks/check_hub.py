"""Start of the hub, connection and jobs in the panels, and the buttons that repair problems."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import hub_answers
import pytest
import rigs
from blender_api import OPS
from hub_double import Hub, noted, pump
from panels import drawn


@pytest.mark.parametrize(
    ("kind", "url", "leaves"),
    [
        ("local", "", False),
        ("custom", "http://127.0.0.1:8000", False),
        ("custom", "https://example.org", True),
        ("cloud", "", True),
    ],
)
def test_only_profiles_that_leave_this_machine_need_online_access(form: Any, kind: str, url: str, leaves: bool) -> None:
    form.clip(seconds=4.0, fps=30.0)
    form.link.state.profiles = [{"name": "p", "kind": kind, "url": url, "active": True}]
    assert not bpy.app.online_access and OPS.kinetix.create.poll() is not leaves


def test_a_job_that_goes_on_is_never_hidden_by_newer_ones_that_ended(form: Any) -> None:
    failed = [hub_answers.job(number, "failed") for number in range(2, 20)]
    form.jobs(*failed, hub_answers.job(1, "processing", name="The oldest"))
    assert "The oldest" in drawn("jobs").texts


def test_jobs_named_alike_are_told_apart_and_their_tooltips_have_the_whole_name(form: Any) -> None:
    names = [f"Two People Dance in the Park, {take} take" for take in ("first", "last")]
    form.jobs(*(hub_answers.job(number, "failed", name=name) for number, name in enumerate(names)))
    shown = drawn("jobs")
    cut = [text for text in shown.texts if text.startswith("Two People")]
    assert len(set(cut)) == 2 and all(len(text) < len(names[0]) for text in cut)
    description = rigs.addon("jobs.ops").KINETIX_OT_remove_job.description
    removes = [one for one in shown.operators if one.button == "kinetix.remove_job"]
    assert {description(None, one).partition("\n")[0] for one in removes} == set(names)


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        ("noKey", {"kinetix.add_profile"}),
        ("badKey", {"kinetix.add_profile"}),
        ("offline", {"kinetix.check_connection", "kinetix.restart_hub"}),
        ("error", {"kinetix.check_connection", "kinetix.restart_hub"}),
        ("ready", set()),
    ],
)
def test_the_button_that_cures_it(form: Any, monkeypatch: pytest.MonkeyPatch, state: str, wanted: set[str]) -> None:
    """Every bad state of the connection has a button; the key's goes to the profile that is in use."""
    monkeypatch.setattr(rigs.addon("account.panel"), "goes_online", lambda: False)
    form.connection(state, kind="staging", user="player-7")
    found = drawn("create")
    everywhere = {
        f"kinetix.{name}" for name in ("diagnose", "copy_report", "open_log", "choose_clip", "create", "phone")
    }
    assert set(found.buttons) - everywhere == wanted
    assert state == "ready" or {"A reason.", "Do this."} <= set(found.texts)
    for one in found.operators:
        if one.button == "kinetix.add_profile":
            assert vars(one)["values"] == {"name": "cloud", "kind": "staging", "user": "player-7"}


def test_where_the_state_is_damaged_a_repair_is_offered(form: Any) -> None:
    for code, repairs in (("localDamaged", True), ("tls", False)):
        form.connection("error", code)
        assert ("kinetix.repair_library" in drawn("create").buttons) is repairs, code


def test_where_the_capture_is_missing_the_complete_file_is_offered(form: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    form.connection("offline", "localNotInstalled")
    assert "extensions.package_install_files" in drawn("create").buttons
    monkeypatch.setattr(rigs.addon("hub.process"), "bundle", lambda: Path("/there"))
    assert "extensions.package_install_files" not in drawn("create").buttons, "the hub that runs is an older one"


def test_a_hub_of_another_version_is_restarted_by_its_button(
    home: Path, link: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Hub(home)
    old.snapshot["protocol"] = 2
    link.connect()
    pump(link, lambda: link.phase == "failed")
    assert "version" in link.problem["title"] and link.problem["nextStep"]
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


def test_a_phone_that_cannot_open_the_link_is_told_why(form: Any) -> None:
    form.one_job("awaitingUpload")
    assert form.link.state.jobs["awaitingUpload-1"]["phone"]["hint"] in drawn("jobs").said


def command_in(folder: Path) -> Path:
    """Make a file that a system takes for the program `kinetix` when it looks through `folder`."""
    command = folder / ("kinetix.exe" if sys.platform == "win32" else "kinetix")
    command.write_text("#!/bin/sh\n", encoding="utf-8")
    command.chmod(0o755)
    return command


def test_without_any_way_to_start_it_says_what_to_do(home: Path, link: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    process = rigs.addon("hub.process")
    monkeypatch.setattr(process, "wheel_folder", lambda: None)
    answers: list[Any] = []
    link.request("GET", "/v1/emotes", None, answers.append)
    pump(link, lambda: link.phase == "failed")
    assert answers and answers[0].error["nextStep"] and "complete add-on file" in link.problem["nextStep"]


def test_a_hub_that_fails_to_start_gives_way_to_the_next_way_and_then_to_a_message(
    home: Path, link: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = rigs.addon("hub.process")
    broken = [sys.executable, "-c", "import sys; print('a reason'); sys.exit(3)"]
    started: list[int] = []
    monkeypatch.setattr(process, "_commands", lambda _command: iter([(noted(started, broken), {}), (broken, {})]))
    link.connect()
    pump(link, lambda: link.phase == "failed")
    assert "a reason" in process.log_file().read_text(encoding="utf-8")


def test_a_hub_that_comes_after_its_start_was_given_up_is_found(
    home: Path, link: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, slow = rigs.addon("hub.process"), [sys.executable, "-c", "import sys; sys.stdin.read()"]
    begun = subprocess.Popen(slow, stdin=subprocess.PIPE)
    monkeypatch.setattr(process, "_commands", lambda _command: iter([(slow, {})]))
    monkeypatch.setattr(process, "_detached", lambda *_: begun)
    monkeypatch.setattr(process, "START_S", 0.0)
    monkeypatch.setattr(rigs.addon("hub.link"), "LOOK_LATE_S", 0.0)
    link.connect()
    pump(link, lambda: link.phase == "failed")
    late = Hub(home)
    try:
        pump(link, lambda: link.phase == "live" and link.problem is None)
    finally:
        late.close()
        begun.communicate()


def test_the_start_tells_what_its_program_says_is_wrong(home: Path, link: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    process = rigs.addon("hub.process")
    code = f"import sys; sys.stderr.write('why\\nNo room.\\nFree some.\\n'); sys.exit({process.REFUSED})"
    monkeypatch.setattr(process, "_commands", lambda _command: iter([([sys.executable, "-c", code], {})]))
    link.connect()
    pump(link, lambda: link.phase == "failed")
    assert (link.problem["title"], link.problem["nextStep"]) == ("No room.", "Free some.")


def test_a_program_is_started_without_the_modules_that_a_person_keeps_at_home(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text(
        "raise SystemExit('a module of the home folder was imported')\n", encoding="utf-8"
    )
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    begun = rigs.addon("hub.process")._detached([sys.executable, "-m", "json.tool", "--help"], {})
    assert begun.wait() == 0


@pytest.fixture
def complete(home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The add-on as the complete file brings it, for this Python."""
    process, folder = rigs.addon("hub.process"), home / "runtime bundle"
    folder.mkdir()
    (folder / "kinetix_bridge-0.1.0-py3-none-any.whl").write_bytes(b"")
    here = f"{sys.version_info.major}.{sys.version_info.minor}"
    info = {"version": "0.1.0", "python": here, "name": "0.1.0-here"}
    (folder / "bundle.json").write_text(json.dumps(info), encoding="utf-8")
    monkeypatch.setattr(process, "bundle", lambda: folder)
    monkeypatch.setattr(process, "wheel_folder", lambda: None)
    return folder


def test_the_complete_file_starts_its_own_hub_first_of_all(
    home: Path, complete: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = rigs.addon("hub.process")
    command = command_in(home)
    (first, environment), (second, _) = process._commands("")
    assert first[1:] == ["-m", "kinetix_hub.installation.runtime_folder", str(complete)]
    assert environment["PYTHONPATH"].endswith(".whl") and second[0] == str(command)
    assert process.is_first_start()
    (home / "runtime" / "0.1.0-here").mkdir(parents=True)
    assert not process.is_first_start()


def test_a_complete_file_for_another_python_says_which_one_is_right(complete: Any, link: Any) -> None:
    info = {"version": "0.1.0", "python": "3.8", "name": "0.1.0-other"}
    (complete / "bundle.json").write_text(json.dumps(info), encoding="utf-8")
    link.connect()
    pump(link, lambda: link.phase == "failed")
    assert "another Python" in link.problem["title"]
    assert f"{sys.version_info.major}.{sys.version_info.minor}" in link.problem["nextStep"]


def test_blenders_python_is_found_by_version_and_prefix() -> None:
    found = rigs.addon("hub.process").blender_python()
    assert found is not None and found.is_file()
    assert Path(sys.prefix) in found.parents or str(found).startswith("/usr/bin/python3.")


def test_only_windows_locks_the_files_of_a_running_hub(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = rigs.addon("hub.process")
    for wheels, locked in ((home, sys.platform == "win32"), (None, False)):
        monkeypatch.setattr(process, "wheel_folder", lambda wheels=wheels: wheels)
        assert process.locks_wheels() is locked


def test_the_ways_to_start_the_hub_in_their_order(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = rigs.addon("hub.process")
    monkeypatch.setattr(process, "wheel_folder", lambda: home)
    command = command_in(home)
    blender = home / "blender"
    blender.write_text("", encoding="utf-8")
    monkeypatch.setattr(process, "_blender_program", lambda: str(blender))
    lines = [line for line, _ in process._commands("")]
    assert lines[0][1:] == ["-m", "kinetix_hub"] and "python" in Path(lines[0][0]).name
    assert lines[1] == [str(command), "hub", "start", "--json"]
    assert lines[2][:2] == [str(blender), "-b"]
    assert [line[0] for line, _ in process._commands("/my/kinetix")] == ["/my/kinetix"], "the person's choice alone"
