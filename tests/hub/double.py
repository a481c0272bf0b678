"""A scripted Kinetix service inside the test: it keeps books as the real one does and fails when it is told to."""

from __future__ import annotations

import contextlib
import json
import struct
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kinetix_core.protocol.hub.enumerations import ENDED, FileKind, JobStage, JobState
from kinetix_core.protocol.hub.models import Emote, InLine, Job, JobSettings
from kinetix_core.sync_service import HubContext
from kinetix_core.values.clip_length import API_LENGTH, ClipLength
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.failure import ProcessStatus
from kinetix_core.values.identity import EmoteId, Extension, ProcessId, TokenId
from kinetix_hub.hub import Hub
from kinetix_hub.jobs.rhythm import BackOff, back_off
from kinetix_hub.library.index import Index
from kinetix_hub.library.library import Library
from kinetix_hub.services.port import (
    Cancelled,
    ClipForm,
    EmoteInfo,
    FileInfo,
    ProcessInfo,
    Report,
    Temporary,
    TokenInfo,
    TokenSpent,
)
from kinetix_hub.sync_host import LoadSync
from tests.support.waiting import LIMIT_S, until

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 2, 2) + bytes(40)


def glb(seed: int = 0, frames: int = 31) -> bytes:
    """A small GLB with one animation of one second; `seed` makes its bytes differ."""
    data = struct.pack("<2f", 0.0, 1.0) + bytes([seed % 256]) * 24
    document = {
        "asset": {"version": "2.0", "generator": f"test {seed}"},
        "buffers": [{"byteLength": len(data)}],
        "bufferViews": [{"buffer": 0, "byteOffset": 0, "byteLength": 8}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": frames, "type": "SCALAR", "min": [0.0], "max": [1.0]}
        ],
        "animations": [{"channels": [], "samplers": [{"input": 0, "output": 0}]}],
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    whole = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(data), 0x004E4942) + data
    return b"glTF" + struct.pack("<II", 2, 12 + len(whole)) + whole


