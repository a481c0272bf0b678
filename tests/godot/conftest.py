"""Editors start no hub unless a test wants one."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_rig(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start no hub from an editor."""
    monkeypatch.setenv("KINETIX_NO_START", "1")
