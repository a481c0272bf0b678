"""A long take is cut from the library panel: the hub is asked once, the button counts the parts, and the ticked ones are sent."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import panels
import pytest
import rigs
import states
from blender_api import OPS

TAKE = "0a1b2c3d-0000-4000-8000-000000000003"
PARTS = [
    {"startS": 0.0, "endS": 2.4, "why": "move"},
    {"startS": 2.4, "endS": 6.2, "why": "move"},
    {"startS": 6.2, "endS": 8.1, "why": "move"},
]


class Hub:
    """Record requests of the add-on and answer them."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.parts = PARTS
        self.error: dict[str, str] | None = None

    def request(self, method: str, path: str, body: Any, done: Any) -> None:
        self.asked.append((method, path, body))
        done(SimpleNamespace(status=200, data={"parts": self.parts, "emotes": []}, error=self.error))


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    rigs.empty()
    link, found = rigs.addon("hub.heartbeat").LINK, Hub()
    monkeypatch.setattr(link, "request", found.request)
    monkeypatch.setattr(link, "phase", "live")
    made = {"id": TAKE, "name": "Take", "durationS": 8.1, "fps": 30.0, "frames": 243, "sha256": "0"}
    link.state.emotes = {TAKE: made | {"files": {"glb": "Take.glb", "thumbnail": ""}}}
    rigs.addon("library.props").LIBRARY.selected = TAKE
    yield found
    link.state.emotes = {}
    link.state.notices.clear()
    states.reset(rigs.addon)


def _tick() -> None:
    rigs.addon("library.cutting").tick()


def _library() -> Any:
    return panels.drawn("library.KINETIX_PT_library")


def _has_button() -> bool:
    return "kinetix.cut_emote" in {one.button for one in _library().operators}


def test_the_button_counts_the_parts_and_the_ticked_ones_become_emotes(hub: Hub) -> None:
    assert not _has_button(), "nothing is known yet"
    _tick()
    _tick()
    assert hub.asked == [("GET", f"/v1/emotes/{TAKE}/cut", None)], "once"
    assert _has_button() and "Cut into Emotes (3)" in _library().texts
    operator = rigs.addon("library.cutting").KINETIX_OT_cut_emote
    rna = OPS.kinetix.cut_emote.get_rna_type()
    shown = panels.drawn_by(operator.draw, rna=rna, wanted=[True] * 32)
    assert shown.texts[:3] == ["1", "2", "3"], "the line"
    assert shown.texts[3:] == ["1:  0.0 – 2.4 s  (2.4 s)", "2:  2.4 – 6.2 s  (3.8 s)", "3:  6.2 – 8.1 s  (1.9 s)"]
    assert OPS.kinetix.cut_emote() == {"FINISHED"}
    assert hub.asked[-1] == ("POST", f"/v1/emotes/{TAKE}/cut", {"parts": [1, 2, 3]})
    wanted = [number != 1 for number in range(32)]
    assert OPS.kinetix.cut_emote(wanted=wanted) == {"FINISHED"}
    assert hub.asked[-1] == ("POST", f"/v1/emotes/{TAKE}/cut", {"parts": [1, 3]})
    with pytest.raises(RuntimeError, match="No part is selected"):
        OPS.kinetix.cut_emote(wanted=[False] * 32)
    link = rigs.addon("hub.heartbeat").LINK
    link.state.emotes = {TAKE: link.state.emotes[TAKE] | {"sha256": "1"}}
    _tick()
    asked_again = [method for method, _, _ in hub.asked].count("GET")
    assert asked_again == 2, "another version may rest elsewhere"


def test_what_cannot_be_cut_has_no_button(hub: Hub) -> None:
    hub.parts = PARTS[:1]
    _tick()
    assert not _has_button() and not OPS.kinetix.cut_emote.poll()
    rigs.addon("library.props").LIBRARY.parts.clear()
    hub.parts, hub.error = PARTS, {"code": "notFound", "title": "An older hub.", "detail": "", "nextStep": ""}
    _tick()
    assert not _has_button() and len(hub.asked) == 2
