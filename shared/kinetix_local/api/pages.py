"""The web pages, if they are built: at `/` the upload page for a link with a token, else the library."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from kinetix_local.api.wire import Answer
from kinetix_local.api.wire import html as html_answer

DIST = Path(__file__).resolve().parents[1] / "web" / "dist"
_TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".json": b"application/json; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".png": b"image/png",
    ".webp": b"image/webp",
    ".ico": b"image/x-icon",
    ".woff2": b"font/woff2",
    ".webmanifest": b"application/manifest+json",
    ".glb": b"model/gltf-binary",
    ".txt": b"text/plain; charset=utf-8",
    ".map": b"application/json; charset=utf-8",
}
_SENT_AS_IS = "%!#$&'()*+,/:;=?@[]~"
# Pages run only what we ship, are shown in no foreign frame, and tell nobody where they were.
_POLICY = (
    "default-src 'none'; img-src 'self' data: blob:{files}; media-src 'self' blob:{files}; style-src 'self'; script-src 'self'; "
    "connect-src 'self' blob:{files}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_SAFE = [
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


def of_token(scope: Mapping[str, Any]) -> bool:
    """Return whether the address is the link of a generation token."""
    query: bytes = scope["query_string"]
    return any(pair.startswith(b"token=") for pair in query.split(b"&"))


def serve(scope: Mapping[str, Any], path: str, files: str | None = None) -> Answer | None:
    """A file of the built pages; a page for addresses without an extension; None where there is none or the path is the API's.

    `files`: the origin that clips and emote files come from, where it is not this service's.
    """
    if path.lower().startswith(("/v1/", "/v2/", "/user-data/")) or not DIST.is_dir() or "\x00" in path:
        return None
    wanted = (DIST / path.lstrip("/")).resolve()
    if not wanted.is_relative_to(DIST):
        return None
    if path == "/":
        # One page opens by a token's link, the other is the library.
        wanted = DIST / ("upload.html" if of_token(scope) else "library.html")
    if not wanted.is_file():
        return None
    hashed = "/assets/" in path
    cache = b"public, max-age=31536000, immutable" if hashed else b"no-cache"
    kind = _TYPES.get(wanted.suffix, b"application/octet-stream")
    policy = _POLICY.format(files="" if files is None else f" {files}")
    security = (b"content-security-policy", policy.encode("ascii"))
    return Answer(200, wanted.read_bytes(), [(b"content-type", kind), (b"cache-control", cache), security, *_SAFE])


def small(title: str, text: str, status: int) -> Answer:
    """A page of one line, without anything to load."""
    answer = html_answer(
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n</head>\n<body>\n'
        f"<pre>{html.escape(text)}</pre>\n</body>\n</html>\n",
        status,
    )
    answer.headers += [(b"content-security-policy", b"default-src 'none'"), (b"x-content-type-options", b"nosniff")]
    return answer


def not_found(method: str, scope: Mapping[str, Any]) -> Answer:
    """Return the API's answer for an unknown path or method, the path as it was sent."""
    path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
    return small("Error", f"Cannot {method} {quote(path, safe=_SENT_AS_IS)}", 404)
