"""A home of a test's own, a hub in it and a link of the add-on: for the checks that have no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rigs
from hub_double import Hub


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


@pytest.fixture
def hub(home: Path) -> Iterator[Any]:
    made = Hub(home)
    yield made
    made.close()


@pytest.fixture
def link() -> Iterator[Any]:
    made = rigs.addon("hub_link").HubLink()
    yield made
    made.close()
