"""Shared fixtures of the driven tests: the built zip, and a Blender profile with the zip installed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import build_extension
from tests.blender import screen
from tests.support.services.home_processes import kill_all_in


@pytest.fixture(scope="session")
def archive() -> Path:
    """The zip that `make extension` builds for this system."""
    return build_extension.build("linux-x64")


@pytest.fixture(scope="session")
def installed(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> screen.Profile:
    """An empty profile into which Blender has installed the zip, to be copied."""
    made = screen.Profile(tmp_path_factory.mktemp("installed"))
    made.install(archive)
    return made


@pytest.fixture
def profile(installed: screen.Profile, tmp_path: Path) -> Iterator[screen.Profile]:
    made = screen.Profile(tmp_path / "profile")
    shutil.copytree(installed.folder, made.folder, symlinks=True)
    yield made
    kill_all_in(made.home)
