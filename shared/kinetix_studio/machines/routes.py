"""`/_local/workers/…`: machines that capture for this service. They come by HTTP with a token of their own and hold no other key.

Nothing is remembered between two requests: a machine may reach another service on the same database each time.
"""

from __future__ import annotations

import contextlib
import pathlib
import re
import secrets
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, Query, Request, Response
from fastapi.concurrency import iterate_in_threadpool, run_in_threadpool
from fastapi.responses import StreamingResponse

from kinetix_capture.interface import OBSERVATIONS, CaptureRejected
from kinetix_core.io import files
from kinetix_core.protocol.corrections import CorrectionError
from kinetix_core.serving.listeners import recognize
from kinetix_core.values.errors import FormatError, KinetixError
from kinetix_core.values.identity import Extension
from kinetix_core.values.wording import restored
from kinetix_local.api.instance import Service
from kinetix_local.queue.database_queue import DatabaseQueue
from kinetix_local.queue.inputs import files_of, with_files
from kinetix_local.queue.interface import Kept, KeptEmote
from kinetix_local.store.blobs import StorageError
from kinetix_local.store.queue.captures import Lease, Live
from kinetix_studio.machines import results, store
from kinetix_studio.machines.machine import Statement, refusal
from kinetix_studio.machines.remote_job import (
    STAGED,
    RemoteBeat,
    RemoteDelivery,
    RemoteEmote,
    RemoteFailure,
    RemoteFile,
    RemoteJob,
    RemoteUpload,
)

PREFIX = "/_local/workers"
router = APIRouter(prefix="/workers")
_BLOB = re.compile(r"[0-9a-f]{2}/[0-9a-f]{62}\.([a-z0-9]{1,8})")
_RESULT = re.compile(r".*/results/(?:[^/]+/)?[^/]*\.([a-z0-9]{1,8})")  # an avatar's are in a folder
_HEARD_MS = 1000
_MOST_LEASES = 64  # of one machine, however many sessions it opens
_LARGEST_MESSAGE = 1 << 20  # a quality report is the largest of them
_LEAST_SIZE = 4096  # of a file on disk
_KEPT_MS = 24 * 3600 * 1000  # then the daily clean-up has deleted them
_Session = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
_Process = Annotated[str, Path(pattern=r"^[0-9a-f-]{36}$")]
_Attempt = Annotated[int, Path(ge=1, lt=2**31)]


class Undelivered:
    """Quota on the results that a machine uploads and does not deliver.

    Sizes of undelivered results by machine and blob. In memory: a restart begins anew, and each replica counts its own.
    """

    def __init__(self, most_bytes: int = 2 << 30) -> None:
        self._most = most_bytes
        self._lock = threading.Lock()
        self._of: dict[str, dict[str, tuple[int, int]]] = {}

    def is_full(self, machine: str, now: int) -> bool:
        """Return whether the machine has to deliver first. `now`: in milliseconds of a steady clock."""
        with self._lock:
            fresh = {blob: one for blob, one in self._of.get(machine, {}).items() if now - one[0] < _KEPT_MS}
            self._of[machine] = fresh
            return sum(size for _, size in fresh.values()) >= self._most

    def add(self, machine: str, blob: str, size: int, now: int) -> None:
        with self._lock:
            self._of.setdefault(machine, {})[blob] = (now, max(size, _LEAST_SIZE))

    def delivered(self, machine: str, blobs: list[str]) -> None:
        with self._lock:
            for blob in blobs:
                self._of.get(machine, {}).pop(blob, None)


def largest_body(path: str) -> int:
    """Bytes that a request to this path may have."""
    found = _RESULT.fullmatch(path)
    return results.largest(found[1]) if found else _LARGEST_MESSAGE


def add_to(app: FastAPI, service: Service, admin: Callable[[Request], Any]) -> None:
    """See `PrivateRoutes` of Kinetix Local."""
    app.state.undelivered = Undelivered()
    app.include_router(router, prefix="/_local")

    @app.get("/_local/machines", dependencies=[Depends(admin)])
    def machines() -> list[dict[str, Any]]:
        """Machines that may capture for this service, as they described themselves."""
        with service.database.read() as db:
            return store.list_machines(db)


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


# What asks nobody is `async`: FastAPI gives any other function a thread, which costs more than what it does.
_Ours = Annotated[Service, Depends(_service)]


async def _undelivered(request: Request) -> Undelivered:
    found: Undelivered = request.app.state.undelivered
    return found


_NotDelivered = Annotated[Undelivered, Depends(_undelivered)]


