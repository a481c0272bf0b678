"""Versions of a corrected emote in the library: which one is the current one, and how a former one becomes it."""

from __future__ import annotations

from typing import Any

import panels
import pytest
import rigs
from blender_api import OPS


def test_a_former_version_is_marked_in_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    link = rigs.addon("hub.heartbeat").LINK
    state, asked = link.state, list[str]()
    monkeypatch.setattr(link, "request", lambda method, path, body, done: asked.append(f"{method} {path}"))
    of: dict[str, dict[str, Any]] = {
        "first": {"versionOf": None, "currentSince": "2026-01-01"},
        "second": {"versionOf": "first", "currentSince": "2026-01-02"},
        "other": {"versionOf": None, "currentSince": "2026-01-01"},
    }
    state.emotes = {id: {"id": id, "name": "Wave", "createdAt": "2026", **said} for id, said in of.items()}
    state.changed()
    try:
        assert [state.is_former_version(id) for id in of] == [True, False, False]
        rigs.addon("library.props").LIBRARY.selected = "first"
        assert "Previous version" in panels.drawn("library.KINETIX_PT_library").texts
        assert OPS.kinetix.use_version() == {"FINISHED"} and asked == ["POST /v1/emotes/first/current"]
        state.emotes["first"]["currentSince"] = "2026-01-03"
        state.changed()
        assert [state.is_former_version(id) for id in of] == [False, True, False]
        assert "Previous version" not in panels.drawn("library.KINETIX_PT_library").texts
    finally:
        state.emotes = {}
        rigs.addon("library.props").LIBRARY.selected = ""
