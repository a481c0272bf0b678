"""A home of a test's own, a hub in it, a link of the add-on, and empty panels: for the checks that have no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rigs
import states
from hub_double import Hub


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("KINETIX_COMMAND", raising=False)
    for variable in ("HOME", "USERPROFILE"):  # a `kinetix` that is installed there would be started
        monkeypatch.setenv(variable, str(tmp_path))
    return tmp_path


@pytest.fixture
def hub(home: Path) -> Iterator[Any]:
    made = Hub(home)
    yield made
    made.close()


@pytest.fixture
def link() -> Iterator[Any]:
    made = rigs.addon("hub.link").HubLink()
    yield made
    made.close()


@pytest.fixture
def form(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """States with nothing made.

    `asked` has what is sent to the hub as (method, path, body, done), `sent` the same without `done` and without quick looks at
    clips. `answer` is called with it.
    """
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path / "home"))
    rigs.empty()
    made = states.States(rigs.addon, tmp_path)
    made.clear()
    made.sent, made.asked, made.answer = [], [], lambda *_: None

    def send(method: str, path: str, body: Any = None, done: Any = None) -> None:
        made.asked.append((method, path, body, done))
        if path != "/v1/clips/check":
            made.sent.append((method, path, body))
        made.answer(method, path, body, done)

    monkeypatch.setattr(made.link, "request", send)
    yield made
    made.leave()


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty file in a home of its own."""
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path / "home"))
    rigs.empty()


@pytest.fixture
def emote(fresh: None, tmp_path: Path) -> Iterator[Any]:
    """An emote of the library, selected."""
    file = rigs.write_clip(rigs.clip(), tmp_path)
    made = {
        "id": "0a1b2c3d-0000-4000-8000-000000000000",
        "name": "Wave",
        "durationS": 2.0,
        "fps": 30.0,
        "frames": 61,
        "sha256": "0",
        "files": {"glb": str(file), "thumbnail": ""},
    }
    rigs.addon("hub.heartbeat").LINK.state.emotes = {made["id"]: made}
    rigs.addon("library.props").LIBRARY.selected = made["id"]
    rigs.addon("library.props").LIBRARY.ticked = []
    yield made
    rigs.addon("hub.heartbeat").LINK.state.emotes = {}