def _machine(request: Request, service: _Ours) -> str:
    """The uuid of the machine whose token came along. Its token is enough: no browser sends that by itself."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    with service.database.read() as db:
        found = store.find(db, token) if kind.lower() == "bearer" and token else None
    if found is None:
        raise HTTPException(401, "No machine has this token. `kinetix local machine add` makes one.")
    recognize(request.scope)
    return found


_Machine = Annotated[str, Depends(_machine)]


async def _queue(session: _Session, machine: _Machine, service: _Ours) -> DatabaseQueue:
    return DatabaseQueue(service, f"{machine}/{session}")


_Queue = Annotated[DatabaseQueue, Depends(_queue)]


async def _lease(queue: _Queue, process: _Process, attempt: _Attempt) -> Lease:
    return Lease(process, attempt, queue.worker)


_Lease = Annotated[Lease, Depends(_lease)]


def _check(service: Service, statement: Statement, machine: str, *, note: bool) -> None:
    """Raises KinetixError when the machine does not fit; that, or `note`, writes down what it said."""
    refused = refusal(statement)
    if note or refused is not None:
        with service.database.write() as db:
            words = None if refused is None else refused.detail
            store.note(db, machine, statement.model_dump(), words, service.clock.now())
    if refused is not None:
        raise refused


@router.post("/{session}/join", status_code=204)
def join(service: _Ours, queue: _Queue, machine: _Machine, statement: Statement) -> None:
    """A machine says what it is. Refused with the reason when its emotes would not be those of this service."""
    _check(service, statement, machine, note=True)


@router.post("/{session}/next", response_model=None)
def next_capture(service: _Ours, queue: _Queue, machine: _Machine, statement: Statement) -> RemoteJob | Response:
    """The capture that is next, or 204."""
    _check(service, statement, machine, note=False)
    withheld = service.draining or service.leases.is_barred(machine) or queue.holds() >= _MOST_LEASES
    job = None if withheld else queue.lease_next()
    if job is None:
        return Response(status_code=204)
    base = f"{PREFIX}/{queue.worker.partition('/')[2]}/captures/{job.lease.process}/{job.lease.attempt}/files"
    return RemoteJob(
        process=job.lease.process,
        attempt=job.lease.attempt,
        request=RemoteJob.plain(with_files(job.request, lambda path: pathlib.Path(path.name))),
        crop_pixels=job.crop_pixels,
        files=[
            RemoteFile(
                name=blob.name,
                link=f"{base}/{blob.name}",
                bytes=job.bytes[blob],
                direct=service.blobs.link(blob.as_posix()),
            )
            for blob in files_of(job.request)
        ],
        direct=service.blobs.upload_link(_staged(job.lease, secrets.token_hex(16))) is not None,
    )


@router.get("/{session}/captures/{process}/{attempt}/files/{name}")
def file(service: _Ours, queue: _Queue, lease: _Lease, name: str) -> StreamingResponse:
    blob = next((path.as_posix() for path in files_of(queue.request_of(lease)) if path.name == name), None)
    with _noticed(queue, lease):
        size = None if blob is None else service.blobs.size(blob)
    if blob is None or size is None:
        raise HTTPException(404, "The capture has no such file.")
    return StreamingResponse(_pieces(service, queue, lease, blob), headers={"content-length": str(size)})


def _pieces(service: Service, queue: DatabaseQueue, lease: Lease, blob: str) -> Iterator[bytes]:
    with _noticed(queue, lease):
        yield from service.blobs.read(blob)


@contextlib.contextmanager
def _noticed(queue: DatabaseQueue, lease: Lease) -> Iterator[None]:
    """Give the capture back if the storage fails, so that it is not the next one at once."""
    try:
        yield
    except StorageError as error:
        queue.postpone(lease, error)
        raise


@router.post("/{session}/captures/{process}/{attempt}/beat", status_code=204)
def beat(service: _Ours, queue: _Queue, lease: _Lease, state: RemoteBeat) -> None:
    """The capture goes on. 410: it is not this worker's any more."""
    live = None
    if state.stage is not None:
        live = Live(state.stage, state.percent, state.remaining_s, state.elapsed_s, service.clock.now())
    queue.beat(lease, live)


@router.post("/{session}/captures/{process}/{attempt}/uploads")
def upload(service: _Ours, queue: _Queue, lease: _Lease) -> RemoteUpload:
    """Return an upload link for a file of the emote, valid for an hour. It counts once `results` reports it."""
    queue.beat(lease, None)
    staged = secrets.token_hex(16)
    link = service.blobs.upload_link(_staged(lease, staged))
    if link is None:
        raise HTTPException(404, "This service takes files itself only.")
    return RemoteUpload(link=link, staged=staged)


