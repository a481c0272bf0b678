"""One attempt at a capture on a machine of a cluster, under a lease that whoever sent it there holds.

What is sent is small and holds no file: files are fetched and results sent over the service's HTTP, as by any machine that joins.
"""

from __future__ import annotations

import asyncio
import functools
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kinetix_local.queue.interface import LeaseLost
from kinetix_local.queue.runner import Runner
from kinetix_local.store.clock import Clock
from kinetix_studio.machines.machine import this_machine
from kinetix_studio.machines.remote_job import RemoteJob
from kinetix_studio.machines.remote_queue import RemoteQueue


@dataclass(frozen=True, repr=False)
class Assignment:
    """Input of a cluster's machine for one attempt. `job` is a `RemoteJob` as JSON.

    Token, session and links to files are rights. Dask logs and shows the `repr` of arguments, which has none of them.
    """

    url: str
    token: str
    session: str
    job: dict[str, Any]

    def __repr__(self) -> str:
        return f"<attempt {self.job['attempt']} at {self.job['process']}>"


def attempt(assignment: Assignment) -> None:
    """Capture and tell the service what came of it; learns of a cancel within about a second, and then end.

    The capture runs on a thread of this process: a cluster's worker may begin no processes. If it dies of the capture, the
    cluster tells whoever sent it.

    Raises:
        Refused: the emotes of this machine would not be those of the service.
    """
    from distributed import get_worker

    queue = _joined(assignment.url, assignment.token, assignment.session)
    # Below the worker's own folder: the cluster clears that of a worker that was killed, and in it lies somebody's clip.
    place = get_worker().local_directory
    with tempfile.TemporaryDirectory(prefix="kinetix-", dir=place, ignore_cleanup_errors=True) as folder:
        job = queue.fetch(RemoteJob.model_validate(assignment.job), Path(folder))
        if job is None:
            return
        with ThreadPoolExecutor(4, "queue") as threads:
            runner = Runner(queue, Path(folder), threads, Clock(), make_executor=ThreadPoolExecutor)
            try:
                asyncio.run(runner.process(job))
            except LeaseLost:
                return
            finally:
                runner.close()


@functools.lru_cache(maxsize=4)
def _joined(url: str, token: str, session: str) -> RemoteQueue:
    """Once in a process: reading all models to tell what they are takes longer than anything else besides the capture."""
    queue = RemoteQueue(url, token, this_machine(1), session)
    queue.begin()
    return queue
