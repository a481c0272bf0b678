"""hub.json: where the hub of this user is, and the secret by which it is known. Standard library only."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass, field
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.serving.peer_identity import HUB_PATH, PeerIdentity

PROTOCOL = 1
_FIELDS = {"protocol": int, "version": str, "pid": int, "port": int, "token": str, "startId": str}
"""Members of the file, in the order of `HubInfo`."""


@dataclass(frozen=True)
class HubInfo:
    """One start of the hub."""

    protocol: int
    version: str
    pid: int
    port: int
    token: str = field(repr=False)
    start_id: str

    @property
    def identity(self) -> PeerIdentity:
        return PeerIdentity(HUB_PATH, self.start_id, self.token)

    def as_dict(self) -> dict[str, int | str]:
        """In the form of the file."""
        return dict(zip(_FIELDS, astuple(self), strict=True))

    def write(self, path: Path) -> None:
        files.write(path, json.dumps(self.as_dict()), private=True)


def read_info(path: Path) -> HubInfo | None:
    """Return None when there is no hub.json or it is damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return HubInfo(*(kind(found[name]) for name, kind in _FIELDS.items()))
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
