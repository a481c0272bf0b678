"""Every state of the panels in the windows of Debian's Blender: drawn without a word on the console. `make nightly` keeps pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.blender import screen
from tests.blender.legible import least_contrast
from tests.support.measuring.contrast import LEAST_OF_WORDS

pytestmark = [pytest.mark.xdist_group("blender-gui"), pytest.mark.timeout(screen.HANGS_S + 60)]
WINDOW = (640, 980)
AS_HIGH_AS_ALL_PANELS = (640, 2400)
# Below 0 the sidebar is narrower than Blender makes it, 0 is its usual width.
NARROW, WIDE = {"KB_WIDER": "-40"}, {"KB_WIDER": "160"}
FRENCH = {"KB_WIDER": "0", "KB_LANGUAGE": "fr_FR"}
GERMAN = {"KB_WIDER": "0", "KB_LANGUAGE": "de_DE"}
# Where the sidebar's words are in a picture of the usual width, pixels; and the states whose words stand on no panel: there the
# ground is darkest in the light theme. How far down they go.
LEFT, RIGHT = 284, 604
ON_NO_PANEL = {"what is wrong": 680, "phase failed": 130, "notices": 176, "connection noKey": 60, "phase off": 40}


@pytest.mark.parametrize(
    ("theme", "pictures", "more"),
    [
        pytest.param("dark", "", {}, id="drawn"),
        pytest.param("dark", "all", {}, marks=pytest.mark.nightly, id="pictures of the dark theme"),
        pytest.param("light", "all", {}, marks=pytest.mark.nightly, id="pictures of the light theme"),
        pytest.param("dark", "all", NARROW, marks=pytest.mark.nightly, id="pictures of a narrow sidebar"),
        pytest.param("dark", "all", FRENCH, marks=pytest.mark.nightly, id="pictures in French"),
        pytest.param("dark", "all", FRENCH | WIDE, marks=pytest.mark.nightly, id="pictures in French, wide"),
        pytest.param("dark", "all", GERMAN, marks=pytest.mark.nightly, id="pictures in German"),
    ],
)
def test_every_state_is_drawn_without_a_word_on_the_console(
    profile: screen.Profile, tmp_path: Path, theme: str, pictures: str, more: dict[str, Any]
) -> None:
    size = AS_HIGH_AS_ALL_PANELS if pictures else WINDOW
    kept_as = " ".join(["drawn", theme, *more.values(), ""])
    answer = screen.driven(
        "drawn", profile, tmp_path, size=size, kept_as=kept_as, KB_THEME=theme, KB_PICTURES=pictures, **more
    )
    assert answer["console"] == {}
    assert answer["states"] > 40
    assert len(answer["pictures"]) == (answer["states"] + 1 if pictures else 0)
    if pictures and not more:
        read = {
            state: least_contrast(screen.PICTURES / f"drawn {theme} {state}.png", LEFT, RIGHT, height)
            for state, height in ON_NO_PANEL.items()
        }
        assert min(read.values()) >= LEAST_OF_WORDS, read
