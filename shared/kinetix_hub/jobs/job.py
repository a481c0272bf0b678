"""One job: what is kept of it, and the form in which front ends see it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from kinetix_core.moments import from_epoch_ms
from kinetix_hub.jobs.states import JobStage, State

__all__ = ["Job", "Settings", "Token", "iso", "service_name"]

Json = dict[str, Any]


def iso(seconds: float) -> str:
    return from_epoch_ms(seconds * 1000).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def service_name(name: str) -> str:
    """The emote's name as the service takes it: 25 characters; the library keeps the whole."""
    return name[:25].strip() or "Emote"


def phone_hint(url: str) -> str | None:
    """What a person with a phone in the hand should know before opening this link; None when there is nothing."""
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
        warning = (
            " Its browser warns once, as the certificate is this computer's own: go on."
            if parts.scheme == "https"
            else ""
        )
        return f"The phone must be in the same Wi-Fi as this computer.{warning}"
    return None


@dataclass
class Settings:
    """How the clip is captured; a retry uses the same again. Seconds and centimetres.

    Attributes:
        crop: left, top, width and height as fractions of the upright picture.
    """

    mature: bool = False
    heightCm: float | None = None
    trimStart: float = 0.0
    trimEnd: float | None = None
    crop: tuple[float, float, float, float] | None = None
    loop: bool = False
    rootMode: str = "path"


@dataclass
class Token:
    """The right to one upload. It is written down before it is used: whether it was consumed tells whether the clip arrived.

    Attributes:
        used: the upload was begun; from here on the service is asked before anything is sent again.
        issued: seconds since the epoch by this machine's clock.
        seen: uuids of the user's processes before the upload: none of them can be this token's.
    """

    uuid: str
    url: str
    expires: str
    issued: float
    used: bool = False
    seen: list[str] = field(default_factory=list)


@dataclass
class Job:
    id: str
    kind: str
    name: str
    clip: str
    profile: str
    user: str
    settings: Settings
    state: State = State.QUEUED
    process: str | None = None
    emote: str | None = None
    token: Token | None = None
    error: Json | None = None
    stage: JobStage = JobStage.NONE
    percent: float = 0.0
    remaining_s: float | None = None
    retries_left: int | None = None
    preview: Json | None = None
    parents: list[str] = field(default_factory=list)
    started: float = 0.0
    created: float = 0.0
    updated: float = 0.0
    ended: float | None = None
    qr_png: str | None = None
    cancel: bool = False
    damaged: int = 0

    def public(self, now: float) -> Json:
        """The Job of docs/hub-protocol.md. No key, and the token's url only while it can be used."""
        phone = None
        if self.state is State.AWAITING_UPLOAD and self.token is not None:
            phone = {
                "url": self.token.url,
                "expires": self.token.expires,
                "qrPng": self.qr_png,
                "hint": phone_hint(self.token.url),
            }
        return {
            "id": self.id,
            "kind": self.kind,
            "state": str(self.state),
            "name": self.name,
            "clip": self.clip.replace("\\", "/").rsplit("/", 1)[-1],
            "stage": str(self.stage),
            "percent": round(self.percent, 1),
            "remainingS": None if self.remaining_s is None else round(self.remaining_s, 1),
            # A clock that jumped back must not show a negative time.
            "elapsedS": round(max(0.0, (self.ended or now) - (self.started or self.created)), 1),
            "createdAt": iso(self.created),
            "updatedAt": iso(self.updated),
            "profile": self.profile,
            "user": self.user,
            "process": self.process,
            "emoteId": self.emote,
            "retriesLeft": self.retries_left,
            "settings": asdict(self.settings),
            "error": self.error,
            "phone": phone,
            "preview": self.preview,
        }

    # What has a column of its own is searched or must be unique; the rest is one JSON text.
    COLUMNS = ("id", "kind", "state", "name", "clip", "profile", "user", "process", "emote", "created", "updated")

    def doc(self) -> Json:
        return {name: value for name, value in asdict(self).items() if name not in self.COLUMNS}

    @classmethod
    def from_row(cls, row: Any, doc: Json) -> Job:
        known = {name: value for name, value in doc.items() if name in cls.__dataclass_fields__}
        known["settings"] = Settings(**known["settings"])
        if known.get("token"):
            known["token"] = Token(**known["token"])
        columns = {name: row[name] for name in cls.COLUMNS}
        return cls(**{**columns, "state": State(row["state"])}, **known)
