"""A job: its row in the database and its form in the hub protocol."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import urlsplit

from pydantic import JsonValue, TypeAdapter

from kinetix_core.protocol.hub import models
from kinetix_core.protocol.hub.base_models import ErrorInfo, TemporaryError
from kinetix_core.protocol.hub.enumerations import JobKind, JobStage, JobState, status_of
from kinetix_core.protocol.hub.models import InLine, JobSettings, PhoneLink, Preview
from kinetix_core.values.identity import EmoteId, JobId, ProcessId
from kinetix_core.values.moments import from_epoch_ms, iso
from kinetix_core.values.wording import restored, wording_of
from kinetix_hub.database import Row
from kinetix_hub.jobs.picture_size import picture_size
from kinetix_hub.services.port import ClipForm

# What is kept as JSON goes through these on its way in and out.
_ERROR: TypeAdapter[TemporaryError | ErrorInfo | None] = TypeAdapter(TemporaryError | ErrorInfo | None)
_PREVIEW: TypeAdapter[Preview | None] = TypeAdapter(Preview | None)


def service_name(name: str) -> str:
    """Return the emote's name for the service: 25 characters. The library keeps the whole name."""
    return name[:25].strip() or "Emote"


@lru_cache(maxsize=32)
def _qr_rows(url: str) -> tuple[str, ...]:
    """Return the modules of a QR code with its margin, row by row: `1` is dark."""
    import segno  # only phone jobs need it

    return tuple("".join(map(str, row)) for row in segno.make(url, error="m").matrix_iter(border=3))


