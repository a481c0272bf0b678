"""Send a clip from disk as multipart form data, with progress and cancellation, and never twice.

Reading an upload token uses it up (docs/api-contract.md#1.3). After a lost answer the client checks the token: if it is valid,
the clip is sent again; otherwise `UploadDoubtful` is raised.
"""

from __future__ import annotations

import mimetypes
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kinetix_core.api.errors import (
    ApiError,
    BadAnswer,
    Cancelled,
    ConnectionFailed,
    Forbidden,
    NotFound,
    UploadDoubtful,
)
from kinetix_core.api.guard import BLOCK, guarded
from kinetix_core.api.transport import Answer, Transport
from kinetix_core.values.errors import InputError
from kinetix_core.values.wording import worded


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


@dataclass(frozen=True)
class _OpenFile:
    """A file of a form, of which `size` bytes are sent."""

    name: str
    file: BinaryIO
    size: int

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[bytes]:
        left = self.size
        while left:
            block = self.file.read(min(BLOCK, left))
            if not block:
                raise InputError(
                    worded("“{clip}” became shorter during the upload.", clip=self.name),
                    code="clipChanged",
                    next_step="Wait until the recording or copy has finished, then send it again.",
                )
            left -= len(block)
            yield block


class MultipartBody:
    """A form with text fields and, last, its files; read block by block, so memory does not grow with them.

    Args:
        files: the field of the form and the path of each file, in order.
        on_sent: called with the bytes of a block and those of all so far, when the next block is asked for.
    """

    def __init__(
        self, fields: Mapping[str, str], files: Sequence[tuple[str, Path]], *, on_sent: Callable[[int, int], None]
    ) -> None:
        boundary = f"kinetix-{secrets.token_hex(16)}"
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self._on_sent = on_sent
        part = f"--{boundary}\r\nContent-Disposition: form-data; name="
        texts = [f'{part}"{_quoted(name)}"\r\n\r\n{value}\r\n' for name, value in fields.items()]
        self._parts: list[bytes | _OpenFile] = ["".join(texts).encode()]
        with ExitStack() as opened:
            for field, path in files:
                kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
                head = f'{part}"{field}"; filename="{_quoted(path.name)}"\r\nContent-Type: {kind}\r\n\r\n'
                self._parts += [head.encode(), _opened(path, opened), b"\r\n"]
            self._opened = opened.pop_all()
        self._parts.append(f"--{boundary}--\r\n".encode())

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __iter__(self) -> Iterator[bytes]:
        """The body in blocks."""
        at = 0
        for part in self._parts:
            for block in part if isinstance(part, _OpenFile) else (part,):
                yield block
                at += len(block)
                self._on_sent(len(block), at)

    def __enter__(self) -> MultipartBody:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()


def _opened(path: Path, until: ExitStack) -> _OpenFile:
    try:
        return _OpenFile(path.name, until.enter_context(path.open("rb", buffering=0)), path.stat().st_size)
    except OSError as error:
        raise InputError(
            worded("“{clip}” cannot be read.", clip=path.name),
            code="clipNotFound",
            detail=error.strerror or "",
            next_step="Check the path and the file's permissions.",
        ) from error


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
    guard = transport.transfer_guard(cancelled)
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
