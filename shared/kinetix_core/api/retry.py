"""When a call is sent again, and how long to wait before it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import urllib3

from kinetix_core.api.errors import ApiError, CertificateRefused, ConnectionFailed
from kinetix_core.values.errors import KinetixError

# Refusals that pass: the server gave up reading, will be ready soon, or counts too many calls of the last minutes.
_PASSING = {408, 425, 429}


def may_pass(error: KinetixError, *, safe: bool) -> bool:
    """Whether the same call may succeed later; an unsafe one only if nothing of it reached the server."""
    if isinstance(error, ConnectionFailed):
        return (safe or not error.sent) and not isinstance(error, CertificateRefused)
    if not isinstance(error, ApiError) or error.error_code == "tooManyUserProcesses":  # that is a limit of the day
        return False
    return safe and (error.status in _PASSING or error.status >= 500)


def parse_retry_after(value: str | None) -> float | None:
    """Return the seconds of a `Retry-After` header (number or date), None if it is absent or invalid."""
    try:
        return urllib3.Retry().parse_retry_after(value) if value else None
    except (urllib3.exceptions.InvalidHeader, ValueError, OverflowError):
        return None


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
        if attempt >= self.attempts or not may_pass(error, safe=safe):
            return None
        wait = self.uniform(0.0, min(self.cap_s, self.base_s * 2 ** (attempt - 1)))
        asked = getattr(error, "retry_after_s", None)
        if asked is not None:
            wait = max(wait, min(asked, self.cap_s))
        return wait if self.clock() - started + wait < self.budget_s else None
