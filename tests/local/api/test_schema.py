"""Checks of requests beyond the rows of tests/conformance."""

from __future__ import annotations

import pytest

from kinetix_core.values.capture_settings import seconds
from kinetix_local.api.schema import Field, check, is_uuid

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("given", "text"),
    [("1e400", '"query.v" must be a safe number'), (["1", "2"], '"query.v" must be a number')],
)
def test_numbers_that_are_none(given: object, text: str) -> None:
    problems: list[str] = []
    check("query", {"v": Field("integer")}, {"v": given}, problems)
    assert problems == [text]


def test_half_of_the_braces_are_no_uuid() -> None:
    assert not is_uuid("{0b5c1234-1234-4234-8234-123456789abc")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("00:00:02.500", 2.5),
        ("00:01:00", 60.0),
        ("1:02", 62.0),
        ("", None),
        ("abc", None),
        (None, None),
        ("-00:00:01", None),
    ],
)
def test_times_of_the_upload_page(text: str | None, value: float | None) -> None:
    assert seconds(text) == value
