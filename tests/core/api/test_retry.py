"""The retry table, the waits, and what `Retry-After` may ask for."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from kinetix_core.api import Client, Retry
from kinetix_core.api.errors import ApiError, CertificateRefused, ConnectionFailed, ServerError, for_status
from kinetix_core.api.retry import parse_retry_after
from kinetix_core.values.errors import KinetixError
from tests.support.raw_server import Exchange, RawServer, cut


def error(status: int, code: str = "", after: float | None = None) -> ApiError:
    return for_status(status)(status=status, method="GET", path="/", error_code=code, retry_after_s=after)


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def retry(clock: Clock, **settings: float) -> Retry:
    return Retry(sleep=clock.sleep, clock=clock, uniform=lambda low, high: high, **settings)  # type: ignore[arg-type]


@pytest.mark.quick
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        (" 7 ", 7),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
        ("Fri, 02 Jan 2026 03:04:00 GMT", 0),
        ("Fri, 02 Jan 99999 03:04:00 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value) == seconds


@pytest.mark.quick
@pytest.mark.parametrize(
    ("problem", "safe", "unsafe"),
    [
        (ConnectionFailed("x", sent=False), True, True),
        (ConnectionFailed("x"), True, False),
        (CertificateRefused("x"), False, False),
        (error(408), True, False),
        (error(425), True, False),
        (error(429, "rateLimiting"), True, False),
        (error(429, "tooManyUserProcesses"), False, False),
        (error(500), True, False),
        (error(599), True, False),
        (error(404), False, False),
        (error(418), False, False),
    ],
)
def test_what_may_pass_is_tried_again(problem: KinetixError, safe: bool, unsafe: bool) -> None:
    waits = [retry(Clock()).wait_s(1, problem, safe=call, started=0.0) for call in (True, False)]
    assert [wait is not None for wait in waits] == [safe, unsafe]


@pytest.mark.quick
def test_waits_double_up_to_a_cap_and_a_budget() -> None:
    policy = retry(Clock(), attempts=10, base_s=1.0, cap_s=5.0, budget_s=100.0)
    assert [policy.wait_s(n, error(500), safe=True, started=0.0) for n in range(1, 6)] == [1.0, 2.0, 4.0, 5.0, 5.0]
    assert retry(Clock(), budget_s=0.4).wait_s(1, error(500), safe=True, started=0.0) is None
    assert policy.wait_s(10, error(500), safe=True, started=0.0) is None


@pytest.mark.quick
def test_jitter_is_full() -> None:
    asked: list[tuple[float, float]] = []
    policy = Retry(uniform=lambda low, high: asked.append((low, high)) or 0.0)  # type: ignore[func-returns-value]
    policy.wait_s(3, error(500), safe=True, started=policy.clock())
    assert asked == [(0.0, 2.0)]


@pytest.mark.quick
def test_retry_after_is_a_floor_with_a_cap() -> None:
    policy = retry(Clock(), base_s=1.0, cap_s=20.0)
    assert policy.wait_s(1, error(429, "rateLimiting", after=7.0), safe=True, started=0.0) == 7.0
    assert policy.wait_s(1, error(503, after=0.0), safe=True, started=0.0) == 1.0
    assert policy.wait_s(1, error(503, after=86400.0), safe=True, started=0.0) == 20.0


def script(*steps: Callable[[Exchange], None]) -> Callable[[Exchange], None]:
    """A handler that does the steps one after the other, then repeats the last."""
    left = list(steps)

    def handle(exchange: Exchange) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(exchange)

    return handle


def test_a_safe_call_survives_a_cut_and_two_refusals() -> None:
    clock = Clock()
    with (
        RawServer(
            script(
                cut,
                lambda e: e.json(503, {}, Retry_After="3"),
                lambda e: e.json(429, {"errorCode": "rateLimiting"}),
                lambda e: e.json(200, {"id": 1, "virtualWorldId": "p"}),
            )
        ) as server,
        Client(server.url, "a" * 32, retry=retry(clock)) as client,
    ):
        assert client.users.get("p").virtual_world_id == "p"
        assert len(server.requests) == 4
        assert clock.slept == [0.5, 3.0, 2.0]


def test_an_unsafe_call_is_sent_once() -> None:
    for step, kind in ((cut, ConnectionFailed), (lambda e: e.json(503, {}), ServerError)):
        with RawServer(step) as server, Client(server.url, "a" * 32, retry=retry(Clock())) as client:
            with pytest.raises(kind):
                client.users.create("p")
            assert len(server.requests) == 1


def test_nobody_listens_is_repeated_even_for_unsafe_calls() -> None:
    clock = Clock()
    with socket.socket() as kept:  # nobody else gets the port, and nobody listens there
        kept.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{kept.getsockname()[1]}"
        with Client(url, retry=retry(clock, attempts=3)) as client, pytest.raises(ConnectionFailed) as caught:
            client.users.create("p")
    assert not caught.value.sent and len(clock.slept) == 2


def test_a_removal_whose_answer_was_lost_counts_as_done() -> None:
    steps = script(cut, lambda e: e.json(404, {"message": "Emote not attributed to user"}))
    with RawServer(steps) as server, Client(server.url, retry=retry(Clock())) as client:
        client.users.remove("p", "11111111-1111-4111-8111-111111111111")
        assert [request.method for request in server.requests] == ["DELETE", "DELETE"]
