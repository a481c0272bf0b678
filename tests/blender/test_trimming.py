"""A clip is trimmed and cropped in its picture, in a window of Debian's Blender: by events, with a real film, looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.blender import screen
from tests.blender.test_story import TIMEOUT_S, result_of
from tests.support import tools

pytestmark = [pytest.mark.xdist_group("blender-gui"), pytest.mark.timeout(TIMEOUT_S)]


def test_a_clip_is_trimmed_and_cropped_in_its_picture(profile: screen.Profile, tmp_path: Path) -> None:
    clip = tools.ROOT / "samples" / "balance.mp4"
    with (
        screen.display(tmp_path) as number,
        screen.blender(profile, number, "trimming", tmp_path, size=(1100, 900), KB_CLIP=str(clip)) as process,
    ):
        answer = result_of(process, tmp_path)
    whole = [0.0, 0.0, False, 0.0, 0.0, 0.0, 0.0]
    start, end, *crop = answer["trimmed"]
    assert start == pytest.approx(0.4, abs=0.05) and end == pytest.approx(answer["seconds"] - 0.2, abs=0.05)
    assert crop == [False, 0.0, 0.0, 0.0, 0.0]
    assert answer["cropped"] == [start, end, True, *(pytest.approx(share, abs=1) for share in (20, 30, 10, 10))]
    assert answer["moved"] == [start, end, True, *(pytest.approx(share, abs=1) for share in (30, 20, 10, 10))]
    assert answer["undone"] == answer["cropped"] and answer["redone"] == answer["moved"]
    assert answer["drag given up"] == [answer["moved"], True], "Esc in a drag gives up the drag alone"
    assert answer["typed"] == 0.3, "what is typed into the form is seen in the picture"
    assert answer["from here"][0] == pytest.approx(0.45, abs=0.05)
    assert answer["given up"] == whole
    assert answer["taken"] == [0.0, 0.0, True, *(pytest.approx(share, abs=1) for share in (30, 20, 0, 20))]
    images, objects = answer["before"]
    assert set(answer["left"]) == {"given up", "taken", "another editor", "its window", "another file", "add-on off"}
    assert all(found == [0, images, objects] for found in answer["left"].values()), answer["left"]
