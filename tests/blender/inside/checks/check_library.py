"""The library: a long take is cut, a damaged emote is repaired, and a former version becomes the current one."""

from __future__ import annotations

from typing import Any

import hub_answers
import pytest
import rigs
from blender_api import OPS
from panels import drawn, drawn_by

TAKE = "0a1b2c3d-0000-4000-8000-000000000003"
PARTS: Any = [{"startS": start, "endS": end, "why": "move"} for start, end in ((0.0, 2.4), (2.4, 6.2), (6.2, 8.1))]


@pytest.fixture
def hub(form: Any, asked: Any) -> Any:
    """The requests to a hub, which answers with `parts`, or an error when there are none, and an emote of its library."""
    asked.parts = PARTS
    asked.answer_all(lambda *_: asked.parts and {"parts": asked.parts, "emotes": []})
    made = {"id": TAKE, "name": "Take", "durationS": 8.1, "fps": 30.0, "frames": 243, "sha256": "0"}
    form.link.state.emotes = {TAKE: made | {"files": {"glb": "Take.glb", "thumbnail": ""}}}
    rigs.addon("library.props").LIBRARY.selected = TAKE
    return asked


def _tick() -> None:
    rigs.addon("library.cutting").tick()


def _has_button() -> bool:
    return "kinetix.cut_emote" in drawn("library").buttons


def test_the_button_counts_the_parts_and_the_ticked_ones_become_emotes(hub: Any) -> None:
    assert not _has_button(), "nothing is known yet"
    _tick()
    _tick()
    assert hub.sent == [("GET", f"/v1/emotes/{TAKE}/cut", None)], "once"
    assert _has_button() and "Cut into Emotes (3)" in drawn("library").texts
    operator = rigs.addon("library.cutting").KINETIX_OT_cut_emote
    shown = drawn_by(operator.draw, rna=OPS.kinetix.cut_emote.get_rna_type(), wanted=[True] * 32)
    assert shown.texts == ["1:  0.0 – 2.4 s  (2.4 s)", "2:  2.4 – 6.2 s  (3.8 s)", "3:  6.2 – 8.1 s  (1.9 s)"]
    assert OPS.kinetix.cut_emote() == {"FINISHED"}
    assert hub.sent[-1] == ("POST", f"/v1/emotes/{TAKE}/cut", {"parts": [1, 2, 3]})
    wanted = [number != 1 for number in range(32)]
    assert OPS.kinetix.cut_emote(wanted=wanted) == {"FINISHED"}
    assert hub.sent[-1] == ("POST", f"/v1/emotes/{TAKE}/cut", {"parts": [1, 3]})
    with pytest.raises(RuntimeError, match="No part is selected"):
        OPS.kinetix.cut_emote(wanted=[False] * 32)
    link = rigs.addon("hub.heartbeat").LINK
    link.state.emotes = {TAKE: link.state.emotes[TAKE] | {"sha256": "1"}}
    _tick()
    asked_again = [method for method, _, _ in hub.sent].count("GET")
    assert asked_again == 2, "another version may rest elsewhere"


def test_what_cannot_be_cut_has_no_button(hub: Any) -> None:
    hub.parts = PARTS[:1]
    _tick()
    assert not _has_button() and not OPS.kinetix.cut_emote.poll()
    rigs.addon("library.props").LIBRARY.parts.clear()
    hub.parts = None  # an older hub
    _tick()
    assert not _has_button() and len(hub) == 2


def test_only_an_emote_with_a_problem_offers_a_repair(form: Any) -> None:
    form.library(1)
    assert "kinetix.repair_library" not in drawn("library").buttons
    form.library(1, problem=hub_answers.ERROR)
    assert "kinetix.repair_library" in drawn("library").buttons


@pytest.mark.parametrize(
    ("fixed", "told"), [(True, "The library is repaired."), (False, "Not everything could be repaired.")]
)
def test_the_hub_repairs_and_the_panel_says_how_it_went(form: Any, asked: Any, fixed: bool, told: str) -> None:
    cure = {"emoteId": "emote-1", "name": "Wave", "code": "fileMissing", "fixed": fixed}
    asked.answer_all(lambda *_: {"done": [cure], "evicted": []})
    assert OPS.kinetix.repair_library() == {"FINISHED"}
    assert asked.sent == [("POST", "/v1/doctor/fix", None)]
    assert [notice.title for notice in form.link.state.notices] == [told]


def test_a_former_version_is_marked_in_the_library(form: Any, asked: Any) -> None:
    state = form.link.state
    of: dict[str, dict[str, Any]] = {
        "first": {"versionOf": None, "currentSince": "2026-01-01"},
        "second": {"versionOf": "first", "currentSince": "2026-01-02"},
        "other": {"versionOf": None, "currentSince": "2026-01-01"},
    }
    state.emotes = {id: {"id": id, "name": "Wave", "createdAt": "2026", **said} for id, said in of.items()}
    state.changed()
    assert [state.is_former_version(id) for id in of] == [True, False, False]
    rigs.addon("library.props").LIBRARY.selected = "first"
    assert "Previous version" in drawn("library").texts
    assert OPS.kinetix.use_version() == {"FINISHED"} and asked.sent == [("POST", "/v1/emotes/first/current", None)]
    state.emotes["first"]["currentSince"] = "2026-01-03"
    state.changed()
    assert [state.is_former_version(id) for id in of] == [False, True, False]
    assert "Previous version" not in drawn("library").texts
