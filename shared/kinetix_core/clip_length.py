"""How many seconds of a clip may become one emote: from the capture to every form the same numbers."""

from __future__ import annotations

__all__ = ["LONGEST_SECONDS", "MAX_SECONDS", "MIN_SECONDS", "allowed_or_none"]

MIN_SECONDS = 1.0
MAX_SECONDS = 10.0
"""As the API has it (docs/api-contract.md#7), and for every service that says no other number."""
LONGEST_SECONDS = 60.0
"""Where a world of Kinetix Local allows more than the API; longer ones were not measured."""


def allowed_or_none(value: object) -> float | None:
    """A world's `maxSeconds` as seconds; None for what is no such number."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if MIN_SECONDS <= value <= LONGEST_SECONDS else None
