"""Waiting for what a test is about to see. Every wait of the suite ends here, and they all have one limit.

The limit is a hang guard, not a measure: a machine at a quarter of our speed never comes near it, and a test that passes
never waits for it. Use `LIMIT_S` as the `timeout` of a subprocess, a request or a page as well.
Standard library only, so that scripts inside Blender can use it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

LIMIT_S = 240.0

# Between two looks: the longer it has lasted the fewer of them, as each costs the machine that is waited for.
_PAUSE_S, _LONGEST_PAUSE_S, _SHARE = 0.02, 0.06, 1 / 20

T = TypeVar("T")


def until(condition: Callable[[], T], diagnosis: str | Callable[[], object] = "", *, pause_s: float | None = None) -> T:
    """The first truthy answer of `condition`, evaluated every `pause_s` seconds; without that less often as time goes by.

    `diagnosis` is what the failure says: a text, or a function that is called when the wait gives up (a log's end,
    the state that was seen last). AssertionError past `LIMIT_S`; what `condition` raises ends the wait at once.
    """
    began = time.monotonic()
    for answer in _attempts(condition, diagnosis):
        if answer:
            return answer
        time.sleep(_pause(began) if pause_s is None else pause_s)
    raise AssertionError("unreachable: the attempts end by an error")


async def until_async(
    condition: Callable[[], T], diagnosis: str | Callable[[], object] = "", *, pause_s: float | None = None
) -> T:
    """`until` inside an event loop, which goes on meanwhile."""
    began = time.monotonic()
    for answer in _attempts(condition, diagnosis):
        if answer:
            return answer
        await asyncio.sleep(_pause(began) if pause_s is None else pause_s)
    raise AssertionError("unreachable: the attempts end by an error")


def _pause(began: float) -> float:
    return min(max(_PAUSE_S, (time.monotonic() - began) * _SHARE), _LONGEST_PAUSE_S)


def _attempts(condition: Callable[[], T], diagnosis: str | Callable[[], object]) -> Iterator[T]:
    """Answers of `condition` until the limit is over. The last one comes after it, so that a long pause costs none."""
    end = time.monotonic() + LIMIT_S
    over = False
    answer = None
    while not over:
        over = time.monotonic() > end
        answer = condition()
        yield answer
    details = diagnosis() if callable(diagnosis) else diagnosis
    raise AssertionError(f"still {answer!r} after {LIMIT_S:g} s{f': {details}' if details else ''}")
