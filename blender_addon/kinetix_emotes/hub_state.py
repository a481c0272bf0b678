# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hub last said, as plain Python. Nothing of it is kept in a .blend or as a property."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

__all__ = ["ENDED", "HubState", "Notice"]

Json = dict[str, Any]
ENDED = frozenset({"delivered", "failed", "cancelled", "rejected"})


class Notice:
    """A message that the status line shows for a while."""

    def __init__(self, level: str, title: str, next_step: str = "") -> None:
        self.level, self.title, self.next_step = level, title, next_step
        self.when = time.monotonic()


class HubState:
    """A copy of the hub's snapshot, kept up to date by events. `changed` tells whoever draws."""

    def __init__(self) -> None:
        self.start_id = ""
        self.seq = 0
        self.connection: Json = {}
        self.profiles: list[Json] = []
        self.jobs: dict[str, Json] = {}
        self.emotes: dict[str, Json] = {}
        self.targets: dict[str, Json] = {}
        self.notices: list[Notice] = []
        self.received: dict[
            str, float
        ] = {}  # job id → monotonic time of its last event, to count seconds on between events
        self.revision = 0
        self.listeners: list[Callable[[str, Json], None]] = []

    def changed(self) -> None:
        self.revision += 1

    def take_snapshot(self, data: Json) -> None:
        self.start_id, self.seq = str(data.get("startId", "")), int(data.get("seq", 0))
        self.connection = data.get("connection") or {}
        self.profiles = list(data.get("profiles") or [])
        now = time.monotonic()
        self.jobs = {job["id"]: job for job in data.get("jobs") or []}
        self.received = dict.fromkeys(self.jobs, now)
        self.emotes = {emote["id"]: emote for emote in data.get("emotes") or []}
        godot = (data.get("services") or {}).get("godot") or {}
        self.targets = {target["id"]: target for target in godot.get("targets") or []}
        self.changed()
        self._tell("snapshot", data)

    def take_events(self, data: Json) -> None:
        for event in data.get("events") or []:
            self._take(str(event.get("type")), event.get("data") or {})
        self.seq = int(data.get("seq", self.seq))
        if data.get("events"):
            self.changed()

    def _take(self, kind: str, data: Any) -> None:
        if kind == "job.changed":
            self.jobs[data["id"]] = data
            self.received[data["id"]] = time.monotonic()
        elif kind == "job.removed":
            self.jobs.pop(data["id"], None)
        elif kind == "emote.changed":
            self.emotes[data["id"]] = data
        elif kind == "emote.removed":
            self.emotes.pop(data["id"], None)
        elif kind == "connection.changed":
            self.connection = data
        elif kind == "profiles.changed":
            self.profiles = list(data)
        elif kind == "sync.changed":
            self.targets[data["id"]] = data
        elif kind == "sync.removed":
            self.targets.pop(data["id"], None)
        elif kind == "notice":
            self.notice(data.get("level", "info"), data.get("title", ""), data.get("nextStep", ""))
        self._tell(kind, data)

    def notice(self, level: str, title: str, next_step: str = "") -> None:
        self.notices = [*self.notices[-4:], Notice(level, title, next_step)]
        self.changed()

    def _tell(self, kind: str, data: Any) -> None:
        for listener in self.listeners:
            listener(kind, data)

    # --- views for the panels ---------------------------------------------------------------------------------------
    def jobs_newest_first(self) -> list[Json]:
        return sorted(self.jobs.values(), key=lambda job: job.get("createdAt") or "", reverse=True)

    def emotes_found(self, search: str) -> list[Json]:
        """Pinned first, then newest; `search` matches any part of the name."""
        words = search.casefold().split()
        found = [e for e in self.emotes.values() if all(word in e.get("name", "").casefold() for word in words)]
        found.sort(key=lambda e: e.get("createdAt") or "", reverse=True)
        return sorted(found, key=lambda e: not e.get("pinned"))

    def seconds_since(self, job_id: str) -> float:
        return time.monotonic() - self.received.get(job_id, time.monotonic())
