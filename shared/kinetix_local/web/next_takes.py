"""Requests of a phone page, whose link is used up, to the hub that created it: accept the take, or get the next link.

The hub alone knows whose job it is and with which settings, so the service only passes the question on, and games, which follow
no jobs, are never asked. In memory: the page asks until it is answered, also a service that began anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from kinetix_core.protocol.local.models import PhoneAnswer, WaitingPhone
from kinetix_core.values.identity import JobId, ProcessId

_LISTENS_S = 10.0  # the hub asks every second
_WAITS_S = 10.0  # the page asks twice a second
_MOST = 1000
_Uuid = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


@dataclass
class NextTake:
    """Requests made after one process.

    Attributes:
        job: of the hub's, that the link before was made for.
        retake: the take before is given up for it.
        accept: the take is accepted instead, and no link is wanted.
        asked: when its page asked last, in seconds of a clock that only goes on.
        answered: whether the hub has decided.
        token: of the next link; None where the hub gives none.
    """

    job: JobId
    retake: bool
    accept: bool = False
    asked: float = 0.0
    answered: bool = False
    token: str | None = None


class NextTakes:
    """By the process whose clip the phone filmed before."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._heard: float | None = None
        self._asked: dict[str, NextTake] = {}
        self._accepted: dict[str, None] = {}

    @property
    def hub_listens(self) -> bool:
        return self._heard is not None and self._clock() - self._heard < _LISTENS_S

    def is_accepted(self, process: str) -> bool:
        """Return whether the hub has accepted the take for its page."""
        with self._lock:
            return process in self._accepted

    def ask(self, process: str, job: JobId, *, retake: bool = False, accept: bool = False) -> NextTake:
        """Return the answer so far; if there is none, pass the question to the hub."""
        with self._lock:
            found = self._asked.pop(process, None)
            if found is None or found.accept != accept:
                found = NextTake(job, retake, accept)
            found.asked = self._clock()
            self._asked[process] = found
            while len(self._asked) > _MOST:
                del self._asked[next(iter(self._asked))]
            return found

    def forget(self, process: str) -> None:
        """Its answer is good for nothing more: the next question is a new one."""
        with self._lock:
            self._asked.pop(process, None)

    def waiting(self) -> list[WaitingPhone]:
        """For the hub: the pages that wait. That it asks is how it is known to be there."""
        with self._lock:
            self._heard = self._clock()
            return [
                WaitingPhone(process=ProcessId(process), job=one.job, retake=one.retake, accept=one.accept)
                for process, one in self._asked.items()
                if not one.answered and self._heard - one.asked < _WAITS_S
            ]

    def answer(self, process: str, answer: PhoneAnswer) -> None:
        with self._lock:
            if answer.accepted:
                self._accepted[process] = None
                while len(self._accepted) > _MOST:
                    del self._accepted[next(iter(self._accepted))]
            if process in self._asked:  # else its page has given up
                self._asked[process].answered, self._asked[process].token = True, answer.token


def create(takes: NextTakes) -> APIRouter:
    """The hub's side; `page_routes.py` has the page's."""
    router = APIRouter(prefix="/next-takes", tags=["page"])

    @router.get("")
    def waiting(request: Request) -> list[WaitingPhone]:
        """For the hub: the takes after which a phone waits for another link."""
        request.app.state.guard.hub(request)
        return takes.waiting()

    @router.post("/{process}", status_code=204)
    def answer(request: Request, process: _Uuid, answer: PhoneAnswer) -> Response:
        """For the hub: answer a phone."""
        request.app.state.guard.hub(request)
        takes.answer(process, answer)
        return Response(status_code=204)

    return router
