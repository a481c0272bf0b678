"""Sends clips as clients do, on some connections at once: a token, then the upload."""

from __future__ import annotations

import contextlib
import functools
import http.client
import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from kinetix_bench.process import percentile

_BOUNDARY = "kinetix-bench"
_CLIP_BYTES = 100_000


def _send(port: int, key: str, users: list[str], count: int, end: float) -> list[tuple[float, str]]:
    """Send clips over one connection; return each process with the seconds from asking for the token until it was accepted."""
    sent = []
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=120)) as connection:
        for user in itertools.islice(itertools.cycle(users), count):
            begin = time.perf_counter()
            if begin > end:
                break
            token = _ask(connection, "GET", f"/v1/process/token?userId={user}", {"x-api-key": key})
            headers = {"x-api-token": token, "content-type": f"multipart/form-data; boundary={_BOUNDARY}"}
            process = _ask(connection, "POST", "/v1/process", headers, _FORM)
            sent.append((time.perf_counter() - begin, process))
    return sent


def _ask(
    connection: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str], body: bytes | None = None
) -> str:
    """Return the answer's uuid."""
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    contents = answer.read()
    if answer.status not in {200, 201}:
        raise RuntimeError(f"{method} {path}: {answer.status} {contents[:300]!r}")
    return str(json.loads(contents)["uuid"])


_FORM = (
    f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="name"\r\n\r\nwave hello\r\n'
    f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="video"; filename="clip.mp4"\r\n'
    "Content-Type: video/mp4\r\n\r\n"
).encode() + (bytes(_CLIP_BYTES) + f"\r\n--{_BOUNDARY}--\r\n".encode())


def submit(
    port: int, key: str, users: list[str], connections: int, seconds: float, count: int = 1 << 30
) -> dict[str, Any]:
    """For that long, or until each connection has sent `count` clips of 100 kB. Times in milliseconds."""
    began = time.perf_counter()
    with ThreadPoolExecutor(connections) as threads:
        shares = [users[number::connections] or users for number in range(connections)]
        send = functools.partial(_send, port, key, count=count, end=began + seconds)
        sent = [each for own in threads.map(send, shares) for each in own]
    took = time.perf_counter() - began
    times = [value * 1000 for value, _ in sent]
    return {
        "requestsPerS": round(len(times) / took, 1),
        "p50Ms": percentile(times, 50),
        "p99Ms": percentile(times, 99),
        "processes": [process for _, process in sent],
    }
