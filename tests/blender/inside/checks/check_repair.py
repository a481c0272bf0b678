"""An emote with a problem has a button that lets the hub repair the library, and says how that went."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import panels
import pytest
import rigs
import states
from blender_api import OPS

EMOTE = "0a1b2c3d-0000-4000-8000-000000000004"
PROBLEM = {"code": "fileMissing", "title": "The GLB of this emote was deleted.", "detail": "", "nextStep": "Repair it."}


@pytest.fixture
def link() -> Iterator[Any]:
    rigs.empty()
    found = rigs.addon("hub.heartbeat").LINK
    made = {"id": EMOTE, "name": "Wave", "durationS": 1.6, "fps": 30.0, "frames": 48, "sha256": "0"}
    found.state.emotes = {EMOTE: made | {"files": {"glb": "Wave.glb", "thumbnail": ""}}}
    rigs.addon("library.props").LIBRARY.selected = EMOTE
    yield found
    found.state.emotes = {}
    found.state.notices.clear()
    states.reset(rigs.addon)


def _buttons() -> set[str]:
    return {one.button for one in panels.drawn("library.KINETIX_PT_library").operators}


def test_only_an_emote_with_a_problem_offers_a_repair(link: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "phase", "live")
    assert "kinetix.repair_library" not in _buttons()
    link.state.emotes = {EMOTE: link.state.emotes[EMOTE] | {"problem": PROBLEM}}
    assert "kinetix.repair_library" in _buttons()


@pytest.mark.parametrize(
    ("fixed", "told"), [(True, "The library is repaired."), (False, "Not everything could be repaired.")]
)
def test_the_hub_repairs_and_the_panel_says_how_it_went(
    link: Any, monkeypatch: pytest.MonkeyPatch, fixed: bool, told: str
) -> None:
    asked = []

    def request(method: str, path: str, body: Any, done: Any, **_: Any) -> None:
        asked.append((method, path, body))
        cure = {"emoteId": EMOTE, "name": "Wave", "code": "fileMissing", "fixed": fixed}
        done(SimpleNamespace(status=200, data={"done": [cure], "evicted": []}, error=None))

    monkeypatch.setattr(link, "request", request)
    assert OPS.kinetix.repair_library() == {"FINISHED"}
    assert asked == [("POST", "/v1/doctor/fix", None)]
    assert [notice.title for notice in link.state.notices] == [told]
