"""The checks of requests say what clients already know, and accept what those send."""

from __future__ import annotations

import pytest

from kinetix_core.values.capture_settings import seconds
from kinetix_local.api.schema import Field, check, is_uuid

pytestmark = pytest.mark.quick

UUID = "0b5c1234-1234-4234-8234-123456789abc"


def problems(schema: dict[str, Field] | None, given: dict[str, object], where: str = "query") -> str:
    found: list[str] = []
    check(where, schema, given, found)
    return ", ".join(found)


@pytest.mark.parametrize(
    ("kind", "given", "text"),
    [
        ("string", 5, '"query.v" must be a string'),
        ("string", "", '"query.v" is not allowed to be empty'),
        ("integer", "x", '"query.v" must be a number'),
        ("integer", "1.5", '"query.v" must be an integer'),
        ("integer", "-1", '"query.v" must be larger than or equal to 0'),
        ("integer", True, '"query.v" must be a number'),
        ("integer", "1e400", '"query.v" must be a safe number'),
        ("boolean", "yes", '"query.v" must be a boolean'),
        ("boolean", "1", '"query.v" must be a boolean'),
        ("date", "soon", '"query.v" must be a valid date'),
        ("uuid", "x", '"query.v" must be a valid GUID'),
        ("uri", "no uri", '"query.v" must be a valid uri'),
        ("uuids", ["x", UUID], '"query.v[0]" must be a valid GUID'),
        ("uuids", "x", '"query.v" must be an array'),
        ("integer", ["1", "2"], '"query.v" must be a number'),
    ],
)
def test_refuses(kind: str, given: object, text: str) -> None:
    assert problems({"v": Field(kind, low=0 if kind == "integer" else None)}, {"v": given}) == text


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        ("boolean", "TRUE", True),
        ("boolean", False, False),
        ("integer", "12", 12),
        ("date", "2024-07-01", 1719792000000),
        ("date", "2024-07-01T00:00:00Z", 1719792000000),
        ("date", "1719792000000", 1719792000000),
        ("uuid", UUID.upper(), UUID),
        ("uri", "ftp://host/x", "ftp://host/x"),
        ("retry", {"maxRetry": 2}, {"maxRetry": 2}),
        ("retry", "true", True),
        ("string", None, None),
    ],
)
def test_accepts(kind: str, given: object, value: object) -> None:
    found: list[str] = []
    assert check("query", {"v": Field(kind, null=True)}, {"v": given}, found) == {"v": value}
    assert not found


def test_unknown_and_missing_keys() -> None:
    assert problems(None, {"x": "1"}) == '"query" is not allowed'
    assert problems({}, {"x": "1"}) == '"query.x" is not allowed'
    text = '"body.id" is required, "body.x" is not allowed'
    assert problems({"id": Field("string", required=True)}, {"x": 1}, "body") == text


def test_braces_are_a_uuid_but_half_of_them_are_not() -> None:
    assert is_uuid("{" + UUID + "}")
    assert not is_uuid("{" + UUID)


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
