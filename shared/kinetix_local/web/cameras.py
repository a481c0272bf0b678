"""Further cameras of one take: other phones, each with a link of its own, whose clips go in as its views.

Who came is in memory only: a phone that is there says so again with its next question, also to a service that began anew. What
arrived is on disk.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from enum import StrEnum
from threading import Lock
from typing import Any

from kinetix_core.values.views import MOST_VIEWS
from kinetix_core.values.wording import worded
from kinetix_local.api.bodies.multipart import File
from kinetix_local.web.clips import Clips
from kinetix_local.web.errors import PageError

# The camera whose page trims and names the take.
FIRST = 1
_MOST_LINKS = 1000


class CameraState(StrEnum):
    """Progress of a further camera."""

    AWAITED = "awaited"
    HERE = "here"
    SENDING = "sending"
    ARRIVED = "arrived"


def check_number(camera: int) -> int:
    """Raises PageError 404 for a camera that no take has."""
    if not FIRST <= camera <= MOST_VIEWS:
        raise PageError(404, "unknownCamera", "This take has no camera with this number.", "Scan the QR code again.")
    return camera


class Cameras:
    """Tokens are checked before they come here."""

    def __init__(self, clips: Clips) -> None:
        self._clips = clips
        self._lock = Lock()
        # By token: each further camera, with the size of its clip in bytes once something of it has come.
        self._known: dict[str, dict[int, int]] = {}
        self._here: set[tuple[str, int]] = set()

    def add(self, token: str) -> int:
        """One camera more is awaited; one that nobody has come with yet is not awaited twice. Raises PageError 409 beyond the most."""
        with self._lock:
            known = self._known.get(token, {})
            for camera in known:
                if (token, camera) not in self._here:
                    return camera
            camera = max(known, default=FIRST) + 1
            if camera > MOST_VIEWS:
                raise PageError(409, "tooManyCameras", worded("A take has at most {most} cameras.", most=MOST_VIEWS))
            self._note(token, camera, 0)
            return camera

    def arrived(self, token: str, camera: int) -> None:
        """A phone has opened the page as this camera."""
        if camera == FIRST:
            return
        with self._lock:
            if camera not in self._known.get(token, {}):
                self._note(token, camera, 0)
            self._here.add((token, camera))

    def expect(self, token: str, camera: int, total: int) -> None:
        """The clip of this camera has so many bytes."""
        if camera != FIRST:
            with self._lock:
                self._note(token, camera, total)
                self._here.add((token, camera))

    def states(self, token: str) -> list[dict[str, Any]]:
        """`camera` and `state` of every further camera."""
        with self._lock:
            known = dict(self._known.get(token, {}))
        return [{"camera": camera, "state": self._state(token, camera, known[camera])} for camera in sorted(known)]

    @contextlib.contextmanager
    def views(self, token: str) -> Iterator[list[File]]:
        """The clips that have arrived whole, as files on this machine, which may be moved away."""
        whole = [one["camera"] for one in self.states(token) if one["state"] == CameraState.ARRIVED]
        with contextlib.ExitStack() as opened:
            files = [opened.enter_context(self._clips.taken(key_of(token, camera))) for camera in whole]
            yield [file for file in files if file is not None]

    def forget(self, token: str) -> None:
        with self._lock:
            known = self._known.pop(token, {})
            self._here -= {(token, camera) for camera in known}
        for camera in known:
            self._clips.forget(key_of(token, camera))

    def _state(self, token: str, camera: int, total: int) -> CameraState:
        received = self._clips.received(key_of(token, camera))
        if total and received >= total:
            return CameraState.ARRIVED
        if received:
            return CameraState.SENDING
        return CameraState.HERE if (token, camera) in self._here else CameraState.AWAITED

    def _note(self, token: str, camera: int, total: int) -> None:
        while token not in self._known and len(self._known) >= _MOST_LINKS:
            oldest = next(iter(self._known))
            self._here -= {(oldest, one) for one in self._known.pop(oldest)}
        self._known.setdefault(token, {})[camera] = total


def key_of(token: str, camera: int) -> str:
    """Under which its clip arrives."""
    return token if camera == FIRST else f"{token}-camera-{camera}"
