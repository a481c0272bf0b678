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
SESSION_S = 12 * 3600
_MOST = 1000


class Sessions:
    """Sessions are signed with a key that all services behind one address share, so each of them knows those of the others.

    A link, and that a session has ended, is known to the service that was asked alone.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode() or secrets.token_bytes(32)
        self._links: dict[str, float] = {}
        self._ended: dict[str, float] = {}

    def link(self) -> str:
        """The code of a new sign-in link: works once, for five minutes."""
        _forget(self._links)
        code = secrets.token_urlsafe(24)
        self._links[code] = time.time() + _LINK_S
        return code

    def sign_in(self, code: str) -> str | None:
        """A new session for a good code."""
        if self._links.pop(code, 0.0) < time.time():
            return None
        session = f"{int(time.time() + SESSION_S)}.{secrets.token_urlsafe(32)}"
        return f"{session}.{self._signed('session', session)}"

    def sign_out(self, session: str) -> None:
        _forget(self._ended)
        self._ended[session] = time.time() + SESSION_S

    def valid(self, session: str, secret: str) -> bool:
        signed, _, signature = session.rpartition(".")
        if not _same(self._signed("session", signed), signature) or not _same(self.secret(session), secret):
            return False
        return session not in self._ended and int(signed.partition(".")[0]) > time.time()

    def secret(self, session: str) -> str:
        return self._signed("secret", session)

    def _signed(self, purpose: str, text: str) -> str:
        return hmac.new(self._key, f"{purpose} {text}".encode(), hashlib.sha256).hexdigest()


def _same(a: str, b: str) -> bool:
    return hmac.compare_digest(a.encode(), b.encode())


def _forget(known: dict[str, float]) -> None:
    now = time.time()
    for name in [name for name, end in known.items() if end < now]:
        del known[name]
    while len(known) >= _MOST:
        del known[next(iter(known))]
