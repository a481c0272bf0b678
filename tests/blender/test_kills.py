"""kill -9 of the hub and of Blender while a job is in each of its states, with the real hub, Kinetix Local and the add-on in bpy."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.blender import screen
from tests.blender.test_matrix import CHECKS, HANGS_S, assert_all_hold, run_inside
from tests.support import tools
from tests.support.service import FAST

# Starting a Blender for each state takes seconds, so the ordinary run has those in which most is going on.
OFTEN = ("uploading", "processing", "awaitingDecision", "downloading", "delivered")


@pytest.mark.timeout(HANGS_S + 30)
@pytest.mark.parametrize(
    ("victim", "states"),
    [
        pytest.param("the_hub", (), id="the hub"),
        pytest.param("blender", OFTEN, id="Blender"),
        pytest.param("blender", (), id="Blender in every state", marks=pytest.mark.nightly),
    ],
)
def test_killed_while_a_job_is_in_a_state(
    victim: str, states: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No states: every one."""
    profile = screen.Profile(tmp_path / "profile")
    profile.folder.mkdir()
    with screen.kinetix_local(profile, tmp_path, FAST):
        screen.decide_by_hand(profile)
        monkeypatch.setenv("KB_LOCAL", str(profile.home / "local" / "serve.json"))
        monkeypatch.setenv("PATH", f"{tools.kinetix().parent}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        monkeypatch.setenv("TMPDIR", str(tmp_path))  # the homes of the checks lie below, so nothing outlives this test
        try:
            whole = f"{CHECKS / 'check_kills.py'}::test_{victim}_is_killed"
            assert_all_hold(run_inside("5.2", tmp_path, [f"{whole}[{state}]" for state in states] or [whole]))
        finally:
            screen.end_homes_below(tmp_path)
