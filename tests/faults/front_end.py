"""A front end's state of a hub: a snapshot and the numbered events after it, over long polls or a web socket."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

from websockets.exceptions import WebSocketException

from kinetix_core.values.errors import KinetixError
from tests.hub.conftest import listen
from tests.support.hub_json import HubLink
from tests.support.waiting import LIMIT_S

__all__ = ["FrontEnd"]

Json = dict[str, Any]
_WAIT_S = 1.0


class FrontEnd(threading.Thread):
    """Follows the hub that `link` finds, and the next one when that died.

    Attributes:
        jobs, emotes: by id, as the events left them.
        seen: start id and number of the last event.
        broken: what the hub told that it must not tell; empty when all was well.
    """

    def __init__(self, link: Callable[[], HubLink | None], *, socket: bool) -> None:
        super().__init__(name="web socket" if socket else "long poll", daemon=True)
        self._link, self._socket = link, socket
        self._end = threading.Event()
        self.jobs: dict[str, Json] = {}
        self.emotes: dict[str, Json] = {}
        self.seen = ("", 0)
        self.snapshots = self.events = 0
        self.broken: list[str] = []

    def stop(self) -> None:
        self._end.set()
        self.join(LIMIT_S)
        assert not self.is_alive(), f"the {self.name} hangs"

    def run(self) -> None:
        while not self._end.wait(0.05):
            link = self._link()
            if link is not None:
                with contextlib.suppress(KinetixError, OSError, WebSocketException):  # it was killed: look for the next
                    self._follow(link)

    def _follow(self, link: HubLink) -> None:
        found = link.get("/snapshot", timeout_s=LIMIT_S)
        self.jobs = {job["id"]: job for job in found["jobs"]}
        self.emotes = {emote["id"]: emote for emote in found["emotes"]}
        self.seen = (found["startId"], found["seq"])
        self.snapshots += 1
        for told in self._told_by_socket(link) if self._socket else self._told_by_polls(link):
            if told["reset"]:
                return
            for event in told["events"]:
                self._take(told["startId"], event)

    def _told_by_polls(self, link: HubLink) -> Iterator[Json]:
        while not self._end.is_set():
            start, number = self.seen
            yield link.get("/events", timeout_s=LIMIT_S, start=start, since=number, wait=_WAIT_S)

    def _told_by_socket(self, link: HubLink) -> Iterator[Json]:
        start, number = self.seen
        with listen(link, f"?start={start}&since={number}") as socket:
            while not self._end.is_set():
                with contextlib.suppress(TimeoutError):
                    told = json.loads(socket.recv(_WAIT_S))
                    if "ping" not in told:
                        yield told

    def _take(self, start: str, event: Json) -> None:
        if (start, event["seq"]) != (self.seen[0], self.seen[1] + 1):
            self.broken.append(f"{self.name}: event {event['seq']} of {start} after {self.seen}")
        self.seen = (start, event["seq"])
        self.events += 1
        kind, data = event["type"], event["data"]
        kept = {"job": self.jobs, "emote": self.emotes}.get(kind.partition(".")[0])
        if kept is not None and kind.endswith(".changed"):
            kept[data["id"]] = data
        elif kept is not None:
            kept.pop(data["id"], None)
