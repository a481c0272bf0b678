"""In Blender, with a real capture: clips dropped together become an emote each or say why not; a long one is cut into emotes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kinetix_bench.capture.sample_clips import ten_seconds
from tests.blender import screen
from tests.blender.test_story import TIMEOUT_S, result_of
from tests.support import tools

pytestmark = [pytest.mark.xdist_group("blender-gui"), pytest.mark.timeout(TIMEOUT_S), pytest.mark.nightly]
# The table and the form are seen at once.
SIZE = (1280, 1700)


def test_several_clips_and_a_long_one(profile: screen.Profile, tmp_path: Path) -> None:
    clips, long = tmp_path / "clips", tmp_path / "long.mp4"
    clips.mkdir()
    shutil.copy(tools.ROOT / "samples" / "balance.mp4", clips / "balance.mp4")
    shutil.copy(tools.DATA / "synthetic" / "walk_az20.mp4", clips / "walk.mp4")
    shutil.copy(tools.DATA / "real" / "two_people_cam02.mp4", clips / "two_people.mp4")
    (clips / "a_letter.mp4").write_text("Dear friend, this is no film.", encoding="utf-8")
    ten_seconds(tools.DATA / "real" / "cam02.mp4", long, 14.0)
    with (
        screen.kinetix_local(profile, tmp_path, "kinetix_capture.deliver:deliver"),
        screen.display(tmp_path, SIZE) as number,
        screen.blender(profile, number, "many", tmp_path, KB_CLIPS=str(clips), size=SIZE, KB_LONG=str(long)) as process,
    ):
        answer = result_of(process, tmp_path)
    table = {name: (state, error) for name, state, error in answer["table"]}
    assert [name for name, (state, _) in table.items() if state == "delivered"] == ["balance.mp4", "walk.mp4"]
    assert table["two_people.mp4"][1]["code"] == "severalPeople"
    assert table["a_letter.mp4"][1]["nextStep"]
    assert answer["parts"] > 1
