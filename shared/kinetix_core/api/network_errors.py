"""The error of the tree for whatever the network library raised."""

from __future__ import annotations

import ssl
from typing import Any

import requests
import urllib3

from kinetix_core.api.errors import Cancelled, CertificateRefused, ConnectionFailed, TimedOut
from kinetix_core.api.guard import Guard
from kinetix_core.values.errors import KinetixError


def failure(error: Exception, guard: Guard, method: str, path: str) -> KinetixError:
    """Return the `KinetixError` for an exception of the network library."""
    where = f"{method} {path}"
    why = guard.check()
    if why == "cancelled":
        return Cancelled("The transfer was cancelled.")
    if why == "deadline":
        return TimedOut("The server took too long to answer.", detail=where)
    if why == "slow":
        return TimedOut("The transfer stalled.", detail=where)
    if isinstance(error, KinetixError):
        return error
    causes = _chain(error)
    if isinstance(error, requests.exceptions.ConnectTimeout):
        return TimedOut("The server cannot be reached.", detail=where, sent=False)
    if any(isinstance(cause, (ssl.SSLError, requests.exceptions.SSLError)) for cause in causes):
        return CertificateRefused(f"{where}: {error}")
    sent = not any(
        isinstance(
            cause, (urllib3.exceptions.NewConnectionError, ConnectionRefusedError, requests.exceptions.ProxyError)
        )
        for cause in causes
    )
    if sent and any(
        isinstance(cause, (TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError)) for cause in causes
    ):
        return TimedOut("The server did not answer in time.", detail=where)
    title = "The connection was cut." if sent else "The server cannot be reached."
    return ConnectionFailed(title, detail=f"{where}: {causes[-1]}"[:500], sent=sent)


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    todo: list[Any] = [error]
    while todo and len(found) < 20:
        cause = todo.pop(0)
        if isinstance(cause, BaseException) and cause not in found:
            found.append(cause)
            todo += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
    return found
