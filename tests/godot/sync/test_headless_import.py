"""Imports by a real Godot without an open editor; failures are found despite exit code 0."""

from __future__ import annotations

import json
import subprocess
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
    for _ in range(2):  # Godot does not try it again by itself, and it is still told
        ended = kinetix_sync(*arguments)
        assert ended.exit_code == 1
        told = json.loads(ended.output)["targets"]
        assert [failed for found in told for failed in found.get("failed", [])] == ["emotes/Own.glb"]


@pytest.mark.quick
@pytest.mark.posix_only(reason="making a link needs a right that few have on Windows")
def test_settings_that_leave_while_failures_are_looked_for_are_none(tmp_path: Path) -> None:
    """A listed file that cannot be opened stands for one that the sync removed."""
    for name in ("Bow.glb.import", "Wave.glb.import"):
        (tmp_path / name).write_text("[remap]\nvalid=false\n", encoding="utf-8")
    (tmp_path / "Gone.glb.import").symlink_to(tmp_path / "nowhere")
    assert failed_imports(tmp_path, ".") == ["Bow.glb", "Wave.glb"]


def has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.quick
@pytest.mark.posix_only(reason="the stand-in for Godot is a shell script")
def test_what_godot_started_ends_with_it_when_its_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child, program = tmp_path / "child", tmp_path / "godot"
    program.write_text(f"#!/bin/sh\nsleep 1000 &\necho $! > '{child}.new'\nmv '{child}.new' '{child}'\nwait\n")
    program.chmod(0o755)

    def never(process: subprocess.Popen[bytes], timeout: float) -> None:
        until(child.exists)
        raise subprocess.TimeoutExpired(process.args, timeout)

    monkeypatch.setattr(subprocess.Popen, "communicate", never)
    with pytest.raises(KinetixError) as told:
        import_project(tmp_path, "emotes", program)
    assert told.value.code == "importTimeout"
    until(lambda: has_ended(int(child.read_text())))


def test_without_godot_the_next_step_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("GODOT", raising=False)
    with pytest.raises(InputError) as error:
        find_godot()
    assert "--godot" in error.value.next_step
