"""A place of its own for each test, and the command line beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kinetix_godot.run import commands
from tests.godot.sync.place import Place
from tests.support.services.home_processes import kill_all_in


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
