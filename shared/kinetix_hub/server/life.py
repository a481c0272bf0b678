"""The life of the hub's process: the lock that makes it the only one, the file that says where it is, and when it goes."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kinetix_core import files
from kinetix_core.peer_identity import HUB_PATH, PeerIdentity

__all__ = ["Activity", "HubInfo", "HubLock", "read_info", "should_stop"]

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


class HubLock:
    """Held open for life; the system lets go of it however the process ends, so there is no stale lock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] | None = None

    def take(self) -> bool:
        """False when another process has it."""
        file = files.open_log(self._path)
        try:
            if sys.platform == "win32":
                import msvcrt

                file.seek(0)
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        os.set_inheritable(file.fileno(), False)  # Kinetix Local must not keep it alive
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    @contextlib.contextmanager
    def probe(self) -> Iterator[bool]:
        """Whether it is free just now."""
        taken = self.take()
        try:
            yield taken
        finally:
            self.release()


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
