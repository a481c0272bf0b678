"""A place for each test, the command line, and the moment just before a folder is read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kinetix_godot.run import commands
from tests.godot.sync.place import Place
from tests.support.services.home_processes import kill_all_in

_before_reading: dict[str, Callable[[], object]] = {}


def _audit(event: str, arguments: tuple[object, ...]) -> None:
    if _before_reading and event in {"open", "os.scandir"}:
        action = _before_reading.pop(str(arguments[0]), None)
        if action:
            action()


sys.addaudithook(_audit)  # none can be removed


@pytest.fixture
def before_reading() -> Iterator[Callable[[Path, Callable[[], object]], None]]:
    """Call a function once, just before a folder is read."""

    def register(folder: Path, action: Callable[[], object]) -> None:
        _before_reading[str(folder)] = action

    yield register
    left = list(_before_reading)
    _before_reading.clear()
    assert not left, "these folders were not read"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def kinetix_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """Run `kinetix sync …` with a hub in the test's folder."""
    home = tmp_path / "home"
    monkeypatch.setenv("KINETIX_HOME", str(home))
    monkeypatch.delenv("KINETIX_NO_START")
    try:
        yield lambda *arguments: CliRunner().invoke(commands.sync, arguments)
    finally:
        kill_all_in(home)
