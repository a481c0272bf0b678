"""Errors of the API client: one class per HTTP status, and what can go wrong before there is a status (docs/api-contract.md#5)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from kinetix_core.api.next_steps import BY_CODE, BY_STATUS, COMMANDS, TITLES
from kinetix_core.io.untrusted_json import read_json
from kinetix_core.values.errors import ErrorKind, KinetixError
from kinetix_core.values.wording import worded

_CLASSES: dict[int, type[ApiError]] = {}


class ApiError(KinetixError):
    """The API answered, and not with success.

    Attributes:
        status: HTTP status.
        error_code: the contract's `errorCode`; the status's default where the body has none; "" where there is no default.
        message: the body's `message`, or "".
        details: the body's details, a list of sentences (empty if none).
        data: the body's `data`, e.g. the failed emotes of a batch.
        method, path: of the request.
        retry_after_s: what `Retry-After` asked for, or None.
    """

    default_kind = ErrorKind.INVALID_INPUT

    def __init_subclass__(cls, status: int | None = None, kind: ErrorKind = ErrorKind.INVALID_INPUT) -> None:
        cls.default_kind = kind
        if status is not None:
            _CLASSES[status] = cls

    def __init__(
        self,
        *,
        status: int,
        method: str,
        path: str,
        error_code: str = "",
        message: str = "",
        details: Sequence[str] = (),
        data: Any = None,
        retry_after_s: float | None = None,
    ) -> None:
        self.status = status
        self.method = method
        self.path = path
        self.error_code = error_code or _DEFAULT_CODES.get(status, "")
        self.message = message
        self.details = list(details)
        self.data = data
        self.retry_after_s = retry_after_s
        known = "; ".join(part for part in (message, *self.details) if part)
        next_step = _next_step(self.error_code, status, message)
        super().__init__(
            TITLES.get(status) or worded("The API answered {status}.", status=status),
            code=self.error_code or f"http{status}",
            detail=f"{method} {path} → {status}" + (f": {known}" if known else ""),
            next_step=next_step,
            command=COMMANDS.get(next_step, ""),
            kind=_KINDS_OF_CODES.get(self.error_code),
        )

    def __str__(self) -> str:
        return f"{self.title} {self.detail}"


class BadRequest(ApiError, status=400):
    """400: the request is malformed; `details` names the fields."""


class Unauthorized(ApiError, status=401, kind=ErrorKind.AUTHENTICATION):
    """401: no key or no token was sent."""


class Forbidden(ApiError, status=403, kind=ErrorKind.CONFLICT):
    """403: the key, the plan, the token or the virtual world does not allow it."""


class NotFound(ApiError, status=404, kind=ErrorKind.MISSING):
    """404."""


class NotAcceptable(ApiError, status=406):
    """406: the online video is restricted to adults."""


class RequestTimeout(ApiError, status=408, kind=ErrorKind.UNAVAILABLE):
    """408."""


class Conflict(ApiError, status=409, kind=ErrorKind.CONFLICT):
    """409: it exists already."""


class PayloadTooLarge(ApiError, status=413):
    """413: too large, or the online video is too long."""


class UnsupportedMediaType(ApiError, status=415):
    """415."""


class UnprocessableContent(ApiError, status=422):
    """422: the online video's address cannot be used."""


class TooEarly(ApiError, status=425, kind=ErrorKind.UNAVAILABLE):
    """425: the process is not done yet."""


class PreconditionRequired(ApiError, status=428):
    """428: the alias rotation is not set up."""


class TooManyRequests(ApiError, status=429, kind=ErrorKind.BUSY):
    """429: the daily limit of a player, or the rate limit."""


class ServerError(ApiError, kind=ErrorKind.UNAVAILABLE):
    """500 and above."""


class ConnectionFailed(KinetixError):
    """No answer: no route, a cut connection, a failed TLS check. `sent` is False when nothing can have reached the server."""

    default_kind = ErrorKind.UNAVAILABLE

    def __init__(self, title: str, *, code: str = "offline", detail: str = "", next_step: str = "", sent: bool = True):
        super().__init__(
            title,
            code=code,
            detail=detail,
            next_step=next_step or "Check the network and the server's address, then try again.",
        )
        self.sent = sent


class TimedOut(ConnectionFailed):
    """The other side was silent or too slow for too long."""

    def __init__(self, title: str, *, detail: str = "", next_step: str = "", sent: bool = True) -> None:
        super().__init__(title, code="timeOut", detail=detail, next_step=next_step, sent=sent)


class CertificateRefused(ConnectionFailed):
    """The server's TLS certificate is not trusted; a retry fails in the same way."""

    default_kind = ErrorKind.INTERNAL

    def __init__(self, detail: str) -> None:
        super().__init__(
            "The server's certificate is not trusted.",
            code="tls",
            detail=detail,
            next_step="Set REQUESTS_CA_BUNDLE or the profile's CA file if your network has its own certificate authority.",
            sent=False,
        )


