"""What the driven tests share: the built zip, and an empty Blender profile with it installed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.blender import screen
from tests.support import tools

sys.path.insert(0, str(tools.ROOT / "packaging"))

import build_extension


@pytest.fixture(scope="session")
def archive() -> Path:
    """The zip that `make extension` builds for this system."""
    return build_extension.build("linux-x64")


@pytest.fixture
def profile(archive: Path, tmp_path: Path) -> Iterator[screen.Profile]:
    made = screen.Profile(tmp_path / "profile")
    made.folder.mkdir()
    made.install(archive)
    try:
        yield made
    finally:
        made.stop_hub()
