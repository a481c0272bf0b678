"""The routes of docs/api-contract.md#2, a module per group."""

from __future__ import annotations

from kinetix_local.api.wire import ROUTES, Route

__all__ = ["load"]


def load() -> list[Route]:
    """All routes."""
    from kinetix_local.api.routes import bag, catalogue, health, plans, process, upload, users, video, world

    assert all((bag, catalogue, health, plans, process, upload, users, video, world))
    return ROUTES
