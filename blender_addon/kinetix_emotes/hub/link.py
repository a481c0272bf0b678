# SPDX-License-Identifier: GPL-3.0-or-later
"""The only module that speaks HTTP: requests to the hub on non-blocking sockets, a little of each in every timer slice.

It is not `kinetix_core.protocol.hub.client`, which waits for its answers and has pydantic: Blender's window must never wait, the
extension platform turns threads down, and this process has the standard library and numpy only. Where the hub is, how it proves
itself and the forms of its JSON (`json_types`, made from the same models) are shared.
"""

from __future__ import annotations

import errno
import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import parse_headers
from io import BytesIO
from typing import cast

from kinetix_core.io import paths
from kinetix_core.protocol.hub.info import PROTOCOL, HubInfo, read_info
from kinetix_core.protocol.hub.json_types import ErrorInfo, EventPage, Snapshot
from kinetix_core.serving.peer_identity import PeerIdentity, new_nonce
from kinetix_core.values.errors import ErrorKind, KinetixError
from kinetix_core.values.wording import restored, worded

from ..messages import friendly
from . import process as hub_process
from .state import HubState

SLICE_S = 0.0035  # of the 4 ms a timer slice may take; the rest is for what the caller does after
WAIT_S = 20  # how long the hub may hold an event request open
REQUEST_LIMIT_S = 30.0
LOOK_S, LOOK_LATE_S = 0.2, 2.0  # between two looks for a hub; after its start was given up
LARGEST_ANSWER = 64 * 1024 * 1024
LARGEST_PROOF = 8 * 1024


@dataclass(frozen=True)
class Answer:
    """An answer of the hub. `error` is None or has title and nextStep; `status` 0 means no connection."""

    status: int
    data: object = None
    error: ErrorInfo | None = None


Done = Callable[[Answer], None]


def _unreachable(detail: str) -> Answer:
    error = KinetixError(
        "Kinetix does not answer.",
        code="hubGone",
        detail=detail,
        next_step="It is restarting. If this persists, open the log folder.",
        kind=ErrorKind.UNAVAILABLE,
    )
    return Answer(0, error=friendly(error))


class Exchange:
    """One request and its answer. `step` does what is possible without waiting and returns the Answer at the end.

    The other side first proves, over the same connection, that it is the hub of hub.json: a hub that died leaves its port to anybody.
    """

    def __init__(self, port: int, identity: PeerIdentity, method: str, path: str, body: object, limit_s: float) -> None:
        payload = b"" if body is None else json.dumps(body).encode("utf-8")
        host = f"HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        head = (
            f"{method} {path} {host}Authorization: Bearer {identity.secret}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\nConnection: close\r\n\r\n"
        )
        self._request = head.encode("ascii") + payload
        self._identity, self._nonce = identity, new_nonce()
        self._proved = False
        self._out = memoryview(f"GET {identity.path}?nonce={self._nonce} {host}\r\n".encode("ascii"))
        self._in = bytearray()
        self._patience = hub_process.Patience(limit_s)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._refused = self._socket.connect_ex(("127.0.0.1", port))
        self._head_end = -1
        self._length: int | None = None
        self._chunked = False
        self.status = 0

    def close(self) -> None:
        self._socket.close()

    def step(self, until: float) -> Answer | None:
        if self._refused not in (0, errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 0)):
            return self._end(_unreachable(errno.errorcode.get(self._refused, str(self._refused))))
        try:
            while time.monotonic() <= until:
                if self._out:
                    self._out = self._out[self._socket.send(self._out[:262144]) :]
                    continue
                piece = self._socket.recv(262144)
                self._in += piece
                if len(self._in) > (LARGEST_ANSWER if self._proved else LARGEST_PROOF):
                    return self._end(_unreachable("The answer is too large."))
                if self._complete(at_end=not piece):
                    answer = self._answer()
                    if self._proved:
                        return self._end(answer)
                    if answer.status != 200 or not self._identity.is_proved_by(self._nonce, answer.data):
                        return self._end(_unreachable("Another program answers in its place; nothing was sent to it."))
                    self._proved = True
                    self._out, self._in, self._head_end = memoryview(self._request), bytearray(), -1
                elif not piece:
                    return self._end(_unreachable("The connection ended in the middle of an answer."))
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as error:
            if error.errno in (errno.ENOTCONN, errno.EINPROGRESS):  # still connecting
                return self._end(_unreachable("Nobody accepts.")) if self._patience.is_over() else None
            return self._end(_unreachable(error.strerror or type(error).__name__))
        if self._patience.is_over():
            return self._end(_unreachable("It took too long."))
        return None

    def _end(self, answer: Answer) -> Answer:
        self.close()
        return answer

    def _complete(self, at_end: bool) -> bool:
        if self._head_end < 0:
            end = self._in.find(b"\r\n\r\n")
            if end < 0:
                return False
            self._head_end = end + 4
            line, _, rest = bytes(self._in[: self._head_end]).partition(b"\r\n")
            words = line.split(None, 2)
            self.status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
            headers = parse_headers(BytesIO(rest))
            self._chunked = "chunked" in headers.get("Transfer-Encoding", "").lower()
            length = headers.get("Content-Length", "")
            self._length = int(length) if length.isdigit() else (0 if self.status in (204, 304) else None)
        if self._chunked:
            return self._in.endswith(b"0\r\n\r\n")
        if self._length is not None:
            return len(self._in) - self._head_end >= self._length
        return at_end

    def _answer(self) -> Answer:
        body = bytes(self._in[self._head_end :])
        if self._chunked:
            body = _joined_chunks(body)
        try:
            data = json.loads(body, object_hook=restored) if body else None
        except ValueError:
            return Answer(self.status, error=_unreachable("The API's answer is not JSON.").error)
        if 200 <= self.status < 300:
            return Answer(self.status, data)
        sent_error = data.get("error") if isinstance(data, dict) else None
        if isinstance(sent_error, dict):
            return Answer(self.status, data, cast("ErrorInfo", sent_error))
        title = worded("Kinetix answered with an error ({status}).", status=self.status)
        return Answer(self.status, data, friendly(KinetixError(title, code="hub", next_step="Try again.")))


