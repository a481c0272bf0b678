"""Optional parts of a service, found by entry points. `kinetix_studio` has them all; an artist's installation needs none."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any


def find(group: str, name: str) -> Any:
    """Load the part `name` of `kinetix.local.<group>`, or return None where its package is not installed."""
    return next((point.load() for point in _installed(group) if point.name == name), None)


def every(group: str) -> list[Any]:
    """Load all parts of `kinetix.local.<group>`, by name."""
    return [point.load() for point in sorted(_installed(group), key=lambda point: point.name)]


def _installed(group: str) -> list[EntryPoint]:
    """Leave out packages that the bundle for editors lacks: its metadata names them."""
    points = entry_points(group=f"kinetix.local.{group}")
    return [point for point in points if find_spec(point.module.partition(".")[0]) is not None]
