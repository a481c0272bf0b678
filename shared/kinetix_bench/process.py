"""Processes that a benchmark starts and measures, and how every benchmark prints its figures."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click
import numpy as np
import psutil

from kinetix_core.protocol.hub.client import HubClient
from kinetix_core.protocol.hub.info import read_info
from kinetix_core.serving.environment import without_secrets
from kinetix_core.values.errors import KinetixError

Answer = TypeVar("Answer")
_END_S = 15.0


def rss_mib(pid: int) -> float:
    """Return the resident memory of a process in MiB."""
    return round(psutil.Process(pid).memory_info().rss / 1024**2, 1)


def cpu_seconds(pid: int) -> float:
    """Return the user and system time of a process so far."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def load() -> float:
    """Return the load average of the last minute."""
    return psutil.getloadavg()[0]


def percentile(values: list[float], percent: float) -> float:
    return round(float(np.percentile(values, percent)), 3)


def in_own_process(call: Callable[..., Answer], *arguments: Any) -> Answer:
    """Call a function in a fresh process, so that what this one did does not count and the server keeps a core."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(call, arguments)


def print_figures(found: object) -> None:
    click.echo(json.dumps(found, indent=1))


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def failed(problem: str, detail: str = "") -> KinetixError:
    step = "Run it again on a machine that does nothing else."
    return KinetixError(problem, code="benchmarkFailed", detail=detail, next_step=step)


def wait(condition: Callable[[], Answer], seconds: float, problem: str, pause_s: float = 0.02) -> Answer:
    """Return the first true answer. Raises KinetixError `problem` when there is none for so long."""
    until = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > until:
            raise failed(problem)
        time.sleep(pause_s)
    return answer


@contextlib.contextmanager
def running(
    command: list[str], environment: Mapping[str, str] | None = None, *, output: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block, and all that it started with it. Its input ends first."""
    process = subprocess.Popen(
        command,
        env={**without_secrets(), **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdin
    try:
        yield process
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            own = psutil.Process(process.pid)
            ending = [own, *own.children(recursive=True)]
            process.stdin.close()
            for end in (psutil.Process.terminate, psutil.Process.kill):
                for one in ending:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        end(one)
                psutil.wait_procs(ending, _END_S)
        process.wait()
        if process.stdout:
            process.stdout.close()


@contextlib.contextmanager
def hub(home: Path, **environment: str) -> Iterator[HubClient]:
    """A hub of its own that answers."""
    file = home / "hub" / "hub.json"
    own = {"KINETIX_HOME": str(home), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring", **environment}
    with running([sys.executable, "-m", "kinetix_hub", "--idle", "0"], own):
        info = wait(lambda: read_info(file), 60, "The hub did not start.")
        assert info is not None
        yield HubClient(info)