def _joined_chunks(body: bytes) -> bytes:
    out, at = bytearray(), 0
    while True:
        end = body.find(b"\r\n", at)
        size = int(body[at:end].split(b";")[0] or b"0", 16) if end > at else 0
        if size <= 0:
            return bytes(out)
        out += body[end + 2 : end + 2 + size]
        at = end + 2 + size + 2


class HubLink:
    """Finds the hub, starts it when it is needed, keeps `state` up to date and carries requests.

    Nothing here waits: call `pump` again and again. Phases: `off` (not to connect), `searching`, `starting`,
    `snapshot` (asking for the state), `live`, `failed` (starting did not work; `problem` says why; a hub that comes late, as on
    a machine that is busy or looks for viruses, is found all the same).
    """

    def __init__(self, state: HubState | None = None) -> None:
        self.state = state or HubState()
        self.phase = "off"
        self.problem: ErrorInfo | None = None
        self.may_start = True
        self.command = ""  # of the preferences
        self._info: HubInfo | None = None
        self._queue: list[tuple[str, str, object, Done | None, float]] = []
        self._running: list[tuple[Exchange, Done | None]] = []
        self._events: Exchange | None = None
        self._start: hub_process.Start | None = None
        self._next_try = 0.0
        self._failures = 0
        self._late = self._may_come_late = False
        self._refused = False  # the last request for events

    # --- commands ---------------------------------------------------------------------------------------------------
    def connect(self, start: bool = True) -> None:
        """Begin to look for the hub, and start it when `start` and there is none."""
        self.may_start = start
        self.problem = None
        self._failures = 0
        self._next_try = 0.0
        self._start = None
        if self.phase in ("off", "failed"):
            self.phase = "searching"

    def request(
        self, method: str, path: str, body: object = None, done: Done | None = None, *, limit_s: float = REQUEST_LIMIT_S
    ) -> None:
        """Send when the hub is there. `done` is called from `pump`, in the main thread; `limit_s`: from the sending on."""
        if self.phase in ("off", "failed"):
            self.connect()
        self._queue.append((method, path, body, done, limit_s))

    def carries(self, done: Done) -> bool:
        """Return whether the request with this `done` is queued or running. `close` drops requests silently."""
        return any(one[3] is done for one in self._queue) or any(waiting is done for _, waiting in self._running)

    def stop_hub(self, limit_s: float = 1.0) -> None:
        """Ask the hub that was found to stop, and wait for its answer, also after `close`. Its jobs go on with the next start."""
        exchange, limit = self._exchange("POST", "/v1/shutdown", limit_s=limit_s), time.monotonic() + limit_s
        while exchange.step(time.monotonic() + 0.05) is None and time.monotonic() < limit:
            time.sleep(0.01)
        exchange.close()

    def restart(self) -> None:
        """Ask whatever hub runs to stop, then start one again. Its jobs go on."""
        info = read_info(paths.hub_info())
        self.close()
        self.connect()
        if info:
            self._info = info
            self._running.append((self._exchange("POST", "/v1/shutdown", limit_s=3.0), self._stopping))

    def _stopping(self, _answer: Answer) -> None:
        self._next_try = time.monotonic() + 1.0

    def close(self) -> None:
        """Drop every connection; the hub and its jobs go on."""
        for exchange, _ in self._running:
            exchange.close()
        if self._events:
            self._events.close()
        self._running, self._queue, self._events = [], [], None
        self.phase = "off"

    @property
    def busy(self) -> bool:
        """Return whether the next slice should follow soon."""
        return bool(self._running or self._queue) or self.phase in ("searching", "snapshot")

    @property
    def unpacking(self) -> bool:
        """Return whether the complete extension is started for the first time, which takes longer."""
        return self._start is not None and self._start.unpacks

    @property
    def version(self) -> str:
        return self._info.version if self._info else ""

    @property
    def pid(self) -> int:
        return self._info.pid if self._info else 0

    # --- the slice --------------------------------------------------------------------------------------------------
    def pump(self) -> None:
        """Run one slice of at most about 4 ms."""
        until = time.monotonic() + SLICE_S
        if self.phase in ("searching", "starting") or (self.phase == "failed" and self._may_come_late):
            self._look(time.monotonic())
        elif self.phase == "snapshot":
            self._ask_snapshot()
        elif self.phase == "live":
            self._follow(until)
            while self._queue and len(self._running) < 4:
                method, path, body, done, limit_s = self._queue.pop(0)
                self._running.append((self._exchange(method, path, body, limit_s), done))
        self._carry(until)

    def _exchange(self, method: str, path: str, body: object = None, limit_s: float = REQUEST_LIMIT_S) -> Exchange:
        assert self._info is not None, "it was found before the request"
        return Exchange(self._info.port, self._info.identity, method, path, body, limit_s)

    def _carry(self, until: float) -> None:
        for item in list(self._running):
            if item not in self._running:  # an answer had the link closed
                return
            answer = item[0].step(until)
            if answer is None:
                continue
            self._running.remove(item)
            if answer.status == 0 and self.phase == "live":
                self._lost()
            if item[1]:
                self.state.survive(item[1], answer)
            if time.monotonic() > until:
                return

    def _look(self, now: float) -> None:
        self._late = self._start is not None and self._start.takes_too_long()
        if self._running or now < self._next_try:
            return
        self._next_try = now + (LOOK_LATE_S if self.phase == "failed" else LOOK_S)
        info = read_info(paths.hub_info())
        if info:
            self._info = info
            self._running.append((self._exchange("GET", "/v1/health", limit_s=3.0), self._healthy))
            return
        self._nobody()

    def _healthy(self, answer: Answer) -> None:
        if answer.status != 200 or not isinstance(answer.data, dict):
            self._nobody()
            return
        if answer.data.get("protocol") != PROTOCOL:
            self._fail(
                "Another version of Kinetix is running.",
                "Press Restart Kinetix, or update the add-on.",
            )
            return
        self._start = None
        self.phase = "snapshot"

    def _nobody(self) -> None:
        """Start a hub, wait for the one being started, or fail with the reason."""
        if self.phase == "failed":
            return
        if self._start is None:
            if not self.may_start:
                return
            self.phase = "starting"
            self.state.changed()
            self._start = hub_process.start(self.command)
        if self._start.problem:
            self._fail(self._start.problem, self._start.next_step)
        elif refusal := self._start.refusal():
            self._fail(*refusal)
        elif self._start.ended() or self._late:
            if self._start.another():
                self.state.changed()
                return
            self._fail(
                "Kinetix did not start.",
                "Open the log folder, or set the Kinetix Command in the add-on preferences.",
                may_come_late=not self._start.ended(),
            )

    def _fail(self, title: str, next_step: str, *, may_come_late: bool = False) -> None:
        self.phase = "failed"
        self._start, self._may_come_late = None, may_come_late
        self.problem = friendly(KinetixError(title, code="hubStart", next_step=next_step, kind=ErrorKind.UNAVAILABLE))
        waiting, self._queue = self._queue, []
        self.state.changed()
        for _, _, _, done, _ in waiting:
            if done:
                self.state.survive(done, Answer(0, error=self.problem))

    def _ask_snapshot(self) -> None:
        if not self._running:
            self._running.append((self._exchange("GET", "/v1/snapshot"), self._take_snapshot))

    def _take_snapshot(self, answer: Answer) -> None:
        if answer.status == 200 and isinstance(answer.data, dict):
            self.state.take_snapshot(cast("Snapshot", answer.data))
            self.phase, self.problem, self._failures = "live", None, 0
        else:
            self._lost()

    def _follow(self, until: float) -> None:
        """Keep one event request open and take over what it brings."""
        if self._events is None:
            if time.monotonic() < self._next_try:
                return
            path = f"/v1/events?start={self.state.start_id}&since={self.state.seq}&wait={WAIT_S}"
            self._events = self._exchange("GET", path, limit_s=WAIT_S + 10)
        answer = self._events.step(until)
        if answer is None:
            return
        self._events = None
        if answer.status == 200 and isinstance(answer.data, dict):
            self._failures, self._refused = 0, False
            if answer.data.get("reset"):
                self.phase = "snapshot"
            else:
                self.state.take_events(cast("EventPage", answer.data))
        elif answer.status in (401, 0):
            self._lost()
        else:  # such as tooManyListeners: snapshots replace the events until the hub sends them again
            self._next_try = time.monotonic() + 1.0
            if answer.error and not self._refused:
                self.state.notice("warning", answer.error["title"], answer.error["nextStep"])
            self._refused = True
            self.request("GET", "/v1/snapshot", done=self._take_snapshot)

    def _lost(self) -> None:
        """Look for the hub again, soon and then more slowly."""
        if self._events:
            self._events.close()
            self._events = None
        self._failures += 1
        self.phase = "searching"
        self._start = None
        self._next_try = time.monotonic() + min(0.2 * 2**self._failures, 5.0)
        self.state.changed()
