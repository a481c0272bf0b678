"""A load generator in one process: C keep-alive connections, each sends the next request when the answer has come."""

from __future__ import annotations

import asyncio
import functools
import itertools
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Figures:
    requests_per_s: float
    p50_ms: float
    p99_ms: float
    statuses: dict[str, int]
    bytes_per_answer: int


class _Connection(asyncio.Protocol):
    """Counts answers by their content-length; no header is looked at besides."""

    def __init__(self, requests: Iterator[bytes], until: float, done: asyncio.Future[None]) -> None:
        self._requests, self._until, self._done = requests, until, done
        self._buffer = bytearray()
        self._wanted = -1
        self._sent = 0.0
        self.times: list[float] = []
        self.statuses: dict[str, int] = {}
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
            status = head[9:12].decode()
            self.statuses[status] = self.statuses.get(status, 0) + 1
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


async def _run(host: str, port: int, requests: list[bytes], connections: int, seconds: float) -> Figures:
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    made = []
    each = itertools.cycle(requests)
    for _ in range(connections):
        done: asyncio.Future[None] = loop.create_future()
        make = functools.partial(_Connection, each, began + seconds, done)
        _, protocol = await loop.create_connection(make, host, port)
        made.append((protocol, done))
    await asyncio.gather(*(done for _, done in made))
    took = time.perf_counter() - began
    times = sorted(value for protocol, _ in made for value in protocol.times)
    statuses: dict[str, int] = {}
    for protocol, _ in made:
        for status, count in protocol.statuses.items():
            statuses[status] = statuses.get(status, 0) + count
    return Figures(
        requests_per_s=round(len(times) / took, 1),
        p50_ms=round(times[len(times) // 2] * 1000, 3),
        p99_ms=round(times[min(len(times) - 1, len(times) * 99 // 100)] * 1000, 3),
        statuses=statuses,
        bytes_per_answer=made[0][0].size,
    )


def measure(
    host: str, port: int, paths: list[str], headers: dict[str, str], connections: int, seconds: float
) -> Figures:
    """GETs the paths in turns for that long; latencies are from sending a request to the last byte of its answer."""
    given = "".join(f"{name}: {value}\r\n" for name, value in {"host": f"{host}:{port}", **headers}.items())
    requests = [f"GET {path} HTTP/1.1\r\n{given}\r\n".encode() for path in paths]
    if sys.platform == "win32":
        return asyncio.run(_run(host, port, requests, connections, seconds))
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_run(host, port, requests, connections, seconds))


if __name__ == "__main__":  # its own process, so that the server has a core to itself
    asked = json.load(sys.stdin)
    sys.stdout.write(json.dumps(measure(**asked).__dict__))