@dataclass
class Double:
    """A ServicePort. `fail[name]` is a list of errors that the next calls of that method raise, one each (None lets one pass).

    Attributes:
        uploads: tokens that came with a clip, in order: what the world must never see twice.
        looks: how often a process is still running before it is done.
        validation: retakes allowed, None when the world has no validation.
        in_line: every process waits so, while this is set.
        lose_answer: the next upload arrives, but its answer does not.
    """

    looks: int = 1
    validation: int | None = None
    lose_answer: bool = False
    echo: bool = True
    in_line: InLine | None = None
    thumbnail: bytes = PNG
    fail: dict[str, list[Exception | None]] = field(default_factory=dict)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    forms: list[Mapping[str, str]] = field(default_factory=list)
    views: list[tuple[Path, ...]] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    rows: dict[str, ProcessInfo] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    bags: dict[str, list[str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    during_upload: Callable[[Callable[[], bool]], object] = lambda cancelled: None
    during_download: Callable[[Callable[[], bool]], object] = lambda cancelled: None

    def _call(self, name: str) -> None:
        self.calls.append(name)
        planned = self.fail.get(name)
        error = planned.pop(0) if planned else None
        if error is not None:
            raise error

    def clip_length(self) -> ClipLength:
        self._call("clip_length")
        return API_LENGTH

    def world(self) -> str:
        return "Test"

    def close(self) -> None:
        self.calls.append("close")

    def ensure_user(self, user: str) -> None:
        self._call("ensure_user")

    def max_retries(self) -> int | None:
        return self.validation

    def let_phones_in(self) -> None:
        self._call("let_phones_in")

    def new_token(self, user: str, metadata: Mapping[str, str]) -> TokenInfo:
        self._call("new_token")
        return self._token(user, dict(metadata), 0)

    def _token(self, user: str, metadata: dict[str, Any], parents: int) -> TokenInfo:
        token = str(uuid.uuid4())
        self.tokens[token] = {"user": user, "metadata": metadata, "parents": parents}
        return TokenInfo(TokenId(token), f"http://127.0.0.1:9/?token={token}", "2026-01-01T00:00:00Z")

    def token_life(self, token: str) -> float:
        self._call("token_life")
        return float(self.tokens[token].get("life", 300.0)) if token in self.tokens else 0.0

    def upload(self, token: str, clip: ClipForm, progress: Report, cancelled: Callable[[], bool]) -> ProcessId:
        self._call("upload")
        self.forms.append(clip.fields)
        self.views.append(clip.views)
        given = self.tokens.pop(token, None)
        if given is None:
            raise TokenSpent("used", code="wrongToken", next_step="")
        progress(1, 2, 0.1)
        self.during_upload(cancelled)
        if cancelled():
            self.tokens[token] = given
            raise Cancelled
        found = self.arrive(token, given, clip.name)
        if self.lose_answer:
            self.lose_answer = False
            raise Temporary(KinetixError("The connection was cut.", code="offline", next_step=""))
        return found

    def receive(self, name: str = "Balance") -> str:
        """Take in a clip that comes by the only open token; return the token."""
        ((token, given),) = self.tokens.items()
        del self.tokens[token]
        self.arrive(token, given, name)
        return token

    def arrive(self, token: str, given: dict[str, Any], name: str) -> ProcessId:
        """Handle an upload as the service does."""
        self.uploads.append(token)
        process, emote = ProcessId(str(uuid.uuid4())), str(uuid.uuid4())
        metadata = given["metadata"] if self.echo else {}
        self.files[emote] = glb(len(self.uploads))
        info = ProcessInfo(
            process,
            name,
            ProcessStatus.PROCESSING,
            JobStage.CAPTURE,
            50.0,
            1.0,
            EmoteId(emote),
            parents=given["parents"],
            metadata=metadata,
        )
        self.rows[process] = info
        return process

    def process(self, uuid: str) -> ProcessInfo:
        self._call("process")
        self.seen[uuid] = self.seen.get(uuid, 0) + 1
        row = self.rows[uuid]
        if self.in_line is not None:
            return replace(row, status=ProcessStatus.PENDING, stage=JobStage.WAITING, in_line=self.in_line)
        if row.status is ProcessStatus.PROCESSING and self.seen[uuid] > self.looks:
            row = self.rows[uuid] = replace(row, status=ProcessStatus.DONE, percent=100.0)
        return row

    def processes(self, user: str) -> list[ProcessInfo]:
        self._call("processes")
        return list(self.rows.values())[::-1]  # newest first

    def end(self, uuid: str, status: ProcessStatus, failure: KinetixError | None = None) -> None:
        self.rows[uuid] = replace(self.rows[uuid], status=status, failure=failure)

    def validate(self, process: str) -> None:
        self._call("validate")
        self.end(process, ProcessStatus.VALIDATED)

    def retake(self, process: str) -> TokenInfo:
        self._call("retake")
        self.end(process, ProcessStatus.REJECTED)
        row = self.rows[process]
        return self._token("player-1", dict(row.metadata), row.parents + 1)

    def emote(self, uuid: str) -> EmoteInfo:
        self._call("emote")
        files = (
            FileInfo("animation-v2", Extension("glb"), f"/files/{uuid}.glb"),
            FileInfo("thumbnail", Extension("png"), f"/files/{uuid}.png"),
            FileInfo("animation-v2", Extension("bvh"), f"/files/{uuid}.bvh"),
        )
        named = next((row.name for row in self.rows.values() if row.emote == uuid), "From the bag")
        return EmoteInfo(EmoteId(uuid), named, False, 1.0, "", files)

    def bag(self, user: str) -> list[EmoteInfo]:
        return [self.emote(found) for found in self.bags.get(user, [])]

    def rename(self, user: str, emote: str, name: str) -> None:
        self._call("rename")

    def give(self, user: str, emote: str) -> None:
        self._call("give")
        self.bags.setdefault(user, []).append(emote)

    def take(self, user: str, emote: str, reason: str) -> None:
        self._call("take")

    def download(
        self, url: str, target: Path, *, extension: str, progress: Report, cancelled: Callable[[], bool]
    ) -> None:
        self._call("download")
        name = Path(url).stem
        data = {"png": self.thumbnail, "bvh": b"HIERARCHY\n"}.get(extension) or self.files.get(name) or glb()
        self.during_download(cancelled)
        if cancelled():
            raise Cancelled
        target.write_bytes(data)


class Stuck:
    """A transfer that ends only when it is cancelled."""

    def __init__(self) -> None:
        self.begun = threading.Event()

    def __call__(self, cancelled: Callable[[], bool]) -> None:
        self.begun.set()
        until(cancelled)


def temporary(title: str = "The server cannot be reached.", retry_after: float | None = None) -> Temporary:
    return Temporary(KinetixError(title, code="offline", next_step="Wait."), retry_after)


def no_sync(context: HubContext) -> None:
    """A hub without a sync."""


def no_keyring(*words: str) -> None:
    """A keyring that holds nothing."""


@contextlib.contextmanager
def hub_with(
    double: Double, home: Path, *, start: bool = True, sync: LoadSync = no_sync, back_off: BackOff = back_off
) -> Iterator[Hub]:
    """Run a hub in this process with the double as the service of every profile. Its start is complete."""
    hub = Hub(home, "test", service=lambda profile: double, sync=sync, ask_keyring=no_keyring, back_off=back_off)
    try:
        if start:
            hub.start()
            hub.warming.join(LIMIT_S)
        yield hub
    finally:
        hub.stop()
        until(lambda: not hub.runner.busy())  # a stop waits for a transfer's end, but not for long


def clip_in(folder: Path, name: str = "clip.mp4") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    clip = folder / name
    if not clip.exists():
        clip.write_bytes(b"a clip")
    return clip


def create(hub: Hub, name: str = "Balance", settings: JobSettings | None = None, profile: str | None = None) -> str:
    """Ask for an emote of a clip beside the hub's home; return the job's id."""
    clip = clip_in(hub.home.parent)
    return hub.commands.create(str(clip), name, settings or JobSettings(), profile, None).id


def delivered(hub: Hub, name: str = "Balance") -> Emote:
    """Make an emote by a job and return it as front ends see it."""
    job = wait_state(hub, create(hub, name))
    assert job.state is JobState.DELIVERED and job.emote_id, job
    return hub.library.index.get(job.emote_id).public(hub.library.root)


def library_of(hub: Hub, index: Index) -> Library:
    """The hub's library as it is seen through another index."""
    return Library(hub.library.root, index, lambda change, emote: None)


def glb_of(hub: Hub, emote: str) -> Path:
    return Path(hub.library.index.get(emote).public(hub.library.root).files[FileKind.GLB])


def wait_state(hub: Hub, job: str, *states: str) -> Job:
    """The job once it is in one of these states (an ended one by default), and what follows an end is done as well."""
    wanted = set(states) or {str(state) for state in ENDED}

    def there() -> Job | None:
        found = hub.store.public(job)
        is_over = found.state in wanted and not (found.state in ENDED and job in hub.runner._busy)
        return found if is_over else None

    found = until(there, lambda: f"{job} is {hub.store.public(job)}, wanted {wanted}", pause_s=0.01)
    assert found is not None
    return found
