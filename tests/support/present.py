"""Assertion that an optional value is set."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


def present(value: T | None) -> T:
    """The value; the test fails when there is none."""
    assert value is not None
    return value
