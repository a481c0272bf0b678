"""Every state of the panels in the windows of Debian's Blender: drawn without a word on the console. `make nightly` keeps pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.blender import screen
from tests.blender.test_story import TIMEOUT_S, result_of

pytestmark = [pytest.mark.xdist_group("blender-gui"), pytest.mark.timeout(TIMEOUT_S)]
WINDOW = (640, 980)
AS_HIGH_AS_ALL_PANELS = (640, 2400)
# Below 0 the sidebar is narrower than Blender makes it, 0 is its usual width.
NARROW, WIDE = {"KB_WIDER": "-40"}, {"KB_WIDER": "160"}
FRENCH = {"KB_WIDER": "0", "KB_LANGUAGE": "fr_FR"}


@pytest.mark.parametrize(
    ("theme", "pictures", "more"),
    [
        pytest.param("dark", "", {}, id="drawn"),
        pytest.param("dark", "all", {}, marks=pytest.mark.nightly, id="pictures of the dark theme"),
        pytest.param("light", "all", {}, marks=pytest.mark.nightly, id="pictures of the light theme"),
        pytest.param("dark", "all", NARROW, marks=pytest.mark.nightly, id="pictures of a narrow sidebar"),
        pytest.param("dark", "all", FRENCH, marks=pytest.mark.nightly, id="pictures in French"),
        pytest.param("dark", "all", FRENCH | WIDE, marks=pytest.mark.nightly, id="pictures in French, wide"),
    ],
)
def test_every_state_is_drawn_without_a_word_on_the_console(
    profile: screen.Profile, tmp_path: Path, theme: str, pictures: str, more: dict[str, Any]
) -> None:
    size = AS_HIGH_AS_ALL_PANELS if pictures else WINDOW
    with (
        screen.display(tmp_path, size) as number,
        screen.blender(
            profile, number, "drawn", tmp_path, size=size, KB_THEME=theme, KB_PICTURES=pictures, **more
        ) as process,
    ):
        answer = result_of(process, tmp_path, " ".join(["drawn", theme, *more.values(), ""]))
    assert answer["console"] == {}
    assert answer["states"] > 40
    assert len(answer["pictures"]) == (answer["states"] + 1 if pictures else 0)
