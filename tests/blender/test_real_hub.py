"""The add-on in bpy against a real hub and Kinetix Local: what goes wrong between them, and kill -9 of either side."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.blender import screen
from tests.blender.test_matrix import CHECKS, HANGS_S, assert_all_hold, run_inside
from tests.support import tools
from tests.support.service import FAST

pytestmark = pytest.mark.timeout(HANGS_S + 30)
# Starting a Blender for each state takes seconds, so the ordinary run has those in which most is going on.
OFTEN = ("uploading", "processing", "awaitingDecision", "downloading", "delivered")


@pytest.fixture
def hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Kinetix Local beside a Blender that runs checks: `hold(*checks)` asserts that they hold."""
    profile = screen.Profile(tmp_path / "profile")
    profile.folder.mkdir()
    with screen.kinetix_local(profile, tmp_path, FAST):
        monkeypatch.setenv("KB_LOCAL", str(profile.home / "local" / "serve.json"))
        monkeypatch.setenv("KB_CLIP", str(tools.ROOT / "samples" / "balance.mp4"))
        monkeypatch.setenv("PATH", f"{tools.kinetix().parent}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        monkeypatch.setenv("TMPDIR", str(tmp_path))  # the homes of the checks lie below, so nothing outlives this test

        def holds(*checks: str, by_hand: bool = False) -> None:
            if by_hand:
                screen.decide_by_hand(profile)
            assert_all_hold(run_inside("5.2", tmp_path, [f"{CHECKS}/{check}" for check in checks]))

        try:
            yield holds
        finally:
            screen.end_homes_below(tmp_path)


@pytest.mark.xdist_group("blender-gui")
def test_what_goes_wrong_between_blender_and_the_service(hold: Callable[..., None]) -> None:
    hold("check_real_hub.py")


@pytest.mark.parametrize(
    ("victim", "states"),
    [
        pytest.param("the_hub", (), id="the hub"),
        pytest.param("blender", OFTEN, id="Blender"),
        pytest.param("blender", (), id="Blender in every state", marks=pytest.mark.nightly),
    ],
)
def test_killed_while_a_job_is_in_a_state(hold: Callable[..., None], victim: str, states: tuple[str, ...]) -> None:
    """No states: every one."""
    whole = f"check_kills.py::test_{victim}_is_killed"
    hold(*([f"{whole}[{state}]" for state in states] or [whole]), by_hand=True)
