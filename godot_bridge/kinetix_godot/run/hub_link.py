"""Talks to a running hub, so that the command line and the hub never sync the same target at once."""

from __future__ import annotations

import http.client
import json
from typing import Any

from kinetix_core import paths
from kinetix_core.errors import KinetixError
from kinetix_core.peer_identity import HUB_PATH, Impostor, PeerIdentity

__all__ = ["HubLink"]

Json = dict[str, Any]


class HubLink:
    """One hub. `find` gives None when none is running."""

    def __init__(self, port: int, token: str, start_id: str) -> None:
        self._port, self._token = port, token
        self._identity = PeerIdentity(HUB_PATH, start_id, token)

    @classmethod
    def find(cls) -> HubLink | None:
        try:
            info = json.loads(paths.hub_info().read_text(encoding="utf-8"))
            link = cls(int(info["port"]), str(info["token"]), str(info["startId"]))
            link.call("GET", "/v1/health", timeout=3)
        except (OSError, ValueError, KeyError, TypeError, KinetixError):
            return None
        return link

    def call(self, method: str, path: str, body: Json | None = None, timeout: float = 600) -> Json:
        """Raises KinetixError with the hub's own words."""
        data = None if body is None else json.dumps(body).encode("utf-8")
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            with self._identity.connection("127.0.0.1", self._port, timeout) as connection:
                connection.request(method, path, data, headers)
                answer = connection.getresponse()
                text = answer.read()
        except (Impostor, OSError, http.client.HTTPException) as error:
            raise KinetixError(
                "The hub does not answer.", code="hubGone", next_step="Start it with: kinetix hub start"
            ) from error
        if answer.status >= 400:
            raise _from_answer(answer.status, text)
        found = json.loads(text) if text else {}
        return found if isinstance(found, dict) else {"items": found}


def _from_answer(status: int, text: bytes) -> KinetixError:
    try:
        told = json.loads(text)["error"]
        return KinetixError(
            told["title"],
            code=told.get("code", "error"),
            detail=told.get("detail", ""),
            next_step=told.get("nextStep", ""),
        )
    except (ValueError, KeyError, TypeError):
        return KinetixError(
            f"The hub answered with an error ({status}).", code="hubError", next_step="Look at: kinetix hub status"
        )
