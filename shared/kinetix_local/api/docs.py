"""Placeholder until the description is written below."""

from __future__ import annotations

from kinetix_local.api.service import Service
from kinetix_local.api.wire import Answer


def serve(service: Service, path: str) -> Answer | None:
    return None
