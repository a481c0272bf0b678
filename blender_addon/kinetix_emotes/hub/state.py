# SPDX-License-Identifier: GPL-3.0-or-later
"""State of the hub as last received, as plain Python. Nothing is stored in a .blend or a property."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from kinetix_core.protocol.hub.json_types import (
    Connection,
    Emote,
    Event,
    EventPage,
    Job,
    Profile,
    Snapshot,
    SyncTarget,
)

from .. import messages

Listener = Callable[[list[Job], bool], None]
"""Gets jobs as they are now, and whether they came with a snapshot: then they may have been so for long."""


Given = ParamSpec("Given")
Result = TypeVar("Result")


class Notice:
    """A message that the status line shows for a while."""

    def __init__(self, level: str, title: str, next_step: str = "") -> None:
        self.level, self.title, self.next_step = level, title, next_step
        self.when = time.monotonic()


class HubState:
    """A copy of the hub's snapshot, kept up to date by events. `changed` notifies the views."""

    def __init__(self) -> None:
        self.start_id = ""
        self.seq = 0
        self.connection: Connection | None = None
        self.profiles: list[Profile] = []
        self.jobs: dict[str, Job] = {}
        self.emotes: dict[str, Emote] = {}
        self.targets: dict[str, SyncTarget] = {}
        self.notices: list[Notice] = []
        self.received: dict[
            str, float
        ] = {}  # job id → monotonic time of its last event, to count seconds on between events
        self.revision = 0
        self.listeners: list[Listener] = []
        self._survived: set[tuple[str, str]] = set()

    def changed(self) -> None:
        self.revision += 1

    def take_snapshot(self, data: Snapshot) -> None:
        self.start_id, self.seq = str(data.get("startId", "")), int(data.get("seq", 0))
        self.connection = data.get("connection")
        self.profiles = list(data.get("profiles") or [])
        now = time.monotonic()
        self.jobs = {job["id"]: job for job in data.get("jobs") or []}
        self.received = dict.fromkeys(self.jobs, now)
        self.emotes = {emote["id"]: emote for emote in data.get("emotes") or []}
        godot = (data.get("services") or {}).get("godot")
        self.targets = {target["id"]: target for target in godot.get("targets") or []} if godot else {}
        self.changed()
        self._notify(list(self.jobs.values()), in_snapshot=True)

    def take_events(self, data: EventPage) -> None:
        for event in data.get("events") or []:
            self.survive(self._take, event)
        self.seq = int(data.get("seq", self.seq))
        if data.get("events"):
            self.changed()

    def _take(self, event: Event) -> None:
        """Apply an event; kinds from a newer hub are ignored."""
        if event["type"] == "job.changed":
            job = event["data"]
            self.jobs[job["id"]] = job
            self.received[job["id"]] = time.monotonic()
            self._notify([job], in_snapshot=False)
        elif event["type"] == "job.removed":
            self.jobs.pop(event["data"]["id"], None)
        elif event["type"] == "emote.changed":
            self.emotes[event["data"]["id"]] = event["data"]
        elif event["type"] == "emote.removed":
            self.emotes.pop(event["data"]["id"], None)
        elif event["type"] == "connection.changed":
            self.connection = event["data"]
        elif event["type"] == "profiles.changed":
            self.profiles = list(event["data"])
        elif event["type"] == "sync.changed":
            self.targets[event["data"]["id"]] = event["data"]
        elif event["type"] == "sync.removed":
            self.targets.pop(event["data"]["id"], None)
        elif event["type"] == "notice":
            notice = event["data"]
            self.notice(notice["level"], notice["title"], notice["nextStep"])

    def notice(self, level: str, title: str, next_step: str = "") -> None:
        self.notices = [*self.notices[-4:], Notice(level, title, next_step)]
        self.changed()

    def survive(self, call: Callable[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result | None:
        """Call it and return its result, or None after an exception, which is logged and shown the first time."""
        try:
            return call(*given, **named)
        except Exception as error:  # noqa: BLE001 - Blender removes a timer that raises
            if (kind := (getattr(call, "__qualname__", ""), repr(error))) not in self._survived:
                self._survived.add(kind)
                shown = messages.friendly(error)
                self.notice("error", shown["title"], shown["nextStep"])
            return None

    def _notify(self, jobs: list[Job], *, in_snapshot: bool) -> None:
        for listener in self.listeners:
            self.survive(listener, jobs, in_snapshot)

    # --- views for the panels ---------------------------------------------------------------------------------------
    def jobs_newest_first(self) -> list[Job]:
        return sorted(self.jobs.values(), key=lambda job: job.get("createdAt") or "", reverse=True)

    def emotes_found(self, search: str) -> list[Emote]:
        """Pinned first, then newest; `search` matches any part of the name."""
        words = search.casefold().split()
        found = [e for e in self.emotes.values() if all(word in e.get("name", "").casefold() for word in words)]
        found.sort(key=lambda e: e.get("createdAt") or "", reverse=True)
        return sorted(found, key=lambda e: not e.get("pinned"))

    def is_former_version(self, emote_id: str) -> bool:
        """Return whether another version of the emote is the current one."""
        captured = self.emotes[emote_id].get("versionOf") or emote_id
        versions = [one for one in self.emotes.values() if (one.get("versionOf") or one["id"]) == captured]
        return max(versions, key=lambda one: one.get("currentSince") or "")["id"] != emote_id

    def seconds_since(self, job_id: str) -> float:
        return time.monotonic() - self.received.get(job_id, time.monotonic())
