from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start no hub from an editor."""
    monkeypatch.setenv("KINETIX_NO_START", "1")
