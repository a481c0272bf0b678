"""The one helper that waits gives up in time, and says what it saw."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import count

import pytest

from tests.support import waiting
from tests.support.waiting import until, until_async

pytestmark = pytest.mark.quick


@dataclass
class Clock:
    """In place of the module `time`: it moves only where somebody sleeps, however long this process is held up."""

    now: float = 100.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(waiting, "time", made)
    return made


def test_it_returns_the_first_answer_that_holds() -> None:
    numbers = count()
    assert until(lambda: next(numbers) == 3 and "three", pause_s=0) == "three"
    assert asyncio.run(until_async(lambda: next(numbers) > 6, pause_s=0)) is True


def test_it_asks_less_often_as_time_goes_by(clock: Clock) -> None:
    pauses = [waiting._pause(clock.now - waited) for waited in (0, 0.8, 60)]
    assert pauses[0] < pauses[1] < pauses[2] < 0.1


def test_giving_up_tells_the_last_answer_and_the_diagnosis(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LIMIT_S", 0.0)
    with pytest.raises(AssertionError, match="still 0 after 0 s: the log ends here"):
        until(lambda: 0, lambda: "the log ends here")
    with pytest.raises(AssertionError, match=r"still None after 0 s$"):
        asyncio.run(until_async(lambda: None))


def test_a_pause_longer_than_the_limit_does_not_miss_what_came_meanwhile(clock: Clock) -> None:
    came_at = clock.now + 1.5 * waiting.LIMIT_S
    assert until(lambda: clock.now >= came_at, pause_s=2 * waiting.LIMIT_S)
