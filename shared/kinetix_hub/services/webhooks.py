"""The hub's ear for webhooks, open only when `KINETIX_PUBLIC_URL` is set: a signed message makes the job look at its process at once.

Nothing is taken from a message but the process's id: the job asks the API itself. So a copy of an old message does no harm.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Iterable

from kinetix_core.values.errors import InputError
from kinetix_hub.services.webhook_server import WebhookHandler, WebhookServer

__all__ = ["PATH", "WebhookEar", "wanted"]

log = logging.getLogger(__name__)

PATH = "/webhook/updates"
_MAX_BODY = 1 << 20


def wanted() -> bool:
    return bool(os.environ.get("KINETIX_PUBLIC_URL"))


class WebhookEar:
    """Listens on 127.0.0.1 (`KINETIX_WEBHOOK_PORT`, 8788 by default), where the person's tunnel or proxy leads.

    Args:
        keys: asked anew for each message.
        heard: called with the process's id.
    """

    def __init__(
        self, keys: Callable[[], Iterable[str]], heard: Callable[[str], None], port: int | None = None
    ) -> None:
        given = os.environ.get("KINETIX_WEBHOOK_PORT", "")
        wanted_port = port if port is not None else int(given) if given.isdigit() else 8788
        self._server = WebhookServer(wanted_port, _handler(keys, heard))
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 1.0}, daemon=True)

    def start(self) -> None:
        self._thread.start()
        log.info("webhooks are heard on port %d%s", self.port, PATH)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(keys: Callable[[], Iterable[str]], heard: Callable[[str], None]) -> type[WebhookHandler]:
    from kinetix_core.api.webhooks import parse, verify

    class Handler(WebhookHandler):
        def do_POST(self) -> None:
            body = self.read_body(_MAX_BODY) if self.path.split("?")[0] == PATH else 404
            if isinstance(body, int):
                self._answer(body)
                return
            try:
                verify(body, dict(self.headers.items()), keys())
                heard(parse(body).uuid)
            except InputError as error:
                log.info("a webhook was refused: %s", error.detail)
                self._answer(403)
                return
            self._answer(200)

        def _answer(self, status: int) -> None:
            body = json.dumps({} if status == 200 else {"error": "refused"}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
