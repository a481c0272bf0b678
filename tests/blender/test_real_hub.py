"""The add-on's link in Blender against a real hub and a real Kinetix Local, in what goes wrong between them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.blender import screen
from tests.blender.test_matrix import CHECKS, HANGS_S, assert_all_hold, run_inside
from tests.support import tools
from tests.support.service import FAST


@pytest.mark.timeout(HANGS_S + 30)
@pytest.mark.xdist_group("blender-gui")
def test_what_goes_wrong_between_blender_and_the_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile = screen.Profile(tmp_path / "profile")
    profile.folder.mkdir()
    with screen.kinetix_local(profile, tmp_path, FAST):
        monkeypatch.setenv("KB_LOCAL", str(profile.home / "local" / "serve.json"))
        monkeypatch.setenv("KB_CLIP", str(tools.ROOT / "samples" / "balance.mp4"))
        monkeypatch.setenv("PATH", f"{tools.kinetix().parent}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv(
            "TMPDIR", str(tmp_path)
        )  # every home of the checks lies below, so nothing outlives this test
        try:
            assert_all_hold(run_inside("5.2", tmp_path, [CHECKS / "check_real_hub.py"]))
        finally:
            screen.end_homes_below(tmp_path)
