"""Signing in to `/_local/` in a browser: a one-time link, then a cookie and a secret that the page sends with every request.

Browsers send a cookie to every port of a machine. The secret stays in the page's origin, so a program on another port that gets the
cookie can do nothing with it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time

COOKIE = "kinetix_session"
SECRET_HEADER = "x-kinetix-session"
_LINK_S = 300.0
_SESSION_S = 12 * 3600.0
_MOST = 1000


class Sessions:
    """In memory only: a restart signs everybody out."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._links: dict[str, float] = {}
        self._sessions: dict[str, float] = {}

    def link(self) -> str:
        """The code of a new sign-in link: works once, for five minutes."""
        _forget(self._links)
        code = secrets.token_urlsafe(24)
        self._links[code] = time.monotonic() + _LINK_S
        return code

    def sign_in(self, code: str) -> str | None:
        """A new session for a good code."""
        if self._links.pop(code, 0.0) < time.monotonic():
            return None
        _forget(self._sessions)
        session = secrets.token_urlsafe(32)
        self._sessions[session] = time.monotonic() + _SESSION_S
        return session

    def sign_out(self, session: str) -> None:
        self._sessions.pop(session, None)

    def valid(self, session: str, secret: str) -> bool:
        alive = self._sessions.get(session, 0.0) > time.monotonic()
        return alive and hmac.compare_digest(self.secret(session).encode(), secret.encode())

    def secret(self, session: str) -> str:
        return hmac.new(self._secret, session.encode(), hashlib.sha256).hexdigest()


def _forget(known: dict[str, float]) -> None:
    now = time.monotonic()
    for name in [name for name, end in known.items() if end < now]:
        del known[name]
    while len(known) >= _MOST:
        del known[next(iter(known))]
