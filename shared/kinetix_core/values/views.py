"""Several clips of one take, filmed at once from several sides."""

from __future__ import annotations

__all__ = ["MOST_VIEWS"]

MOST_VIEWS = 4
"""Clips of one take, the first one included."""
