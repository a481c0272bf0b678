"""The queue of a service on another machine (api/workers.py). Calls go out to it only; the token goes nowhere else."""

from __future__ import annotations

import contextlib
import errno
import logging
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from kinetix_capture.interface import OBSERVATIONS, CaptureRejected, Delivery
from kinetix_capture.quality_model import QualityReport
from kinetix_core.io import files
from kinetix_core.io.untrusted_json import read_json
from kinetix_core.protocol.corrections import CorrectionError
from kinetix_core.values.errors import KinetixError, mask
from kinetix_local.queue.interface import FailedStep, Job, LeaseLost
from kinetix_local.store.queue.captures import Lease, Live
from kinetix_studio.machines.machine import Statement
from kinetix_studio.machines.remote_job import (
    RemoteBeat,
    RemoteDelivery,
    RemoteEmote,
    RemoteFailure,
    RemoteFile,
    RemoteJob,
    RemoteUpload,
)

_TIMEOUT_S = (10.0, 60.0)  # to connect, and without a byte
_PIECE = 1 << 20
_AT_ONCE = 4  # files of results
_FULL = (errno.ENOSPC, errno.EDQUOT)
_MOST_ANSWER = 4 << 20
_AWAY = frozenset({408, 425, 429, 500, 502, 503, 504})
_NOT_US = frozenset({301, 302, 303, 307, 308, 401, 403, 409})
_LOG = logging.getLogger(__name__)
_CLOSED_S = 600.0
_QUERY = re.compile(r"\?[^\s'\")]*")


class Refused(KinetixError):
    """The service wants nothing of this machine, or there is none. It is of no use to ask again."""


class NoRoom(KinetixError):
    """This machine cannot capture any more. Another one can, so the clip is given back."""


class _Away(Exception):
    """The service did not answer, or could not just now."""


