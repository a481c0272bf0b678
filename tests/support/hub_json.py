"""The hub as the JSON that travels: tests look at the wire itself, not through the models that they are to check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as ws_connect

from kinetix_core.protocol.hub.client import HubClient
from kinetix_core.protocol.hub.info import HubInfo
from tests.support.waiting import LIMIT_S


class HubLink:
    """One hub. Paths are below `/v1`. Raises KinetixError as `HubClient` does."""

    def __init__(self, info: HubInfo) -> None:
        self.info = info
        self._client = HubClient(info)

    def get(self, path: str, *, timeout_s: float = 60.0, **query: Any) -> Any:
        return self.call("GET", path, query=query, timeout_s=timeout_s)

    def post(self, path: str, body: Any = None, *, timeout_s: float = 180.0, **query: Any) -> Any:
        return self.call("POST", path, body, query=query, timeout_s=timeout_s)

    def call(
        self, method: str, path: str, body: Any = None, *, query: dict[str, Any] | None = None, timeout_s: float = 60.0
    ) -> Any:
        return self._client.exchange(method, path.removeprefix("/v1"), body, query=query, timeout_s=timeout_s)

    def fetch(self, path: str, target: Path, *, timeout_s: float = 300.0) -> None:
        self._client.fetch(path, target, timeout_s=timeout_s)


def web_socket(address: str, headers: dict[str, str], **options: Any) -> ClientConnection:
    """`options`: those of `websockets`, such as an `origin`."""
    opened: ClientConnection = ws_connect(
        address, additional_headers=headers, open_timeout=LIMIT_S, close_timeout=LIMIT_S, **options
    )
    return opened
