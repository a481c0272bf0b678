"""Threads for calls to other hosts, kept apart from those that serve."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from urllib.parse import urlsplit

_Result = TypeVar("_Result")


class NoPlace(Exception):
    """Every place for this host was taken for too long."""


def host_of(url: str) -> str:
    """Return the host of an address; "" if it is invalid."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


class Places:
    """`each` of `places` threads at most serve one host: a slow one holds up only those who call it too."""

    def __init__(self, name: str, places: int, each: int) -> None:
        self._threads = ThreadPoolExecutor(places, name)
        self._free = asyncio.Semaphore(places)
        self._each = each
        self._hosts: dict[str, asyncio.Semaphore] = {}
        self._users: Counter[str] = Counter()

    async def run(self, host: str, action: Callable[[], _Result], wait_s: float | None = None) -> _Result:
        """The result of `action`, which blocks, on a thread. Raises NoPlace when it cannot begin within `wait_s`."""
        own = self._hosts.setdefault(host, asyncio.Semaphore(self._each))
        self._users[host] += 1
        held: list[asyncio.Semaphore] = []
        try:
            async with asyncio.timeout(wait_s):
                for one in (own, self._free):
                    await one.acquire()
                    held.append(one)
        except TimeoutError as error:
            self._leave(host, held)
            raise NoPlace from error
        except BaseException:
            self._leave(host, held)
            raise
        future = asyncio.get_running_loop().run_in_executor(self._threads, action)
        # The place is free when the thread is, also when nobody waits for the result any more.
        future.add_done_callback(lambda _done: self._leave(host, held))
        return await future

    def _leave(self, host: str, held: list[asyncio.Semaphore]) -> None:
        for one in held:
            one.release()
        self._users[host] -= 1
        if not self._users[host]:
            del self._users[host], self._hosts[host]

    def close(self) -> None:
        """Drop work that has not started, and wait for the rest."""
        self._threads.shutdown(wait=False, cancel_futures=True)
