"""Every state of the panels in the windows of Debian's Blender: drawn without a word on the console, pictures kept to be looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.blender import screen
from tests.blender.test_story import TIMEOUT_S, result_of

pytestmark = [pytest.mark.xdist_group("blender-gui"), pytest.mark.timeout(TIMEOUT_S)]
SIZE = (640, 2400)  # as high as all panels are, open


@pytest.mark.parametrize("theme", ["dark", pytest.param("light", marks=pytest.mark.nightly)])
def test_every_state_is_drawn_without_a_word_on_the_console(
    profile: screen.Profile, tmp_path: Path, theme: str
) -> None:
    with (
        screen.display(tmp_path, SIZE) as number,
        screen.blender(profile, number, "drawn", tmp_path, size=SIZE, KB_THEME=theme) as process,
    ):
        answer = result_of(process, tmp_path, f"drawn {theme} ")
    assert answer["console"] == {}
    assert len(answer["pictures"]) > 40
