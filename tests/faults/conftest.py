"""The hub's fixtures, for what breaks around it, and a server that does whatever a test wants."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hub.conftest import double, hub, own_hub
from tests.support.raw_server import RawServer

__all__ = ["double", "hub", "own_hub"]


@pytest.fixture
def server() -> Iterator[RawServer]:
    with RawServer() as raw:
        yield raw