class RemoteQueue:
    """`url` of the service. `session` of the worker's name is new with each, so that a former one of this machine is another.

    Who captures under the lease of another process of the same machine names that one's `session`.
    """

    beat_s = 1.0

    def __init__(self, url: str, token: str, statement: Statement, session: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._statement = statement
        self._token = token
        self.session = session or secrets.token_hex(8)
        self._own = threading.local()
        self._senders = ThreadPoolExecutor(_AT_ONCE, "send")
        self._storage = _DirectLine()
        self._direct = False

    def begin(self) -> None:
        self._post("join", self._statement.model_dump())

    def take(self, folder: Path) -> Job | None:
        job = self.lease()
        return None if job is None else self.fetch(job, folder)

    def lease(self) -> RemoteJob | None:
        """`take` without the files."""
        answer = self._post("next", self._statement.model_dump())
        return None if answer is None else RemoteJob.model_validate(answer)

    def lease_of(self, job: RemoteJob) -> Lease:
        return Lease(job.process, job.attempt, self.session)

    def fetch(self, job: RemoteJob, folder: Path) -> Job | None:
        """Return the leased job with its files in a new folder below `folder`, or None if the lease was lost meanwhile."""
        lease = self.lease_of(job)
        place = folder / f"{secrets.token_hex(4)}-{job.attempt}"
        inputs, out_dir = place / "in", place / "out"
        try:
            for created in (inputs, out_dir):
                created.mkdir(parents=True)
            for file in job.files:
                self._fetch(lease, file, inputs / Path(file.name).name)
            self._direct = job.direct
        except LeaseLost:
            shutil.rmtree(place, ignore_errors=True)
            return None
        except OSError as error:
            shutil.rmtree(place, ignore_errors=True)
            self.give_back([lease])
            raise self.fault(error) or error from error
        except BaseException:
            # Somebody's clip, or half of it, which nobody else would remove: the next try has a folder of its own.
            shutil.rmtree(place, ignore_errors=True)
            raise
        return Job(lease, job.capture_request(inputs, out_dir), job.crop_pixels, place)

    def beat(self, lease: Lease, progress: Live | None) -> None:
        state = RemoteBeat()
        if progress is not None:
            state = RemoteBeat(
                stage=progress.stage,
                percent=progress.percent,
                remaining_s=None if progress.remaining_s is None else min(progress.remaining_s, 86_400),
                elapsed_s=min(progress.elapsed_s, 86_400),
            )
        self._post(f"{_path(lease)}/beat", state.model_dump(mode="json"))

    def deliver(self, job: Job, delivery: Delivery) -> None:
        emotes = (delivery, *delivery.others)
        names: dict[Path, str] = {}
        for one in emotes:
            names |= {Path(path): name for name, path in one.files.items()}
            for avatar, mapping in one.avatars.items():
                names |= {Path(path): f"{avatar}/{name}" for name, path in mapping.items()}
            if one.observations is not None:
                names[Path(one.observations)] = OBSERVATIONS
        blobs = self._send_all(job, names)

        def named(mapping: Mapping[str, Path]) -> dict[str, str]:
            return {name: blobs[Path(path)] for name, path in mapping.items()}

        def emote(one: Delivery) -> dict[str, Any]:
            return {
                "files": named(one.files),
                "avatars": {avatar: named(mapping) for avatar, mapping in one.avatars.items()},
                "duration_s": one.duration_s,
                "quality": QualityReport.model_validate(one.quality),
                "observations": None if one.observations is None else blobs[Path(one.observations)],
            }

        message = RemoteDelivery(
            **emote(delivery),
            others=[RemoteEmote(**emote(one)) for one in delivery.others],
        )
        self._post(f"{_path(job.lease)}/deliver", message.model_dump(mode="json"))

    def fail(self, lease: Lease, step: FailedStep, error: KinetixError) -> None:
        message = RemoteFailure(
            step=step,
            reason=error.reason if isinstance(error, CaptureRejected) else None,
            code=error.code,
            title=error.title[:2000],
            detail=error.detail[:2000],
            next_step=error.next_step[:2000],
            wording=error.as_dict().get("wording", {}),
            correction=error.correction if isinstance(error, CorrectionError) else "",
        )
        self._post(f"{_path(lease)}/fail", message.model_dump(mode="json"))

    def died(self, lease: Lease) -> None:
        self._post(f"{_path(lease)}/died", None)

    def give_back(self, leases: list[Lease]) -> None:
        for lease in leases:
            self._post(f"{_path(lease)}/give-back", None)

    def fault(self, error: Exception) -> Exception | None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return NoRoom(
                "This machine's disk is full.",
                code="diskFull",
                detail=error.strerror or "",
                next_step="Free some space, then start it again; its clip is captured by another machine.",
            )
        return error if isinstance(error, (NoRoom, Refused)) else None

    def is_away(self, error: BaseException) -> bool:
        return isinstance(error, _Away)

    def _post(self, path: str, message: Any) -> Any:
        return self._call("POST", f"{self.url}/_local/workers/{self.session}/{path}", json=message)

    def _send_all(self, job: Job, names: Mapping[Path, str]) -> dict[Path, str]:
        """The blob of each file. Several go at once: the service waits for its disk with each."""
        lease, folder = job.lease, job.request.out_dir
        sent = {path: self._senders.submit(self._send, lease, name, folder / path) for path, name in names.items()}
        try:
            return {path: one.result() for path, one in sent.items()}
        finally:
            for one in sent.values():
                one.cancel()
            wait(sent.values())  # the files may go from here on

    def _send(self, lease: Lease, name: str, path: Path) -> str:
        address = f"{self.url}/_local/workers/{self.session}/{_path(lease)}/results/{name}"
        if self._direct and self._storage.is_open():
            place = RemoteUpload.model_validate(self._post(f"{_path(lease)}/uploads", None))
            if self._storage.carries(lambda: self._put(place.link, path)):
                return str(self._call("PUT", f"{address}?staged={place.staged}")["blob"])
        return str(self._put(address, path)["blob"])

    def _put(self, address: str, path: Path) -> Any:
        # With nothing in it the body would be sent in chunks, which a storage refuses.
        with path.open("rb") as file:
            return self._call("PUT", address, data=file if path.stat().st_size else b"")

    def _fetch(self, lease: Lease, file: RemoteFile, target: Path) -> None:
        """From the storage itself, where the service gives a link and it leads there. Raises as `_load`."""
        direct = file.direct
        if direct is None or not self._storage.carries(lambda: self._load(lease, direct, target, file.bytes)):
            target.unlink(missing_ok=True)
            self._load(lease, file.link, target, file.bytes)

    def _load(self, lease: Lease, link: str, target: Path, size: int) -> None:
        """Tell meanwhile that this worker lives: a clip may take longer than it may be silent.

        Raises:
            LeaseLost: it was cancelled, or took too long all the same.
            OSError: the disk is full.
        """
        address = urljoin(f"{self.url}/", link)
        left, told = size, time.monotonic()
        with (
            self._answer("GET", address) as answer,
            files.open_new(target) as file,
        ):
            try:
                for piece in answer.iter_content(_PIECE):
                    left -= file.write(piece)
                    if left < 0:
                        break
                    if time.monotonic() - told >= self.beat_s:
                        with contextlib.suppress(_Away):
                            self.beat(lease, None)
                        told = time.monotonic()
            except requests.RequestException as error:
                raise _Away(_without_query(str(error))) from error
        if left:
            raise _Away(f"{target.name} did not come in whole")

    def _call(self, method: str, address: str, **options: Any) -> Any:
        with self._answer(method, address, **options) as answer:
            try:
                body = answer.raw.read(_MOST_ANSWER, decode_content=True)
            except (OSError, urllib3.exceptions.HTTPError) as error:
                raise _Away(str(error)) from error
            if answer.status_code == 204 or not body:
                return None
            try:
                return read_json(body)
            except ValueError as error:
                raise Refused(
                    "This is no Kinetix Local.",
                    code="workerRefused",
                    detail=self.url,
                    next_step="Check the address.",
                ) from error

    def _answer(self, method: str, address: str, **options: Any) -> requests.Response:
        """An answer that is no refusal. Raises LeaseLost, Refused, or what `is_away` knows."""
        ours = urlsplit(address)[:2] == urlsplit(self.url)[:2]
        headers = {"authorization": f"Bearer {self._token}"} if ours else {}
        try:
            answer = self._http().request(
                method, address, headers=headers, timeout=_TIMEOUT_S, stream=True, allow_redirects=False, **options
            )
        except (requests.RequestException, OSError) as error:
            raise _Away(_without_query(str(error))) from error
        if answer.ok and not answer.is_redirect:
            return answer
        with answer:
            if answer.status_code == 410:
                raise LeaseLost
            if answer.status_code in _AWAY:
                raise _Away(f"{method} {_without_query(address)}: {answer.status_code}")
            raise _refusal(answer)  # of this machine, or of what it sent

    def _http(self) -> requests.Session:
        """Connections that are kept, for this thread alone."""
        if not hasattr(self._own, "session"):
            self._own.session = requests.Session()
        session: requests.Session = self._own.session
        return session


def _path(lease: Lease) -> str:
    return f"captures/{lease.process}/{lease.attempt}"


def _refusal(answer: requests.Response) -> KinetixError:
    """Return the service's refusal of this machine or of its data as an error."""
    try:
        said = answer.json()["error"]
        title, detail, next_step = (str(said.get(name, "")) for name in ("title", "detail", "nextStep"))
    except (ValueError, KeyError, TypeError, AttributeError):
        title, detail, next_step = "The service refuses this machine.", f"It answered {answer.status_code}.", ""
    if answer.status_code in _NOT_US or answer.url.endswith("/join"):
        next_step = next_step or "Check the address and the token."
        return Refused(title, code="workerRefused", detail=detail, next_step=next_step)
    return KinetixError(
        title, code="resultRefused", detail=detail, next_step=next_step or "Update both to one version."
    )


def _without_query(text: str) -> str:
    """A presigned link is a key as long as it lives; no log may have it."""
    return _QUERY.sub("", text)


class _DirectLine:
    """The way between this machine and the storage itself; where it does not lead there, the service carries the files.

    Closed for ten minutes after something did not get through: a storage that a machine cannot reach costs seconds a file."""

    def __init__(self) -> None:
        self._closed = float("-inf")

    def is_open(self) -> bool:
        return time.monotonic() - self._closed > _CLOSED_S

    def carries(self, transfer: Callable[[], object]) -> bool:
        """Return whether the file got through. Raises LeaseLost, or OSError if this machine's disk is full."""
        if not self.is_open():
            return False
        try:
            transfer()
        except (LeaseLost, OSError):
            raise
        except Exception as error:  # noqa: BLE001 - whatever stands in the way, there is another one
            self._closed = time.monotonic()
            said = f"{error} {getattr(error, 'detail', '')}"
            _LOG.warning(
                "the storage cannot be reached directly; the service carries the files: %s", mask(_without_query(said))
            )
            return False
        return True
