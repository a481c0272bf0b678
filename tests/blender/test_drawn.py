"""Every state of the panels in the windows of Debian's Blender: drawn without a word on the console. `make nightly` keeps pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.blender import screen
from tests.blender.test_story import TIMEOUT_S, result_of

pytestmark = [pytest.mark.xdist_group("blender-gui"), pytest.mark.timeout(TIMEOUT_S)]
WINDOW = (640, 980)
AS_HIGH_AS_ALL_PANELS = (640, 2400)


@pytest.mark.parametrize(
    ("theme", "pictures"),
    [
        pytest.param("dark", "", id="drawn"),
        pytest.param("dark", "all", marks=pytest.mark.nightly, id="pictures of the dark theme"),
        pytest.param("light", "all", marks=pytest.mark.nightly, id="pictures of the light theme"),
    ],
)
def test_every_state_is_drawn_without_a_word_on_the_console(
    profile: screen.Profile, tmp_path: Path, theme: str, pictures: str
) -> None:
    size = AS_HIGH_AS_ALL_PANELS if pictures else WINDOW
    with (
        screen.display(tmp_path, size) as number,
        screen.blender(profile, number, "drawn", tmp_path, size=size, KB_THEME=theme, KB_PICTURES=pictures) as process,
    ):
        answer = result_of(process, tmp_path, f"drawn {theme} ")
    assert answer["console"] == {}
    assert answer["states"] > 40
    assert len(answer["pictures"]) == (answer["states"] + 1 if pictures else 0)
