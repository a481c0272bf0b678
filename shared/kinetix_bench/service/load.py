"""A load generator in one process: C keep-alive connections, each sends the next request when the answer has come."""

from __future__ import annotations

import asyncio
import functools
import itertools
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from kinetix_bench.process import percentile


class _Connection(asyncio.Protocol):
    """Counts answers by their content-length; no header is looked at besides."""

    def __init__(self, requests: Iterator[bytes], until: float, done: asyncio.Future[None]) -> None:
        self._requests, self._until, self._done = requests, until, done
        self._buffer = bytearray()
        self._wanted = -1
        self._sent = 0.0
        self.times: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.size = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(next(self._requests))  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._wanted < 0:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._buffer[:end]).lower()
            self.statuses[head[9:12].decode()] += 1
            place = head.find(b"content-length:")
            length = int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
            self._wanted = end + 4 + length
            self.size = length
        if len(self._buffer) < self._wanted:
            return
        self._buffer.clear()
        self._wanted = -1
        now = time.perf_counter()
        self.times.append(now - self._sent)
        if now < self._until:
            self._send()
        else:
            self._transport.close()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)


async def _run(port: int, requests: list[bytes], connections: int, seconds: float) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    made = []
    each = itertools.cycle(requests)
    for _ in range(connections):
        done: asyncio.Future[None] = loop.create_future()
        make = functools.partial(_Connection, each, began + seconds, done)
        _, protocol = await loop.create_connection(make, "127.0.0.1", port)
        made.append((protocol, done))
    await asyncio.gather(*(done for _, done in made))
    took = time.perf_counter() - began
    times = [value * 1000 for protocol, _ in made for value in protocol.times]
    return {
        "requestsPerS": round(len(times) / took, 1),
        "p50Ms": percentile(times, 50),
        "p99Ms": percentile(times, 99),
        "bytes": made[0][0].size,
        "statuses": dict(sum((protocol.statuses for protocol, _ in made), Counter())),
    }


def measure(port: int, paths: list[str], key: str, connections: int, seconds: float) -> dict[str, Any]:
    """GETs the paths in turns for that long; latencies are from sending a request to the last byte of its answer."""
    headers = f"host: 127.0.0.1:{port}\r\nx-api-key: {key}\r\n"
    requests = [f"GET {path} HTTP/1.1\r\n{headers}\r\n".encode() for path in paths]
    if sys.platform == "win32":
        return asyncio.run(_run(port, requests, connections, seconds))
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(port, requests, connections, seconds))
