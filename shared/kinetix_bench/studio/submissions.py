"""Sends clips as clients do, on some connections at once: a token, then the upload."""

from __future__ import annotations

import http.client
import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from kinetix_bench.process import percentile

_BOUNDARY = "kinetix-bench"
_CLIP_BYTES = 100_000


@dataclass
class _Client:
    """One connection; `times` are seconds from asking for the token to the answer that the clip was accepted."""

    port: int
    key: str
    times: list[float] = field(default_factory=list)
    processes: list[str] = field(default_factory=list)

    def run(self, users: list[str], count: int, end: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        for user in itertools.islice(itertools.cycle(users), count):
            begin = time.perf_counter()
            if begin > end:
                break
            token = self._ask(connection, "GET", f"/v1/process/token?userId={user}", {"x-api-key": self.key})
            headers = {
                "x-api-token": token["uuid"],
                "content-type": f"multipart/form-data; boundary={_BOUNDARY}",
            }
            process = self._ask(connection, "POST", "/v1/process", headers, _FORM)
            self.times.append(time.perf_counter() - begin)
            self.processes.append(process["uuid"])
        connection.close()

    @staticmethod
    def _ask(
        connection: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> dict[str, Any]:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        contents = answer.read()
        if answer.status not in {200, 201}:
            raise RuntimeError(f"{method} {path}: {answer.status} {contents[:300]!r}")
        return dict(json.loads(contents))


_FORM = (
    f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="name"\r\n\r\nwave hello\r\n'
    f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="video"; filename="clip.mp4"\r\n'
    "Content-Type: video/mp4\r\n\r\n"
).encode() + (bytes(_CLIP_BYTES) + f"\r\n--{_BOUNDARY}--\r\n".encode())


def submit(
    port: int, key: str, users: list[str], connections: int, seconds: float, count: int = 1 << 30
) -> dict[str, Any]:
    """For that long, or until each connection has sent `count` clips of 100 kB. Times in milliseconds."""
    clients = [_Client(port, key) for _ in range(connections)]
    began = time.perf_counter()
    with ThreadPoolExecutor(connections) as threads:
        shares = [users[number::connections] or users for number in range(connections)]
        list(threads.map(lambda client, own: client.run(own, count, began + seconds), clients, shares))
    took = time.perf_counter() - began
    times = [value * 1000 for client in clients for value in client.times]
    return {
        "requestsPerS": round(len(times) / took, 1),
        "p50Ms": percentile(times, 50),
        "p99Ms": percentile(times, 99),
        "processes": [process for client in clients for process in client.processes],
    }
