"""Another program on a port that Kinetix left, another user's where root allows. It answers everything and writes it down."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.waiting import LIMIT_S, until

_NOBODY = 65534
_SCRIPT = """
import json, os, socket, sys, threading, time
port, uid = int(sys.argv[1]), int(sys.argv[2])
if uid:
    os.setgroups([]); os.setgid(uid); os.setuid(uid)
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
while True:
    try:
        server.bind(("127.0.0.1", port))
        server.listen()
        break
    except OSError:  # somebody was given the port as a free one, and has it for a moment
        time.sleep(0.1)
print(server.getsockname()[1], flush=True)
body = json.dumps({"protocol": 1, "startId": "x", "proof": "0" * 64, "unfinishedJobs": 0, "uuid": "u"}).encode()
def serve(sock):
    while data := sock.recv(1 << 16):
        os.write(1, data.replace(b"\\n", b"|") + b"\\n")
        sock.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(body), body))
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
"""


class Squatter:
    """`port` it sits on; `received()` everything that was sent to it so far."""

    def __init__(self, port: int, output: Path) -> None:
        self._output = output
        uid = _NOBODY if os.name == "posix" and os.geteuid() == 0 else 0
        with output.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _SCRIPT, str(port), str(uid)], stdin=subprocess.DEVNULL, stdout=out
            )
        self.port = int(until(self._lines)[0])

    def _lines(self) -> list[str]:
        assert self.process.poll() is None, "the port could not be taken"
        return self.received().splitlines()

    def received(self) -> str:
        return self._output.read_text(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def squatting(folder: Path, port: int = 0) -> Iterator[Squatter]:
    found = Squatter(port, folder / "received.txt")
    try:
        yield found
    finally:
        found.process.kill()
        found.process.wait(LIMIT_S)
