"""Lists that come in pages: an iterator that asks for the next page when it is needed (docs/api-contract.md#2.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

from kinetix_core.api.errors import BadAnswer
from kinetix_core.api.group import read
from kinetix_core.api.transport import Answer, Transport

T = TypeVar("T")


class Pages(Generic[T]):
    """Iterate over it once or more; each time it asks anew.

    Attributes:
        total: rows in all as the server says, or None (known after the first page).
        cached: the last page came from the server's cache (status 208).
    """

    def __init__(self, transport: Transport, path: str, query: Mapping[str, Any], row: type[T], page_size: int) -> None:
        self._transport = transport
        self._path = path
        self._query = dict(query)
        self._row = row
        self._size = page_size
        self.total: int | None = None
        self.cached = False

    def __iter__(self) -> Iterator[T]:
        offset, seen = 0, set[Any]()
        while True:
            answer = self._transport.call(
                "GET", self._path, query={**self._query, "limit": self._size, "offset": offset}
            )
            rows: list[T] = read(list[self._row], answer.value, f"GET {self._path}")  # type: ignore[name-defined]
            self.cached = answer.cached
            self._count(answer)
            fresh = 0
            for row in rows:
                # A first answer that was not cached may hold the whole list whatever was asked for; pages then overlap.
                mark = getattr(row, "id", None)
                if mark is None or mark not in seen:
                    seen.add(mark)
                    fresh += 1
                    yield row
            following = self._next(answer, offset, len(rows))
            if following is None or not fresh:
                return
            offset = following

    def _count(self, answer: Answer) -> None:
        text = answer.headers.get("x-pagination-length", "")
        self.total = int(text[:12]) if text.isascii() and text.isdigit() else None

    def _next(self, answer: Answer, offset: int, rows: int) -> int | None:
        link = answer.headers.get("x-pagination-next-page")
        if link:
            value = dict(parse_qsl(link.partition("?")[2].partition("#")[0])).get("offset", "")
            if not (value.isascii() and value.isdigit() and len(value) <= 12) or int(value) <= offset:
                raise BadAnswer(
                    "The next page of a list has an invalid address.", detail=f"GET {self._path}: offset {value[:20]!r}"
                )
            # Rows beyond what was asked for came already.
            if self.total is not None and offset + rows >= self.total:
                return None
            return max(int(value[:12]), offset + rows)
        if "x-pagination-length" in answer.headers and (self.total or 0) > offset + rows:
            return None if not rows else offset + rows
        # With since or until the published server counts only this page and never names the next.
        filtered = self._query.get("since") is not None or self._query.get("until") is not None
        return offset + rows if filtered and rows == self._size else None
