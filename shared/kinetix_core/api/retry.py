"""When a call is sent again, in one table, and how long to wait before it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from kinetix_core.api.errors import ApiError, CertificateRefused, ConnectionFailed
from kinetix_core.values.errors import KinetixError


@dataclass(frozen=True)
class Rule:
    """Retry rule for a cause, for safe and for unsafe calls."""

    safe: bool
    unsafe: bool
    reason: str


TABLE: dict[str, Rule] = {
    "notSent": Rule(True, True, "nothing reached the server"),
    "connection": Rule(True, False, "the call may or may not have been carried out"),
    "408": Rule(True, False, "the server gave up reading"),
    "425": Rule(True, False, "will be ready soon"),
    "429": Rule(True, False, "the window of the rate limit moves on"),
    "tooManyUserProcesses": Rule(False, False, "a limit of the day: waiting seconds does not help"),
    "5xx": Rule(True, False, "a restart or an overload passes"),
    "4xx": Rule(False, False, "the same call gets the same refusal"),
}


def cause_of(error: KinetixError) -> str | None:
    """The row of TABLE for an error; None for errors of our own side, which are never repeated."""
    if isinstance(error, CertificateRefused):
        return None
    if isinstance(error, ConnectionFailed):
        return "connection" if error.sent else "notSent"
    if isinstance(error, ApiError):
        for row in (error.error_code, str(error.status)):
            if row in TABLE:
                return row
        return "5xx" if error.status >= 500 else "4xx"
    return None


def parse_retry_after(value: str | None, now: datetime | None = None) -> float | None:
    """Seconds of a `Retry-After` header, which is a number or a date; None if there is none or it is nonsense."""
    if not value:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())


@dataclass
class Retry:
    """Full jitter: a random wait between nothing and `base_s · 2ⁿ`, at least what the server asks for, all within a budget.

    Attributes:
        attempts: of one call, the first included.
        base_s, cap_s: of one wait; `cap_s` also caps what `Retry-After` may ask for.
        budget_s: of a call with all its waits; a wait that would pass it is not begun.
    """

    attempts: int = 5
    base_s: float = 0.5
    cap_s: float = 20.0
    budget_s: float = 60.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    uniform: Callable[[float, float], float] = field(default=random.uniform)

    def wait_s(self, attempt: int, error: KinetixError, *, safe: bool, started: float) -> float | None:
        """Seconds to wait before the next try, or None to give up. `attempt` counts from 1; `started` is a time of `clock`."""
        cause = cause_of(error)
        if cause is None or attempt >= self.attempts:
            return None
        rule = TABLE[cause]
        if not (rule.safe if safe else rule.unsafe):
            return None
        wait = self.uniform(0.0, min(self.cap_s, self.base_s * 2 ** (attempt - 1)))
        asked = getattr(error, "retry_after_s", None)
        if asked is not None:
            wait = max(wait, min(asked, self.cap_s))
        return wait if self.clock() - started + wait < self.budget_s else None
