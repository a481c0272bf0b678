"""Parts of a clip worked on side by side, each on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

from kinetix_capture.video.decode import Part, Tick

T = TypeVar("T")


class _Stopped(Exception):
    """Another part failed, or the listener of the progress raised."""


def in_parallel(parts: Sequence[Part], work: Callable[[Part, Tick], T], report: Callable[[float], None]) -> list[T]:
    """Run the parts on one thread each (the networks and the decoder free the interpreter) and report their mean share.

    When `report` raises, the threads are stopped first; they end within one frame.
    """
    stop = threading.Event()
    shares = [0.0] * len(parts)

    def run(index: int) -> T:
        part = parts[index]

        def tick(time_s: float) -> None:
            if stop.is_set():
                raise _Stopped
            shares[index] = min((time_s - part.start_s) / max(part.end_s - part.start_s, 1e-3), 1.0)

        return work(part, tick)

    with ThreadPoolExecutor(len(parts), thread_name_prefix="capture") as threads:
        running = [threads.submit(run, index) for index in range(len(parts))]
        try:
            report(0.0)
            while (now := wait(running, timeout=0.1, return_when=FIRST_EXCEPTION)).not_done:
                if any(future.exception() for future in now.done):
                    break
                report(sum(shares) / len(shares))
        finally:
            stop.set()
    failures = [error for future in running if (error := future.exception()) is not None]
    for error in failures:
        if not isinstance(error, _Stopped):
            raise error
    report(1.0)
    return [future.result() for future in running]
