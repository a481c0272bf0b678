"""The hub's fixtures, for what breaks around it."""

from __future__ import annotations

from tests.hub.conftest import double, hub, own_hub

__all__ = ["double", "hub", "own_hub"]
