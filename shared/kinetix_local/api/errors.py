"""Answers that refuse, in the three body shapes of the API."""

from __future__ import annotations

from typing import Any

_DEFAULT_CODES = {400: "badRequest", 403: "forbidden", 404: "notFound"}


class ApiError(Exception):
    """`{"errorCode", "message", "data"}` with a status; no errorCode where the API has none for that status."""

    def __init__(
        self,
        status: int,
        message: str,
        code: str | None = None,
        *,
        data: dict[str, Any] | None = None,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code if code is not None else _DEFAULT_CODES.get(status, "")
        self.data = data or {}
        self.headers = headers

    def body(self, *, strict: bool) -> dict[str, Any]:
        body: dict[str, Any] = {"errorCode": self.code} if self.code else {}
        return body | {"message": self.message, "data": self.data}


class Malformed(ApiError):
    """A request that breaks a route's schema. `details` is one text, or a list where the route has alternatives."""

    def __init__(self, details: str | list[str]) -> None:
        super().__init__(400, "malformed request")
        self.details = details

    def body(self, *, strict: bool) -> dict[str, Any]:
        message: dict[str, Any] = {"message": self.message}
        details: dict[str, Any] = {"details": self.details}
        body = message | details if isinstance(self.details, list) else details | message
        # The published server sends no code here, the API's description has one.
        return body if strict else {"errorCode": "badRequest"} | body