def phone_hint(url: str) -> str | None:
    """Return advice to show beside a link for a phone, or None."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if (parts.hostname or "").lower() in {"localhost", "127.0.0.1", "::1"}:
        return (
            "A phone cannot open this link, which leads to this computer alone. "
            "Connect the computer to the phone's Wi-Fi and make the job again; or open the link here."
        )
    if parts.path.startswith("/phone/"):  # the listener of Kinetix Local (docs/local.md)
        if parts.scheme != "https":
            return "The phone must be in the same Wi-Fi as this computer."
        return (
            "The phone must be in the same Wi-Fi as this computer. "
            "Its browser warns once, as the certificate is this computer's own: go on."
        )
    return None


@dataclass
class Token:
    """The right to one upload, stored before it is used: whether it was consumed shows whether the clip arrived.

    Attributes:
        used: the upload began; the service is asked before anything is sent again.
        issued: seconds since the epoch by this machine's clock.
        seen: the user's processes before the upload; none of them can belong to this token.
    """

    uuid: str
    url: str
    expires: str
    issued: float
    used: bool = False
    seen: list[ProcessId] = field(default_factory=list)


_TOKEN: TypeAdapter[Token] = TypeAdapter(Token)


@dataclass
class Job:
    id: JobId
    kind: JobKind
    name: str
    clip: str
    profile: str
    user: str
    settings: JobSettings
    state: JobState = JobState.QUEUED
    process: ProcessId | None = None
    emote: EmoteId | None = None
    token: Token | None = None
    error: TemporaryError | ErrorInfo | None = None
    stage: JobStage = JobStage.NONE
    percent: float | None = None  # None while it waits
    remaining_s: float | None = None
    in_line: InLine | None = None
    retries_left: int | None = None
    preview: Preview | None = None
    hints: list[str] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)
    started: float = 0.0
    created: float = 0.0
    updated: float = 0.0
    ended: float | None = None
    cancel: bool = False
    damaged: int = 0
    lost: bool = False  # its process failed at the service and will never be an emote
    follow_up: bool = False  # begun on a phone after another take, never tried again: removed when nobody films it

    def copy(self) -> Job:
        """Return a copy whose token, parents and hints are copies too."""
        token = None if self.token is None else replace(self.token, seen=[*self.token.seen])
        return replace(self, token=token, parents=[*self.parents], hints=[*self.hints])

    def public(self, now: float) -> models.Job:
        """Return the job for front ends: without keys, and with the token's url only while it is valid."""
        phone = None
        if self.state is JobState.AWAITING_UPLOAD and self.token is not None:
            phone = PhoneLink(
                url=self.token.url,
                expires=self.token.expires,
                qr=list(_qr_rows(self.token.url)),
                hint=phone_hint(self.token.url),
            )
        shown: dict[str, Any] = {name: getattr(self, name) for name in _SHOWN} | {
            "status": status_of(self.state, self.stage),
            "clip": _file_name(self.clip),
            "percent": None if self.percent is None else round(self.percent, 1),
            "remaining_s": None if self.remaining_s is None else round(self.remaining_s, 1),
            # A clock that jumped back must not show a negative time.
            "elapsed_s": round(max(0.0, (self.ended or now) - (self.started or self.created)), 1),
            "created_at": iso(from_epoch_ms(self.created * 1000)),
            "updated_at": iso(from_epoch_ms(self.updated * 1000)),
            "emote_id": self.emote,
            "settings": self.settings.model_copy(update={"views": tuple(map(_file_name, self.settings.views))}),
            "phone": phone,
            "in_line": self.in_line if self.state is JobState.SUBMITTED else None,
        }
        return models.Job(**shown)

    # What has a column of its own is searched or must be unique; the rest is one JSON text.
    COLUMNS = ("id", "kind", "state", "name", "clip", "profile", "user", "process", "emote", "created", "updated")

    def columns(self) -> dict[str, str | float | None]:
        """Return the row in the database."""
        return {**{name: getattr(self, name) for name in self.COLUMNS}, "state": self.state.value, "doc": self._doc()}

    def _doc(self) -> str:
        values = {entry.name: getattr(self, entry.name) for entry in fields(self) if entry.name not in self.COLUMNS}
        kept = {
            "settings": self.settings.as_dict(),
            "token": None if self.token is None else asdict(self.token),
            "error": None if self.error is None else self.error.as_dict(),
            "preview": None if self.preview is None else self.preview.as_dict(),
            "in_line": None,  # shown, not kept
            "wording": wording_of({"hints": self.hints}),
        }
        return json.dumps({**values, **kept}, ensure_ascii=False)

    @classmethod
    def from_row(cls, row: Row) -> Job:
        doc: dict[str, JsonValue] = restored(json.loads(row["doc"]))
        known = {entry.name for entry in fields(cls)}
        token = doc.get("token")
        parsed = {
            "id": JobId(row["id"]),
            "kind": JobKind(row["kind"]),
            "state": JobState(row["state"]),
            "process": None if row["process"] is None else ProcessId(row["process"]),
            "emote": None if row["emote"] is None else EmoteId(row["emote"]),
            "stage": JobStage(str(doc.get("stage") or "")),
            "settings": JobSettings.model_validate(doc["settings"]),
            "error": _ERROR.validate_python(doc.get("error")),
            "preview": _PREVIEW.validate_python(doc.get("preview")),
            "token": None if token is None else _TOKEN.validate_python(token),
        }
        columns = {name: row[name] for name in cls.COLUMNS}
        return cls(**{name: value for name, value in {**doc, **columns, **parsed}.items() if name in known})


_SHOWN = models.Job.model_fields.keys() & {entry.name for entry in fields(Job)}  # to front ends, by the same name


def _file_name(path: str) -> str:
    """Return the file name of a path of any system; front ends see no private folders."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


class JobChanges(TypedDict, total=False):
    """Fields of a job that may change besides its state."""

    kind: JobKind
    name: str
    clip: str
    settings: JobSettings
    process: ProcessId | None
    emote: EmoteId | None
    token: Token | None
    error: TemporaryError | ErrorInfo | None
    stage: JobStage
    percent: float | None
    remaining_s: float | None
    retries_left: int | None
    preview: Preview | None
    hints: list[str]
    parents: list[str]
    started: float
    cancel: bool
    damaged: int
    lost: bool
    follow_up: bool


def clip_form(job: Job, *, local: bool) -> ClipForm:
    """Return the form of the upload; `local` adds the fields that only Kinetix Local has. Raises as `picture_size`."""
    settings, clip = job.settings, Path(job.clip)
    picture = None if settings.crop is None else picture_size(clip)
    fields = settings.to_form(plain=not local, picture=picture)
    return ClipForm(clip, service_name(job.name), fields, tuple(map(Path, settings.views)))


def metadata(job: Job) -> dict[str, str]:
    """Return the token's metadata: the job, the proposed name, and whether the hub asks before accepting."""
    asks = {"asks": "true"} if job.settings.ask_first else {}
    return {"job": job.id, "name": service_name(job.name), **asks}
