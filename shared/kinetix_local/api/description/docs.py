"""`/documentation` (Swagger UI, from a package, so it works without a network) and `/swagger.json`."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kinetix_local.api import pages
from kinetix_local.api.instance import Service
from kinetix_local.api.routes import load
from kinetix_local.api.routes.health import API_VERSION
from kinetix_local.api.wire import Answer, pack, packed_answer

_FILES = {
    "swagger-ui.css": b"text/css; charset=utf-8",
    "swagger-ui-bundle.js": b"text/javascript; charset=utf-8",
    "favicon-32x32.png": b"image/png",
}
_START = """window.ui = SwaggerUIBundle({
  url: "/swagger.json", dom_id: "#swagger-ui", deepLinking: true, persistAuthorization: false, validatorUrl: null,
});
"""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Kinetix SDK API (Kinetix Local)</title>
<link rel="icon" href="/documentation/favicon-32x32.png">
<link rel="stylesheet" href="/documentation/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<noscript>The description is at <a href="/swagger.json">/swagger.json</a>.</noscript>
<script src="/documentation/swagger-ui-bundle.js"></script>
<script src="/documentation/start.js"></script>
</body>
</html>
"""
_SAFE = [
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
]


def serve(service: Service, scope: Mapping[str, Any]) -> Answer | None:
    """The answer for a path of the documentation; None for any other."""
    asked: str = scope["path"]
    path = asked.rstrip("/").lower()
    if path == "/swagger.json":
        return packed_answer(_spec(service.base_url))
    if asked.lower() == "/documentation":
        query: bytes = scope["query_string"]
        place = asked.encode() + b"/" + (b"?" + query if query else b"")
        answer = pages.small("Redirecting", "Redirecting to " + place.decode("latin-1"), 301)
        answer.headers.append((b"location", place))
        return answer
    if path == "/documentation":
        return Answer(200, _PAGE.encode(), [(b"content-type", b"text/html; charset=utf-8"), *_SAFE])
    name = path.removeprefix("/documentation/")
    if name == path:
        return None
    if name == "start.js":
        return Answer(200, _START.encode(), [(b"content-type", b"text/javascript; charset=utf-8"), *_SAFE])
    if name == "swagger.json":
        return packed_answer(_spec(service.base_url))
    if name not in _FILES:
        return None
    return Answer(200, (_assets() / name).read_bytes(), [(b"content-type", _FILES[name]), *_SAFE])


@functools.cache
def _assets() -> Path:
    import swagger_ui_bundle

    return Path(str(swagger_ui_bundle.swagger_ui_path))


@functools.cache
def _spec(server: str) -> bytes:
    from kinetix_local.api.description.spec import build

    return pack(build(load(), server, API_VERSION))
