"""The web pages, if they are built: at `/` the upload page for a link with a token, else the library."""

from __future__ import annotations

import html
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from kinetix_local.api.wire import Answer
from kinetix_local.api.wire import html as html_answer

__all__ = ["DIST", "not_found", "serve"]

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
    ".wasm": b"application/wasm",
    ".webmanifest": b"application/manifest+json",
    ".glb": b"model/gltf-binary",
    ".txt": b"text/plain; charset=utf-8",
    ".map": b"application/json; charset=utf-8",
}
# Pages run only what we ship, are shown in no foreign frame, and tell nobody where they were.
_SAFE = [
    (
        b"content-security-policy",
        b"default-src 'none'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self'; script-src 'self'; "
        b"connect-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


def serve(scope: MutableMapping[str, Any], path: str) -> Answer | None:
    """A file of the built pages; a page for addresses without an extension; None where there is none or the path is the API's."""
    if path.lower().startswith(("/v1/", "/v2/", "/user-data/")) or not DIST.is_dir() or "\x00" in path:
        return None
    wanted = (DIST / path.lstrip("/")).resolve()
    if not wanted.is_relative_to(DIST):
        return None
    if path == "/":
        # One page opens by a token's link, the other is the library.
        wanted = DIST / ("upload.html" if b"token=" in scope["query_string"] else "library.html")
    if not wanted.is_file():
        return None
    hashed = "/assets/" in path
    cache = b"public, max-age=31536000, immutable" if hashed else b"no-cache"
    kind = _TYPES.get(wanted.suffix, b"application/octet-stream")
    return Answer(200, wanted.read_bytes(), [(b"content-type", kind), (b"cache-control", cache), *_SAFE])


def not_found(method: str, path: str) -> Answer:
    """What the API answers for every path and method that it does not have: a small page, status 404."""
    return html_answer(
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n<body>\n'
        f"<pre>Cannot {html.escape(method)} {html.escape(path)}</pre>\n</body>\n</html>\n",
        404,
    )
