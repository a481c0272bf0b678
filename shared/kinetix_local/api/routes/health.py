"""GET /: the health check. A browser asking for a page gets the library instead."""

from __future__ import annotations

from kinetix_core import __version__
from kinetix_local.api import pages
from kinetix_local.api.wire import Answer, Call, json_answer, route

API_VERSION = "1.4.45"


@route("GET", "/", auth="none", query={}, metered=False, mode="async", tag="service", answers={200: "Health"})
async def health(call: Call) -> Answer:
    """Whether the service answers."""
    if b"text/html" in (call.header(b"accept") or "").encode():
        page = pages.serve(call.scope, "/")  # type: ignore[arg-type]
        if page is not None:
            return page
    info = {"version": API_VERSION, "isShuttingDown": call.service.stopping, "server": f"kinetix-local/{__version__}"}
    if call.strict:
        info.pop("server")
    return json_answer({"status": "ok", "info": info, "details": info})
