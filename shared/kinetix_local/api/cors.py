"""Which web pages may call the API. Their exact origin is echoed, never `*`: the upload page sends its requests with credentials."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# Any page of this machine: the API itself is guarded by keys and tokens in headers, which a foreign page does not have.
_LOOPBACK = re.compile(rb"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?")
_EXPOSED = (
    b"etag, content-range, accept-ranges, retry-after, x-pagination-length, x-pagination-first-page, x-pagination-last-page, "
    b"x-pagination-next-page, x-pagination-previous-page"
)
_METHODS = b"GET,HEAD,PUT,PATCH,POST,DELETE"
_TOKEN = re.compile(rb"[\w!#$%&'*+.^`|~, -]*")


def origin_of(url: str) -> str | None:
    """`scheme://host[:port]` of a page's address."""
    try:
        parts = urlsplit(url)
        return (
            f"{parts.scheme}://{parts.netloc}".lower() if parts.scheme in {"http", "https"} and parts.netloc else None
        )
    except ValueError:
        return None


def headers(origin: bytes | None, allowed: frozenset[str]) -> list[tuple[bytes, bytes]]:
    """The headers of every answer, refusals included."""
    result = [(b"vary", b"Origin"), (b"access-control-allow-credentials", b"true")]
    if origin and (_LOOPBACK.fullmatch(origin) or origin.decode("latin-1").lower() in allowed):
        result += [(b"access-control-allow-origin", origin), (b"access-control-expose-headers", _EXPOSED)]
    return result


def preflight(asked: bytes | None) -> list[tuple[bytes, bytes]]:
    """Return the headers of an OPTIONS answer; `asked` is access-control-request-headers."""
    result = [
        (b"access-control-allow-methods", _METHODS),
        (b"access-control-max-age", b"600"),
        (b"content-length", b"0"),
    ]
    if asked and _TOKEN.fullmatch(asked):
        result.append((b"access-control-allow-headers", asked))
    return result
