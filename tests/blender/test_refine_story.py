"""A take is corrected in Debian's Blender on a virtual screen: a real hub, Kinetix Local and capture."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.blender import screen
from tests.blender.test_story import TIMEOUT_S, result_of
from tests.support import tools

pytestmark = [pytest.mark.xdist_group("blender-gui"), pytest.mark.timeout(TIMEOUT_S), pytest.mark.nightly]


def test_a_limb_is_posed_and_the_take_solved_again_in_one_undo_step(profile: screen.Profile, tmp_path: Path) -> None:
    clip = tools.ROOT / "samples" / "balance.mp4"
    with (
        screen.kinetix_local(profile, tmp_path, "kinetix_capture.deliver:deliver"),
        screen.display(tmp_path) as number,
        screen.blender(profile, number, "refine", tmp_path, KB_CLIP=str(clip)) as process,
    ):
        answer = result_of(process, tmp_path)
    assert answer["corrected"] == ["FINISHED"] and answer["began"] == ["RUNNING_MODAL"]
    assert answer["after undo"] and answer["after redo"], "one undo step"
    assert answer["solved with"] == ["limb", "foot"], "all that was listed"
    assert min(answer["posed"]) > 0.95, "the arm is where it was posed"
