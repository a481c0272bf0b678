"""The complete add-on: an empty project, an empty home, no network and no `kinetix`; at the end an emote is in the project."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

import build_godot_addon
from tests.godot.editor import bad_lines, editor, godot, make_project
from tests.support import tools
from tests.support.services.home_processes import kill_all_in

CLIP = tools.ROOT / "samples" / "balance.mp4"


def test_the_small_zip_names_no_program(tmp_path: Path) -> None:
    assert build_godot_addon.build(tmp_path).stat().st_size < 1_000_000


@pytest.mark.nightly
@pytest.mark.timeout(1800)
@pytest.mark.xdist_group("godot-editor")
def test_from_an_empty_project_to_an_emote_without_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    for name in ("KINETIX_WEIGHTS", "KINETIX_NO_START"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "user"
    home.mkdir()
    user = {"HOME": str(home), "KINETIX_HOME": str(home / "kinetix"), "KINETIX_NO_START": ""}
    begun = time.monotonic()
    project = make_project(tmp_path, channel=True)
    build_godot_addon.install(build_godot_addon.build_complete(tmp_path / "dist"), project)
    assert not os.access(project / "addons/kinetix_emotes/hub/kinetix", os.X_OK)
    code, output = godot(tmp_path, project, "--import")
    assert code == 0 and not bad_lines(output), bad_lines(output)
    try:
        with editor(tmp_path, user, alone=True) as found:
            found.until("link.is_up()")
            connected = time.monotonic() - begun
            found.press("SyncProject")
            found.until("link.targets.size() == 1")
            found.run(f"part('Clip').text = '{CLIP}'\ncreate._refresh()")
            found.press("CreateFromClip")
            found.imported("emotes/balance.glb")
            assert found.get("load('res://emotes/balance.glb') != null")
            print(f"connected after {connected:.0f} s, emote after {time.monotonic() - begun:.0f} s")
    finally:
        kill_all_in(home)
