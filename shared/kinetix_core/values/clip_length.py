"""Limits of a clip's length in seconds: the same numbers from the capture to every form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeGuard

MIN_SECONDS = 1.0
MAX_SECONDS = 10.0
"""As the API has them (docs/api-contract.md#7), and for every service that says no other numbers."""
SHORTEST_SECONDS = 0.3
LONGEST_SECONDS = 60.0
"""Where a world of Kinetix Local allows more than the API; shorter and longer ones were not measured."""


@dataclass(frozen=True)
class ClipLength:
    """Allowed length of a clip, or of its trimmed part."""

    shortest_s: float = MIN_SECONDS
    longest_s: float = MAX_SECONDS

    @classmethod
    def said(cls, shortest: object, longest: object) -> Self:
        """Return the limits of a world (`minSeconds`, `maxSeconds`), with the API's where a value is invalid."""
        return cls(
            float(shortest) if is_shortest(shortest) else MIN_SECONDS,
            float(longest) if is_longest(longest) else MAX_SECONDS,
        )


API_LENGTH = ClipLength()
"""Of every service that says nothing else."""


def is_shortest(value: object) -> TypeGuard[float]:
    """Return whether a world may use the value as `minSeconds`."""
    return _is_between(value, SHORTEST_SECONDS, MIN_SECONDS)


def is_longest(value: object) -> TypeGuard[float]:
    """Return whether a world may use the value as `maxSeconds`."""
    return _is_between(value, MIN_SECONDS, LONGEST_SECONDS)


def _is_between(value: object, least: float, most: float) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
