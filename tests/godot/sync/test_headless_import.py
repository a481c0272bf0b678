"""Imports by a real Godot without an open editor; failures are found despite exit code 0."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from click.testing import Result

from kinetix_core.values.errors import InputError, KinetixError
from kinetix_godot.run.headless import failed_imports, find_godot, import_project
from tests.godot import emotes
from tests.godot.editor import bring_caches, own_environment
from tests.godot.sync.place import Place
from tests.support import tools
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("godot-runtime")


def test_import_on_request_and_failures_are_found(
    tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kinetix_sync: Callable[..., Result],
) -> None:
    bring_caches(tmp_path_factory, tmp_path)
    for name, value in own_environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    place = Place(tmp_path)
    (place.source / "Wave.glb").write_bytes(emotes.wave_glb(1))
    arguments = ["run", "--import", "--godot", str(tools.godot()), "--json"]
    ended = kinetix_sync(*arguments)
    assert ended.exit_code == 0, ended.output
    settings = (place.emotes / "Wave.glb.import").read_text(encoding="utf-8")
    assert "uid=" in settings and "valid=false" not in settings, "Godot has not imported it"
    assert list((place.project / ".godot/imported").glob("Wave.glb-*.res"))

    (place.emotes / "Own.glb").write_bytes(b"glTF\x02\0\0\0\x10\0\0\0nope")  # the user's, so nobody checked it
    for _ in range(2):  # Godot does not retry by itself, and the failure is still reported
        ended = kinetix_sync(*arguments)
        assert ended.exit_code == 1
        reports = json.loads(ended.output)["targets"]
        assert [failed for report in reports for failed in report.get("failed", [])] == ["emotes/Own.glb"]


@pytest.mark.quick
@pytest.mark.posix_only(reason="making a link needs a right that few have on Windows")
def test_settings_that_leave_while_failures_are_looked_for_are_none(tmp_path: Path) -> None:
    """A listed file that cannot be opened stands for one that the sync removed."""
    for name in ("Bow.glb.import", "Wave.glb.import"):
        (tmp_path / name).write_text("[remap]\nvalid=false\n", encoding="utf-8")
    (tmp_path / "Gone.glb.import").symlink_to(tmp_path / "nowhere")
    assert failed_imports(tmp_path, ".") == ["Bow.glb", "Wave.glb"]


def has_ended(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.quick
@pytest.mark.posix_only(reason="the stand-in for Godot is a shell script")
def test_what_godot_started_ends_with_it_when_its_time_is_over(tmp_path: Path) -> None:
    child, program = tmp_path / "child", tmp_path / "godot"
    program.write_text(f"#!/bin/sh\nsleep 1000 &\necho $! > '{child}.new'\nmv '{child}.new' '{child}'\nwait\n")
    program.chmod(0o755)
    limits = iter((0.3, 3.0, 30.0))
    while not child.exists():  # a busy machine may take long to start it
        with pytest.raises(KinetixError) as caught:
            import_project(tmp_path, "emotes", program, next(limits))
        assert caught.value.code == "importTimeout"
    until(lambda: has_ended(int(child.read_text())))


def test_without_godot_the_next_step_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("GODOT", raising=False)
    with pytest.raises(InputError) as error:
        find_godot()
    assert "--godot" in error.value.next_step
