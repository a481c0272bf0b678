"""Talks to a running hub, so that the command line and the hub never sync the same target at once."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from kinetix_core import paths
from kinetix_core.errors import KinetixError

__all__ = ["HubLink"]

Json = dict[str, Any]


class HubLink:
    """One hub. `find` gives None when none is running."""

    def __init__(self, port: int, token: str) -> None:
        self._base, self._token = f"http://127.0.0.1:{port}", token
        # A proxy of the system is never asked for this machine.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    @classmethod
    def find(cls) -> HubLink | None:
        try:
            info = json.loads(paths.hub_info().read_text(encoding="utf-8"))
            link = cls(int(info["port"]), str(info["token"]))
            link.call("GET", "/v1/health", timeout=3)
        except (OSError, ValueError, KeyError, KinetixError):
            return None
        return link

    def call(self, method: str, path: str, body: Json | None = None, timeout: float = 600) -> Json:
        """Raises KinetixError with the hub's own words."""
        data = None if body is None else json.dumps(body).encode("utf-8")
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self._base + path, data, headers, method=method)
        try:
            with self._opener.open(request, timeout=timeout) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise _from_answer(error) from error
        except OSError as error:
            raise KinetixError(
                "The hub does not answer.", code="hubGone", next_step="Start it with: kinetix hub start"
            ) from error
        found = json.loads(text) if text else {}
        return found if isinstance(found, dict) else {"items": found}


def _from_answer(error: urllib.error.HTTPError) -> KinetixError:
    try:
        told = json.loads(error.read())["error"]
        return KinetixError(
            told["title"],
            code=told.get("code", "error"),
            detail=told.get("detail", ""),
            next_step=told.get("nextStep", ""),
        )
    except (ValueError, KeyError, TypeError):
        return KinetixError(
            f"The hub answered with an error ({error.code}).", code="hubError", next_step="Look at: kinetix hub status"
        )
