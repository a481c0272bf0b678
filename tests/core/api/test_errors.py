"""Every status and error code of docs/api-contract.md#5, in every shape of a body."""

from __future__ import annotations

import json

import pytest

from kinetix_core.api import errors
from kinetix_core.api.errors import read_problem
from kinetix_core.api.next_steps import BY_CODE, BY_STATUS
from tests.conformance.error_codes import CODES

pytestmark = pytest.mark.quick


def made(status: int, body: object) -> errors.ApiError:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    problem = read_problem(raw)
    return errors.for_status(status)(
        status=status,
        method="GET",
        path="/v1/x",
        error_code=problem.code,
        message=problem.message,
        details=problem.details,
        data=problem.data,
    )


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, errors.BadRequest), (404, errors.NotFound), (429, errors.TooManyRequests), (503, errors.ServerError)],
)
def test_each_status_has_its_class(status: int, kind: type[errors.ApiError]) -> None:
    error = made(status, {"message": "Why"})
    assert type(error) is kind
    assert (error.status, error.method, error.path, error.message) == (status, "GET", "/v1/x", "Why")
    assert error.title and error.next_step.endswith(".")
    assert "GET /v1/x" in error.detail and "Why" in error.detail


@pytest.mark.parametrize(("code", "status"), CODES.items())
def test_each_code_has_a_sentence(code: str, status: int) -> None:
    error = made(status, {"errorCode": code, "message": "m", "data": {}})
    assert error.error_code == error.code == code
    assert error.next_step[0].isupper() and error.next_step.endswith(".")
    assert len(error.next_step) > 20


def test_a_code_nobody_knows_goes_by_status() -> None:
    error = made(403, {"errorCode": "solarFlare", "message": "m"})
    assert type(error) is errors.Forbidden and error.error_code == "solarFlare"
    assert error.next_step == BY_STATUS[403]


def test_a_status_nobody_knows() -> None:
    assert type(made(418, b"")) is errors.ApiError
    assert made(418, b"").next_step
    assert made(599, b"").next_step == BY_STATUS[500]


def test_both_forms_of_a_key_without_the_right() -> None:
    live = made(403, {"errorCode": "wrongApiKey", "message": "Wrong API key"})
    published = made(403, {"errorCode": "forbidden", "message": "Wrong API key"})
    assert live.next_step == published.next_step == BY_CODE["wrongApiKey"]


@pytest.mark.parametrize(
    ("body", "message", "details"),
    [
        ({"errorCode": "expiredApiKey", "message": "Expired API key", "data": {}}, "Expired API key", []),
        (
            {"message": "malformed request", "details": '"query.userId" is required'},
            "malformed request",
            ['"query.userId" is required'],
        ),
        ({"details": ["a", "b"], "message": "malformed request"}, "malformed request", ["a", "b"]),
        (
            {"errorCode": "badRequest", "message": "M", "data": {"details": "Unexpected token"}},
            "M",
            ["Unexpected token"],
        ),
        ({"status": "error", "data": {"failed": {"u1": "Emote does not exist"}}}, "", ["u1: Emote does not exist"]),
        (b"", "", []),
        (b"   \r\n", "", []),
        (b"<html><head><title>502 Bad Gateway</title></head></html>", "502 Bad Gateway", []),
        (b"<!DOCTYPE html><p>x", "an HTML page instead of an answer", []),
        (b"upstream connect error\nmore", "upstream connect error more", []),
        (b'{"message": "cut', '{"message": "cut', []),
        (b"[1,2,3]", "", []),
        (b"null", "", []),
        (b'"words"', "words", []),
        ({"message": {"a": 1}, "details": {"b": 2}, "errorCode": 7}, "", []),
        (b"\xff\xfe\x00", "��", []),
        (b"[" * 100_000, None, []),
        ({"message": "a\x1b[31mred\nb"}, "a [31mred b", []),
    ],
)
def test_shapes(body: object, message: str | None, details: list[str]) -> None:
    error = made(400, body)
    assert type(error) is errors.BadRequest
    if message is not None:
        assert error.message == message
    assert error.details == details


def test_a_long_body_is_cut_short() -> None:
    assert len(made(500, {"message": "x" * 100_000}).detail) < 600


def test_no_key_is_in_an_error() -> None:
    key = "0123456789abcdef" * 2
    error = made(403, {"message": f"Unknown API key {key}"})
    assert key not in f"{error} {error.detail} {error.as_dict()}"
