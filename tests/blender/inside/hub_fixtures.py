"""A home of a test's own, a hub in it, a link of the add-on, and empty panels: for the checks that have no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hub_answers
import pytest
import rigs
import states
from blender_api import OPS
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
def shown_link(link: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The link that panels and operators use."""
    monkeypatch.setattr(rigs.addon("hub.heartbeat"), "LINK", link)
    return link


class Requests(list[Any]):
    """What the add-on asks of a hub, as (method, path, body, done)."""

    def __init__(self) -> None:
        super().__init__()
        self._answer: Any = None

    @property
    def sent(self) -> list[tuple[str, str, Any]]:
        """Method, path and body, without the quick looks at clips."""
        return [one[:3] for one in self if one[1] != "/v1/clips/check"]

    def request(self, method: str, path: str, body: Any = None, done: Any = None, **_: Any) -> None:
        self.append((method, path, body, done))
        if self._answer is not None:
            data = self._answer(method, path, body)
            self.reply(data, error=hub_answers.ERROR if data is None else None)

    def answer_all(self, answer: Any) -> None:
        """From now on every request is answered at once by what `answer(method, path, body)` returns; None is an error."""
        self._answer = answer

    def reply(self, data: Any = None, *, status: int = 200, error: Any = None, at: int = -1) -> None:
        """Answer a request, the last one."""
        self[at][3](rigs.addon("hub.link").Answer(status, data, error))

    def carries(self, done: Any) -> bool:
        return any(one[3] is done for one in self)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Requests:
    """The requests to a hub, which none of them reaches."""
    found = Requests()
    for name in ("request", "carries"):
        monkeypatch.setattr(rigs.addon("hub.heartbeat").LINK, name, getattr(found, name))
    return found


class Form(states.States):  # type: ignore[misc]
    """States with nothing made. What is sent is in `asked`."""

    def __init__(self, folder: Path, asked: Requests) -> None:
        super().__init__(rigs.addon, folder)
        self.asked = asked

    def created(self) -> Any:
        """The body of the request that Create sends."""
        OPS.kinetix.create()
        return self.asked.sent[-1][2]

    @contextmanager
    def elsewhere(self, really: bool = True) -> Iterator[None]:
        """Another service than this machine's is in use."""
        kept = self.link.state.profiles
        if really:
            self.link.state.profiles = [{"name": "cloud", "kind": "cloud", "active": True, "url": "http://127.0.0.1:1"}]
        yield
        self.link.state.profiles = kept


@pytest.fixture
def form(fresh: None, asked: Requests, tmp_path: Path) -> Iterator[Any]:
    made = Form(tmp_path, asked)
    made.clear()
    yield made
    made.leave()


@pytest.fixture
def in_language(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Show panels in a language: Blender as a module has none of its own."""
    translations = rigs.addon("translations")

    def show(language: str) -> None:
        table = translations.TABLE[language]
        monkeypatch.setattr(translations, "pgettext_iface", lambda text: table.get(("*", text), text))

    return show


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty file in a home of its own, and panels as they are at first."""
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path / "home"))
    rigs.empty()
    yield
    rigs.addon("view_modes").PREVIEW.end()
    states.reset(rigs.addon)


@pytest.fixture
def emote(fresh: None, tmp_path: Path) -> Iterator[Any]:
    """An emote of the library, selected."""
    file = rigs.write_clip(rigs.clip(), tmp_path)
    made = hub_answers.emote(0, tmp_path, name="Wave", files={"glb": str(file), "thumbnail": ""})
    rigs.addon("hub.heartbeat").LINK.state.emotes = {made["id"]: made}
    rigs.addon("library.props").LIBRARY.selected = made["id"]
    yield made
    rigs.addon("hub.heartbeat").LINK.state.emotes = {}
