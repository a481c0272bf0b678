"""Several clips of one take, filmed at once from several sides."""

from __future__ import annotations

MOST_VIEWS = 4
"""Clips of one take, the first one included."""
