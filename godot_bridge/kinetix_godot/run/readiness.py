"""Loads what the first emote needs before it comes: reading a GLB and mapping its bones bring numpy, 0.2 s."""

from __future__ import annotations

import importlib

__all__ = ["prepare"]

_NEEDED = ("kinetix_core.formats.glb", "kinetix_core.motion.mapping.automatic")


def prepare() -> None:
    """For a moment in which nothing waits. Without it the first emote loads the same."""
    for name in _NEEDED:
        importlib.import_module(name)
