"""Polls the running Kinetix Local once a second for actions on its pages, on a thread."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable

from kinetix_hub.services.port import Temporary

log = logging.getLogger(__name__)
_LOOK_S = 1.0


class LocalPages:
    def __init__(self, *looks: Callable[[], object]) -> None:
        """`looks`: each polls for one kind of action; may raise Temporary."""
        self._looks = looks
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="local-pages", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def _follow(self) -> None:
        while not self._stop.wait(_LOOK_S):
            for look in self._looks:
                try:
                    with contextlib.suppress(Temporary):  # it starts, ends or was killed: what waits there waits on
                        look()
                except Exception:
                    if not self._stop.is_set():  # else what it works on was closed under its hands
                        log.exception("what was done on a page of Kinetix Local could not be taken over")
