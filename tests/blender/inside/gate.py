"""A relay before Kinetix Local that can hold one request back."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from typing import Any
from urllib.parse import urlsplit

from waiting import LIMIT_S

_REQUEST = re.compile(rb"([A-Z]+ /[^ ?]*)[^ ]* HTTP/1\.1\r\n")


class Gate:
    """Holds a request before it reaches the service, or the answer to it. Addresses in answers lead through the gate too."""

    def __init__(self, url: str) -> None:
        self._target = str(urlsplit(url).hostname), int(urlsplit(url).port or 0)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self._addresses = url.removeprefix("http://").encode(), self.url.removeprefix("http://").encode()
        assert len({len(address) for address in self._addresses}) == 1, "an answer keeps its length"
        self._hold: Any = None
        self.held = threading.Event()
        self._dropped = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self, request: str, *, answer: bool = False, skip: int = 0) -> None:
        """From now on the next request that fits (after `skip` others) stays here. `answer`: the service has it, its answer stays."""
        self.held, self._dropped = threading.Event(), threading.Event()
        self._hold = [re.compile(request), answer, skip]

    def drop(self) -> None:
        """Drop what is held and let everything after it pass."""
        self._hold = None
        self._dropped.set()

    def close(self) -> None:
        self.drop()
        self._server.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near = self._server.accept()[0]
                far, request = socket.create_connection(self._target), [""]
                for answers, ends in ((False, (near, far)), (True, (far, near))):
                    threading.Thread(target=self._relay, args=(*ends, request, answers), daemon=True).start()

    def _relay(self, source: socket.socket, sink: socket.socket, request: list[str], answers: bool) -> None:
        """Pass one direction of a connection on; `request` is the one that it carries just now."""
        with contextlib.suppress(OSError):  # whoever asked may have been killed
            while data := source.recv(1 << 20):
                begins = not answers and _REQUEST.match(data)
                if begins:
                    request[0] = begins[1].decode()
                if (begins or answers) and self._holds(request[0], answers):
                    break
                sink.sendall(data.replace(*self._addresses) if answers else data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _holds(self, request: str, answer: bool) -> bool:
        hold = self._hold
        if hold is None or hold[1] is not answer or not hold[0].fullmatch(request):
            return False
        hold[2] -= 1
        if hold[2] >= 0:
            return False
        dropped = self._dropped
        self.held.set()
        dropped.wait(LIMIT_S)
        return True
