"""A running Kinetix Local as described by its serve.json: health check and administrator's requests."""

from __future__ import annotations

import http.client
import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kinetix_core.serving.peer_identity import LOCAL_PATH, Impostor, PeerIdentity
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.wording import restored
from kinetix_hub.services.port import Temporary

log = logging.getLogger(__name__)

ADMIN_S = 10.0
"""Seconds to wait for an answer: a certificate is made at the first time."""
_SAID = ("title", "code", "detail", "nextStep")


@dataclass(frozen=True)
class LocalInfo:
    """Contents of serve.json. `answers` checks whether the service runs."""

    url: str
    key: str = field(repr=False)
    pid: int
    start_id: str
    admin_token: str = field(repr=False)

    @property
    def identity(self) -> PeerIdentity:
        return PeerIdentity(LOCAL_PATH, self.start_id, self.admin_token)


def read_info(path: Path) -> LocalInfo | None:
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        return LocalInfo(
            str(found["url"]),
            str(found["apiKey"]),
            int(found["pid"]),
            str(found["startId"]),
            str(found["adminToken"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def answers(found: LocalInfo, seconds: float = 2.0) -> bool:
    """Return True if the service answers at its loopback address and proves its identity."""
    try:
        parts = urlsplit(found.url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if host not in ("127.0.0.1", "localhost", "::1") or not port:
        return False
    try:
        with found.identity.connection(host, port, seconds):
            return True
    except Impostor:
        log.warning("another program answers on port %d, where Kinetix Local was", port)
        return False
    except OSError:
        return False


def administer(
    found: LocalInfo,
    method: str,
    path: str,
    body: object = None,
    seconds: float = ADMIN_S,
    *,
    refusals: bool = False,
) -> object:
    """Return the answer to a request as administrator; None if it is empty.

    Raises:
        Temporary: it does not answer, or refuses.
        KinetixError: with `refusals`, the refusal in its own words.
    """
    headers = {"authorization": f"Bearer {found.admin_token}"}
    if body is not None:
        headers["content-type"] = "application/json"
    try:
        parts = urlsplit(found.url)
        with found.identity.connection(parts.hostname or "", parts.port or 0, seconds) as connection:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
            if answer.status not in (200, 202, 204):
                if not refusals or answer.status not in (400, 404, 422):
                    raise ValueError(f"status {answer.status}")
                raise _refusal(text)
            said: object = json.loads(text) if text else None
            return said
    except (Impostor, OSError, http.client.HTTPException, ValueError) as error:
        raise Temporary(
            KinetixError(
                "Kinetix Local does not answer.",
                code="localSilent",
                detail=f"{path}: {error}",
                next_step="Try again in a moment. If it stays silent, restart Kinetix.",
                command="kinetix doctor",
            )
        ) from error


def _refusal(text: bytes) -> KinetixError:
    """Return the error in an answer. Raises ValueError if there is none."""
    found: Any = json.loads(text)
    try:
        said = restored(found["error"])
        words = {name: said[name] if isinstance(said[name], str) else str(said[name]) for name in _SAID}
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("a refusal without a reason") from error
    return KinetixError(words["title"], code=words["code"], detail=words["detail"], next_step=words["nextStep"])
