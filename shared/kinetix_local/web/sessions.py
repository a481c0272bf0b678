"""Sign-in by a one-time link. Sessions live in memory: a restart of the service signs everybody out."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["COOKIE", "Session", "Sessions"]

COOKIE = "kinetix_session"
_CODE_LIFE_S = 600
_SESSION_LIFE_S = 12 * 3600
_MOST_SESSIONS = 100


@dataclass(frozen=True)
class Session:
    """`csrf` must come back with every change; it is in no cookie, so another site cannot send it."""

    csrf: str
    ends: float


class Sessions:
    """All look-ups compare whole random values of 256 bits, so their timing tells nothing of use."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._codes: dict[str, float] = {}
        self._sessions: dict[str, Session] = {}

    def new_code(self) -> str:
        now = self._clock()
        self._codes = {code: ends for code, ends in self._codes.items() if ends > now}
        code = secrets.token_urlsafe(32)
        self._codes[code] = now + _CODE_LIFE_S
        return code

    def redeem(self, code: str) -> str | None:
        """A fresh session id for a code that was not used before; None otherwise. Never takes an id from outside (fixation)."""
        if self._codes.pop(code, 0.0) <= self._clock():
            return None
        if len(self._sessions) >= _MOST_SESSIONS:
            self._sessions.pop(min(self._sessions, key=lambda key: self._sessions[key].ends))
        session = secrets.token_urlsafe(32)
        self._sessions[session] = Session(secrets.token_urlsafe(32), self._clock() + _SESSION_LIFE_S)
        return session

    def find(self, session: str | None) -> Session | None:
        found = self._sessions.get(session or "")
        if found is None or found.ends <= self._clock():
            self._sessions.pop(session or "", None)
            return None
        return found

    def end(self, session: str | None) -> None:
        self._sessions.pop(session or "", None)