class BadAnswer(KinetixError):
    """A success whose body breaks the contract: HTML from a proxy, broken JSON, a wrong shape, too much data.

    A retry may succeed, except for an answer with a malformed id: its kind is INTERNAL.
    """

    default_kind = ErrorKind.UNAVAILABLE

    def __init__(self, title: str, *, code: str = "badAnswer", detail: str = "", kind: ErrorKind | None = None) -> None:
        super().__init__(
            title,
            code=code,
            kind=kind,
            detail=detail,
            next_step="Check the address, and that no proxy or sign-in page intercepts it.",
        )


class RedirectRefused(KinetixError):
    """The server points somewhere that may not see the key."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "The server redirected the request to another address.",
            code="redirectRefused",
            detail=detail,
            next_step="Set the profile's address to that of the API.",
        )


class Cancelled(KinetixError):
    """The caller asked to stop."""

    def __init__(self, title: str) -> None:
        super().__init__(title, code="cancelled", next_step="")


class UploadDoubtful(KinetixError):
    """The token was consumed, but the answer was lost and no process of it can be found."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "The clip was sent, but the answer was lost.",
            code="uploadDoubtful",
            detail=detail,
            next_step="Check the list of processes before sending the clip again.",
            command="kinetix process list",
        )


# Section 5: defaults by status; the others have none.
_DEFAULT_CODES = {400: "badRequest", 403: "forbidden", 404: "notFound"}

_KINDS_OF_CODES = {
    **dict.fromkeys(
        ("unknownApiKey", "expiredApiKey", "deletedApiKey", "wrongApiKey", "deletedVW"), ErrorKind.AUTHENTICATION
    ),
    "missingToken": ErrorKind.CONFLICT,  # the upload's token, not the key
    "tooManyUserProcesses": ErrorKind.CONFLICT,  # the user's limit of the day
}


def for_status(status: int) -> type[ApiError]:
    """The class of a status; a status nobody knows is an `ApiError`, from 500 on a `ServerError`."""
    return _CLASSES.get(status) or (ServerError if status >= 500 else ApiError)


def _next_step(code: str, status: int, message: str) -> str:
    # The live description files a key without the right flag under `wrongApiKey`, the published code under `forbidden`.
    if code == "forbidden" and message.rstrip(".").lower() == "wrong api key":
        code = "wrongApiKey"
    fallback = BY_STATUS.get(status) or BY_STATUS[500 if status >= 500 else 400]
    return BY_CODE.get(code) if code in BY_CODE and code not in _GENERIC_CODES else fallback  # type: ignore[return-value]


# Codes that say no more than their status does.
_GENERIC_CODES = {"badRequest", "forbidden", "notFound"}


# ---- what a refusal says


@dataclass(frozen=True)
class Problem:
    """Parsed error body; code and message may be "", details empty."""

    code: str = ""
    message: str = ""
    details: list[str] = field(default_factory=list)
    data: Any = None


def read_problem(body: bytes) -> Problem:
    """Read the three error shapes of docs/api-contract.md#5, and what a proxy puts in their place.

    Never fails: a body that is no JSON gives what can be shown of it (the title of a page, or its first line).
    """
    if not body.strip():
        return Problem()
    try:
        value = read_json(body)
    except ValueError:
        return Problem(message=_from_text(body))
    if isinstance(value, str):
        return Problem(message=_short(value))
    if not isinstance(value, dict):
        return Problem()
    data = value.get("data")
    details = _sentences(value.get("details"))
    if isinstance(data, dict):
        details = details or _sentences(data.get("details"))
        failed = data.get("failed")
        if isinstance(failed, dict):  # the batch of /v1/virtual-world/emotes
            details = details or [f"{_short(str(uuid))}: {_short(str(why))}" for uuid, why in list(failed.items())[:50]]
    code, message = value.get("errorCode"), value.get("message", value.get("error"))
    return Problem(
        code=code if isinstance(code, str) and len(code) <= 64 else "",
        message=_short(message) if isinstance(message, str) else "",
        details=details,
        data=data,
    )


def _sentences(value: Any) -> list[str]:
    if isinstance(value, str):
        return [_short(value)] if value else []
    if isinstance(value, list):
        return [_short(part if isinstance(part, str) else json.dumps(part)) for part in value[:50]]
    return []


def _from_text(body: bytes) -> str:
    text = body[:65536].decode("utf-8", "replace")
    lower = text.lower()
    start = lower.find("<title>")
    if start >= 0:
        return _short(text[start + 7 : lower.find("</title>", start) if "</title>" in lower else start + 207])
    if lower.lstrip().startswith(("<!doctype", "<html", "<?xml", "<")):
        return "an HTML page instead of an answer"
    return _short(text)


def _short(text: str) -> str:
    clean = " ".join("".join(ch if ch.isprintable() else " " for ch in text[:2000]).split())
    return clean if len(clean) <= 400 else clean[:399] + "…"
