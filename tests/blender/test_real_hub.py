"""The add-on in bpy against a real hub and Kinetix Local: what goes wrong between them, and kill -9 of either side."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kinetix_core.io import paths
from kinetix_core.serving.process_lock import ProcessLock
from tests.blender import screen
from tests.blender.test_matrix import CHECKS, HANGS_S, assert_all_hold, run_inside
from tests.support import tools
from tests.support.service import FAST
from tests.support.services.home_processes import kill_all_in

# Starting a Blender for each state takes seconds, so the ordinary run has those in which most is going on.
OFTEN = ("uploading", "processing", "awaitingDecision", "downloading", "delivered")
KILLS = "check_kills.py::test_"


@pytest.mark.timeout(HANGS_S + 30)
@pytest.mark.parametrize(
    "checks",
    [
        pytest.param(["check_real_hub.py"], id="what goes wrong", marks=pytest.mark.xdist_group("blender-gui")),
        pytest.param(
            [
                f"{KILLS}the_hub_is_killed",
                f"{KILLS}a_take_is_made_anew_and_its_emote_kept",
            ],
            id="the hub is killed",
        ),
        pytest.param([f"{KILLS}blender_is_killed[{state}]" for state in OFTEN], id="Blender is killed"),
        pytest.param([f"{KILLS}blender_is_killed"], id="Blender in every state", marks=pytest.mark.nightly),
    ],
)
def test_blender_with_a_real_hub(checks: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, gated = tmp_path / "home", tmp_path / "gated"
    # As a service does, we hold the home's lock: a hub without an answer for two seconds would else start one with the real capture.
    lock = ProcessLock(paths.own(gated / "local") / "serve.lock")
    assert lock.take()
    with screen.kinetix_local(home, FAST, by_hand=checks[0].startswith(KILLS)):
        monkeypatch.setenv("KB_LOCAL", str(home / "local" / "serve.json"))
        monkeypatch.setenv("KB_GATED", str(gated))
        monkeypatch.setenv("KB_CLIP", str(tools.ROOT / "samples" / "balance.mp4"))
        monkeypatch.setenv("PATH", f"{tools.kinetix().parent}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("TMPDIR", str(tmp_path))  # the homes of the checks lie below, so nothing outlives this test
        try:
            assert_all_hold(run_inside("5.2", tmp_path, [f"{CHECKS}/{check}" for check in checks]))
        finally:
            kill_all_in(tmp_path)
    lock.release()
