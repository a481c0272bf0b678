"""Send a clip from disk as multipart form data, with progress and cancellation, and never twice.

Reading an upload token uses it up (docs/api-contract.md#1.3). After a lost answer the client checks the token: if it is valid,
the clip is sent again; otherwise `UploadDoubtful` is raised.
"""

from __future__ import annotations

import mimetypes
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from kinetix_core.api.errors import (
    ApiError,
    BadAnswer,
    Cancelled,
    ConnectionFailed,
    Forbidden,
    NotFound,
    UploadDoubtful,
)
from kinetix_core.api.guard import BLOCK, Guard, guarded
from kinetix_core.api.transport import Answer, Transport
from kinetix_core.values.errors import InputError
from kinetix_core.values.wording import worded

_LINE_END = b"\r\n"


@dataclass(frozen=True)
class Transfer:
    """Progress of a transfer. `total_bytes` is None if unknown."""

    done_bytes: int
    total_bytes: int | None
    elapsed_s: float

    @property
    def fraction(self) -> float | None:
        return self.done_bytes / self.total_bytes if self.total_bytes else None

    @property
    def remaining_s(self) -> float | None:
        if not self.total_bytes or not self.done_bytes:
            return None
        return self.elapsed_s * (self.total_bytes - self.done_bytes) / self.done_bytes


Progress = Callable[[Transfer], None]
IsCancelled = Callable[[], bool]


class MultipartBody:
    """A form with text fields and, last, its files; read block by block, so memory does not grow with them.

    Args:
        files: the field of the form and the path of each file, in order.
    """

    def __init__(
        self,
        fields: Mapping[str, str],
        files: Sequence[tuple[str, Path]],
        *,
        on_sent: Callable[[int, int], None] | None = None,
    ) -> None:
        boundary = f"kinetix-{secrets.token_hex(16)}"
        self.content_type = f"multipart/form-data; boundary={boundary}"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        self._texts = "".join(parts).encode()
        self._tail = f"--{boundary}--\r\n".encode()
        self._files: list[_OpenFile] = []
        try:
            for field, path in files:
                self._files.append(_OpenFile(boundary, field, path))
        except InputError:
            self._close()
            raise
        self._on_sent = on_sent

    def __len__(self) -> int:
        return len(self._texts) + sum(map(len, self._files)) + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        """The body in blocks. What was given out counts as sent when the next one is asked for."""
        at = 0
        for block in self._blocks():
            yield block
            at += len(block)
            if self._on_sent:
                self._on_sent(len(block), at)

    def _blocks(self) -> Iterator[bytes]:
        yield self._texts
        for file in self._files:
            yield from file.blocks()
        yield self._tail

    def _close(self) -> None:
        for file in self._files:
            file.close()

    def __enter__(self) -> MultipartBody:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()


class _OpenFile:
    """One file of a form, with what stands around it."""

    def __init__(self, boundary: str, field: str, path: Path) -> None:
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self._head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{_quoted(path.name)}"\r\n'
            f"Content-Type: {kind}\r\n\r\n"
        ).encode()
        self._path = path
        try:
            self._size = path.stat().st_size
            self._file = path.open("rb", buffering=0)
        except OSError as error:
            raise InputError(
                worded("“{clip}” cannot be read.", clip=path.name),
                code="clipNotFound",
                detail=error.strerror or "",
                next_step="Check the path and the file's permissions.",
            ) from error

    def __len__(self) -> int:
        return len(self._head) + self._size + len(_LINE_END)

    def blocks(self) -> Iterator[bytes]:
        yield self._head
        left = self._size
        while left:
            block = self._file.read(min(BLOCK, left))
            if not block:
                raise InputError(
                    worded("“{clip}” became shorter during the upload.", clip=self._path.name),
                    code="clipChanged",
                    next_step="Wait until the recording or copy has finished, then send it again.",
                )
            left -= len(block)
            yield block
        yield _LINE_END

    def close(self) -> None:
        self._file.close()


def _quoted(name: str) -> str:
    """A file name in a header, escaped as HTML's forms do it."""
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A").encode("utf-8", "replace").decode()


def send_clip(
    transport: Transport,
    token: str,
    clips: Sequence[Path],
    fields: Mapping[str, str],
    *,
    progress: Progress | None,
    cancelled: IsCancelled | None,
) -> Answer:
    """POST /v1/process with a clip and further views of it.

    Raises:
        UploadDoubtful: the answer was lost and the token is used up, so a process may exist.
    """
    retry = transport.retry
    started, attempt = retry.clock(), 0
    while True:
        attempt += 1
        try:
            return _once(transport, token, clips, fields, progress, cancelled)
        except BadAnswer as error:
            if token_valid(transport, token):
                raise  # a proxy answered: nothing reached the API
            raise UploadDoubtful(str(error)) from error
        except (ConnectionFailed, ApiError) as error:
            refused_again = attempt > 1 and isinstance(error, Forbidden) and error.error_code == "wrongToken"
            may_have_arrived = isinstance(error, ConnectionFailed) or error.status == 408 or error.status >= 500
            if not (may_have_arrived or refused_again):
                raise
            if not refused_again and token_valid(transport, token):
                # Valid: the first try did not get through, so sending again cannot make a second process.
                wait = retry.wait_s(attempt, error, safe=True, started=started)
                if wait is None:
                    raise
                if cancelled is not None and cancelled():
                    raise Cancelled("The upload was cancelled.") from error
                if wait:
                    retry.sleep(wait)
                continue
            if isinstance(error, ApiError) and not refused_again:
                raise  # the server said that it failed, and no process came of it
            raise UploadDoubtful(str(error)) from error


def token_valid(transport: Transport, token: str) -> bool:
    """Return whether an upload token can be used. Raises ConnectionFailed."""
    try:
        transport.call("GET", f"/v1/process/token/{token}", anonymous=True)
    except NotFound:
        return False
    return True


def _once(
    transport: Transport,
    token: str,
    clips: Sequence[Path],
    fields: Mapping[str, str],
    progress: Progress | None,
    cancelled: IsCancelled | None,
) -> Answer:
    limits = transport.limits
    guard = Guard(
        deadline_s=limits.transfer_s, cancelled=cancelled, slow_after_s=limits.slow_s, slow_bytes=limits.slow_bytes
    )
    begun = time.monotonic()
    total = 0

    def on_sent(count: int, done: int) -> None:
        guard.moved(count)
        if cancelled is not None and cancelled():
            raise Cancelled("The upload was cancelled.")
        if progress is not None:
            progress(Transfer(done, total, time.monotonic() - begun))

    files = [("views" if number else "video", clip) for number, clip in enumerate(clips)]
    with MultipartBody(fields, files, on_sent=on_sent) as body, guarded(guard):
        total = len(body)
        headers = {"Content-Type": body.content_type, "Accept": "application/json", "x-api-token": token}
        response = transport.send("POST", "/v1/process", body=body, headers=headers, guard=guard)
        with response:
            answer = transport.answer(response, guard, "POST", "/v1/process")
    if not isinstance(answer.value, dict) or not answer.value.get("uuid"):
        raise BadAnswer("The API's answer has no process id.", detail=f"POST /v1/process → {answer.status}")
    return answer