@router.put("/{session}/captures/{process}/{attempt}/results/{name:path}")
async def result(
    service: _Ours,
    queue: _Queue,
    machine: _Machine,
    lease: _Lease,
    undelivered: _NotDelivered,
    name: str,
    request: Request,
    staged: Annotated[str | None, Query(pattern=STAGED)] = None,
) -> dict[str, Any]:
    """A file of the emote: `name`, or `avatar/name`. It is read through before it is kept.

    `staged`: it was put into the storage (`uploads`), and the body is empty. It is read from there as if it came along, as whoever
    put it there could still put another.
    """
    avatar, _, plain = name.rpartition("/")
    # A slow line is no silence: the worker is heard while its file arrives.
    await run_in_threadpool(queue.beat, lease, None)
    heard = service.clock.ticks()
    is_seen = name == OBSERVATIONS
    if not is_seen and not results.is_expected(plain, avatar=bool(avatar)):
        raise HTTPException(422, "No capture makes a file of this name.")
    if undelivered.is_full(machine, heard):
        raise HTTPException(413, "This machine has too many results that it did not deliver.")
    extension = plain.rpartition(".")[2]
    blob = None if staged is None else _staged(lease, staged)
    temporary = service.blobs.temporary()
    try:
        with files.open_new(temporary) as target:
            async for piece in request.stream() if blob is None else _put_before(service, blob, extension):
                target.write(piece)
                if service.clock.ticks() - heard >= _HEARD_MS:
                    await run_in_threadpool(queue.beat, lease, None)
                    heard = service.clock.ticks()
        kept, size = await run_in_threadpool(_checked, service, temporary, Extension(extension))
    finally:
        temporary.unlink(missing_ok=True)
    if blob is not None:
        await run_in_threadpool(service.blobs.remove, blob)
    undelivered.add(machine, kept, size, heard)
    return {"blob": kept, "bytes": size}


def _checked(service: Service, temporary: pathlib.Path, extension: Extension) -> tuple[str, int]:
    """The blob that the file became, with its size in bytes. Raises FormatError, and StorageError."""
    results.check_file(temporary, extension)
    return service.blobs.add(temporary, extension)


async def _put_before(service: Service, blob: str, extension: str) -> AsyncIterator[bytes]:
    size = await run_in_threadpool(service.blobs.size, blob)
    if size is None:
        raise HTTPException(404, "Nothing was put there.")
    if size > results.largest(extension):
        raise HTTPException(413, "The file is too large.")
    async for piece in iterate_in_threadpool(service.blobs.read(blob, 0, size)):
        yield piece


def _staged(lease: Lease, staged: str) -> str:
    """The name of what this holder, and no other, may tell of."""
    return f"incoming/{lease.process}-{lease.attempt}-{staged}"


@router.post("/{session}/captures/{process}/{attempt}/deliver", status_code=204)
def deliver(
    service: _Ours,
    queue: _Queue,
    machine: _Machine,
    lease: _Lease,
    undelivered: _NotDelivered,
    delivery: RemoteDelivery,
) -> None:
    """All files were sent; they become an emote."""
    made = [_kept(service, one) for one in (delivery, *delivery.others)]
    queue.enter(lease, made)
    blobs = [kept.blob for one in made for kept in one.files]
    undelivered.delivered(machine, blobs + [one.observations[0] for one in made if one.observations])


@router.post("/{session}/captures/{process}/{attempt}/fail", status_code=204)
def fail(service: _Ours, queue: _Queue, lease: _Lease, failure: RemoteFailure) -> None:
    wording = {name: made.model_dump() for name, made in failure.wording.items()}
    told = {"title": failure.title, "detail": failure.detail, "nextStep": failure.next_step, "wording": wording}
    said = restored(told)
    title, detail, next_step = said["title"], said["detail"], said["nextStep"]
    error: KinetixError
    if failure.reason is not None:
        error = CaptureRejected(failure.reason, title=title, detail=detail, next_step=next_step)
    elif failure.correction:
        error = CorrectionError(
            title, code=failure.code, correction=failure.correction, detail=detail, next_step=next_step
        )
    else:
        error = KinetixError(title, code=failure.code, detail=detail, next_step=next_step)
    queue.fail(lease, failure.step, error)


@router.post("/{session}/captures/{process}/{attempt}/died", status_code=204)
def died(service: _Ours, queue: _Queue, lease: _Lease) -> None:
    """The worker process that captured died; another tries again."""
    queue.died(lease)


@router.post("/{session}/captures/{process}/{attempt}/give-back", status_code=204)
def give_back(service: _Ours, queue: _Queue, lease: _Lease) -> None:
    queue.give_back([lease])
    service.announce_capture()


def _kept(service: Service, delivery: RemoteEmote) -> KeptEmote:
    """Raises FormatError for names that no capture makes and blobs that are not here."""
    kept: list[Kept] = []
    for avatar, mapping in [(None, delivery.files), *delivery.avatars.items()]:
        for name, blob in mapping.items():
            if not results.is_expected(name, avatar=avatar is not None):
                raise FormatError("The result names a file that no capture makes.")
            kept.append(Kept(name, avatar, *_blob(service, blob, name.rpartition(".")[2])))
    seen = None if delivery.observations is None else _blob(service, delivery.observations, "npz")
    return KeptEmote(kept, delivery.duration_s, delivery.quality, seen)


def _blob(service: Service, blob: str, extension: str) -> tuple[str, int]:
    """The blob with its size. Raises FormatError when none of that extension is here."""
    found = _BLOB.fullmatch(blob)
    if found is None or found[1] != extension:
        raise FormatError("The result names a file that is none of its kind.")
    size = service.blobs.size(blob)
    if size is None:
        raise FormatError("The result names a file that was not sent.")
    return blob, size
