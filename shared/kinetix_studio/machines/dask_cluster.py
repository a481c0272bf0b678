"""`kinetix local worker --executor dask://…`: a machine that joined lets a Dask cluster capture what it leases.

Dask only carries attempts; nothing of it is the truth. A lease is asked for when the cluster has room, and heard by this process as
long as its future lives, so neither a scheduler that restarts nor a worker that dies loses or doubles anything. See
docs/design/studio.md for the pitfalls that each line here answers.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from kinetix_core.values.errors import ConflictError, ErrorKind, InputError, KinetixError, mask
from kinetix_local.queue.interface import LeaseLost
from kinetix_local.store.queue.captures import Lease
from kinetix_studio.machines.attempt import Assignment, attempt
from kinetix_studio.machines.remote_queue import Refused, RemoteQueue

_LOG = logging.getLogger(__name__)
RESOURCE = "capture"
"""What a Dask worker offers so often as it captures at once: `--nthreads 1 --resources capture=1`."""
_CONNECT_S = 10.0
_BEAT_S = 1.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def scheduler_of(executor: str) -> str:
    """Dask's address of `dask://host:port` (this machine alone) or `dask+tls://host:port`.

    Raises:
        InputError: it is neither. Whoever reaches an open scheduler may run anything on all its machines.
    """
    parts = urlsplit(executor)
    if parts.scheme == "dask+tls" and parts.hostname:
        return f"tls://{parts.netloc}"
    if parts.scheme == "dask" and parts.hostname in _LOOPBACK:
        return f"tcp://{parts.netloc}"
    raise InputError(
        "This is no address of a Dask scheduler.",
        code="badOption",
        detail="Without TLS it has to be on this machine." if parts.scheme == "dask" else "",
        next_step="Write it like dask+tls://scheduler:8786, with certificates in Dask's own settings.",
    )


class DaskCluster:
    """Keeps up to `most` attempts of `queue` on the cluster.

    Args:
        service: address and token that the cluster's machines use.
    """

    def __init__(self, queue: RemoteQueue, service: tuple[str, str], scheduler: str, most: int) -> None:
        self._queue = queue
        self._service = service
        self._scheduler = scheduler
        self._most = most
        self._running: dict[Lease, Any] = {}
        self._changed = threading.Event()
        self._client: Any = None

    def connect(self) -> None:
        """Raises KinetixError when there is no scheduler, or its machines have other versions of what both need."""
        import distributed

        self.close()
        try:
            self._client = client = _within(
                2 * _CONNECT_S, partial(distributed.Client, self._scheduler, timeout=_CONNECT_S, set_as_default=False)
            )
        except Exception as error:  # of any kind where another program has the port
            raise self._away() from error
        try:
            client.get_versions(check=True)
        except (OSError, TimeoutError) as error:
            raise self._away() from error
        except ValueError as error:
            raise ConflictError(
                "The machines of the Dask cluster have other versions.",
                code="workerRefused",
                detail=str(error),
                next_step="Install the same versions everywhere.",
            ) from error

    def _away(self) -> KinetixError:
        return KinetixError(
            "The Dask scheduler does not answer.",
            code="schedulerAway",
            kind=ErrorKind.UNAVAILABLE,
            detail=self._scheduler,
            next_step="Start it, or check address and certificates.",
        )

    def run(self, stopping: threading.Event, max_idle_s: float = 0.0) -> None:
        """Until `stopping`, or so long without work; what is captured then is given back.

        Raises:
            Refused: by the service, of this machine or of one of the cluster.
        """
        used = time.monotonic()
        try:
            while not stopping.is_set():
                self._changed.clear()
                self._settle()
                began = self._fill()
                self._beat()
                if self._running:
                    used = time.monotonic()
                elif max_idle_s and time.monotonic() - used > max_idle_s:
                    return
                if not began:
                    self._changed.wait(_BEAT_S)
        finally:
            for lease, future in self._running.items():
                future.cancel()
                self._quietly(lease, lambda lease: self._queue.give_back([lease]))
            self._running.clear()

    def close(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def wake(self) -> None:
        """From any thread: something is to be looked at now."""
        self._changed.set()

    def _fill(self) -> bool:
        """Start an attempt if there is one; return whether another may follow."""
        if len(self._running) >= self._most or not self._is_connected():
            return False
        try:
            job = self._queue.lease()
        except Exception as error:
            if not self._queue.is_away(error):
                raise
            _LOG.warning("the service does not answer; trying again: %s", mask(str(error)))
            return False
        if job is None:
            return False
        lease = self._queue.lease_of(job)
        future = self._client.submit(
            attempt,
            Assignment(*self._service, self._queue.session, job.model_dump(mode="json")),
            # New each time, else the same again would be the first's result. Everybody sees it.
            key=f"kinetix-{lease.process}-{lease.attempt}-{secrets.token_hex(4)}",
            pure=False,
            retries=0,  # of a refusal; that a machine was lost is another thing
            resources={RESOURCE: 1},
        )
        self._running[lease] = future
        future.add_done_callback(lambda _: self.wake())
        return True

    def _settle(self) -> None:
        """Look at what has ended. The attempt itself has told the service, but where it could not."""
        from distributed import KilledWorker

        for lease, future in [entry for entry in self._running.items() if entry[1].done()]:
            del self._running[lease]
            if future.status == "finished":
                continue
            error = future.exception() if future.status == "error" else None
            if isinstance(error, KilledWorker):
                self._quietly(lease, self._queue.died)
                continue
            _LOG.warning(
                "process %s did not end on the cluster (%s); it is captured anew", lease.process, future.status
            )
            self._quietly(lease, lambda lease: self._queue.give_back([lease]))
            if isinstance(error, Refused):
                raise error

    def _beat(self) -> None:
        """An attempt may wait for a machine of the cluster, or be sent to another when one is lost."""
        for lease, future in list(self._running.items()):
            try:
                self._queue.beat(lease, None)
            except LeaseLost:
                del self._running[lease]
                future.cancel()  # one that runs learns it by itself
            except Exception as error:
                if not self._queue.is_away(error):
                    raise

    def _is_connected(self) -> bool:
        if self._client is not None and self._client.status == "running":
            return True
        try:
            self.connect()
        except KinetixError as error:
            if error.kind is not ErrorKind.UNAVAILABLE:
                raise
            _LOG.warning("%s Trying again.", error.title)
            return False
        return True

    def _quietly(self, lease: Lease, tell: Callable[[Lease], None]) -> None:
        """Report to the service; if it does not hear, the missing heartbeat tells it."""
        try:
            tell(lease)
        except LeaseLost:
            pass
        except Exception as error:
            if not self._queue.is_away(error):
                raise


def _within(seconds: float, make: Callable[[], Any]) -> Any:
    """Return what `make` returns. Raises TimeoutError: Dask waits for ever for a peer that accepts and says nothing."""
    made: Future[Any] = Future()

    def run() -> None:
        try:
            made.set_result(make())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            made.set_exception(error)

    threading.Thread(target=run, name="dask-connect", daemon=True).start()
    return made.result(seconds)
