"""GET /: the health check. A browser asking for a page gets the library instead, and a token's address is always the upload page."""

from __future__ import annotations

from kinetix_core import __version__
from kinetix_local.api import pages
from kinetix_local.api.wire import Answer, Call, Route, json_answer

API_VERSION = "1.4.45"


@Route(
    "GET",
    "/",
    auth="none",
    query={},
    metered=False,
    untagged="always",
    mode="async",
    tag="service",
    answers={200: "Health"},
)
async def health(call: Call) -> Answer:
    """Answer that the service runs."""
    # The address of a token is for people, whatever their browser says that it takes.
    link = pages.of_token(call.scope)
    if link or "text/html" in (call.header(b"accept") or ""):
        page = pages.serve(call.scope, "/")
        if page is not None:
            return page
        if link:
            return pages.small("Kinetix Local", "The upload page is not part of this installation.", 404)
    info = {"version": API_VERSION, "isShuttingDown": call.service.stopping, "server": f"kinetix-local/{__version__}"}
    if call.strict:
        info.pop("server")
    return json_answer({"status": "ok", "info": info, "details": info})
