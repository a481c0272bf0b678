"""The life of the hub's process: the file that says where it is, and when it goes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kinetix_core import files
from kinetix_core.peer_identity import HUB_PATH, PeerIdentity

__all__ = ["Activity", "HubInfo", "read_info", "should_stop"]

PROTOCOL = 1


@dataclass(frozen=True)
class HubInfo:
    """hub.json."""

    protocol: int
    version: str
    pid: int
    port: int
    token: str
    start_id: str

    @property
    def identity(self) -> PeerIdentity:
        return PeerIdentity(HUB_PATH, self.start_id, self.token)

    def write(self, path: Path) -> None:
        found = {
            "protocol": self.protocol,
            "version": self.version,
            "pid": self.pid,
            "port": self.port,
            "token": self.token,
            "startId": self.start_id,
        }
        files.write(path, json.dumps(found), private=True)


def read_info(path: Path) -> HubInfo | None:
    """None when there is no hub.json or it is damaged."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
        return HubInfo(
            int(found["protocol"]),
            str(found["version"]),
            int(found["pid"]),
            int(found["port"]),
            str(found["token"]),
            str(found["startId"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True)
class Activity:
    """What keeps the hub alive. `idle_s`: since the last request or event."""

    idle_s: float
    listeners: int
    unfinished_jobs: int
    busy_services: int


def should_stop(activity: Activity, limit_s: float) -> bool:
    """Nobody listens, nothing is under way, and it has been quiet for `limit_s` seconds. A limit of 0 never stops."""
    quiet = not (activity.listeners or activity.unfinished_jobs or activity.busy_services)
    return limit_s > 0 and quiet and activity.idle_s >= limit_s
