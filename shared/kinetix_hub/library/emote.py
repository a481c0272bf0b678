"""An emote of the library: its row in the index, its sidecar file and its form in the hub protocol."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any

from pydantic import ConfigDict, Field, JsonValue, TypeAdapter

from kinetix_core.io import files
from kinetix_core.protocol.hub import models
from kinetix_core.protocol.hub.base_models import ErrorInfo
from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.errors import InputError
from kinetix_core.values.identity import EmoteId, JobId, Sha256
from kinetix_core.values.moments import from_epoch_ms, iso
from kinetix_hub.database import Row

SIDECAR = "emote.json"
MAX_NAME = 200
_FORMAT = 1
_MAX_SIDECAR = 64 * 1024
_NOT_KEPT = ("folder", "files", "stamp", "problem")  # in the sidecar
_Text = Annotated[str, Field(max_length=4096)]
_Seconds = Annotated[float, Field(ge=0, le=253_402_300_799)]  # up to the year 9999, the last that can be written
_KINDS = {
    ".glb": FileKind.GLB,
    ".png": FileKind.THUMBNAIL,
    ".webp": FileKind.PREVIEW,
    ".gif": FileKind.PREVIEW,
    ".fbx": FileKind.FBX,
    ".bvh": FileKind.BVH,
    ".kinanim": FileKind.KINANIM,
}


@dataclass
class Emote:
    """An emote. `folder` is relative to the library; `files` are names in it.

    A sidecar is validated by these types: it may come from a backup, another machine or a stranger.

    Attributes:
        used, created, deleted: seconds since the epoch; `deleted` is None while the emote is in the library.
        stamp: size and modification time of the GLB when it was last verified as `sha256`.
        group: the same for the emotes of all people of one clip.
        body: the part of the body that it moves.
        evicted: the GLB was deleted to save space; it is fetched again on demand.
        cut_from: the emote of which this is a part; no service has it.
        version_of: the captured emote of which this is a corrected version.
        current_since: when it became the current version, in seconds since the epoch; None for its creation.
    """

    id: EmoteId
    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME)]
    folder: str
    profile: _Text
    user: _Text
    sha256: Sha256
    bytes: Annotated[int, Field(ge=0, lt=2**53)]
    created: _Seconds
    used: _Seconds
    pinned: bool = False
    deleted: _Seconds | None = None
    job: JobId | None = None
    duration_s: _Seconds | None = None
    fps: Annotated[float, Field(ge=0, le=1e6)] | None = None
    frames: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    mature: bool = False
    files: dict[FileKind, str] = field(default_factory=dict)
    stamp: list[int] = field(default_factory=list)
    evicted: bool = False
    problem: ErrorInfo | None = None
    group: Annotated[str, Field(max_length=36)] | None = None
    body: CapturedBody = CapturedBody.WHOLE
    cut_from: EmoteId | None = None
    version_of: EmoteId | None = None
    current_since: _Seconds | None = None

    @property
    def captured(self) -> EmoteId:
        """The id of the captured emote, the same for all its versions."""
        return self.version_of or self.id

    __pydantic_config__ = ConfigDict(strict=True, allow_inf_nan=False)
    COLUMNS = ("id", "name", "folder", "profile", "user", "sha256", "bytes", "pinned", "deleted", "used", "created")

    def public(self, root: Path) -> models.Emote:
        """Return the emote for front ends. `root` is the library's folder."""
        folder = root / self.folder
        shown: dict[str, Any] = {name: getattr(self, name) for name in _SHOWN} | {
            "created_at": iso(from_epoch_ms(self.created * 1000)),
            "folder": str(folder),
            "files": {kind: str(folder / name) for kind, name in self.files.items()},
            "current_since": iso(from_epoch_ms((self.current_since or self.created) * 1000)),
        }
        return models.Emote(**shown)

    def row(self) -> dict[str, str | float | None]:
        """Return its columns in the index; `doc` holds the other fields."""
        values = {name: getattr(self, name) for name in self.COLUMNS}
        doc = {entry.name: getattr(self, entry.name) for entry in fields(self) if entry.name not in self.COLUMNS}
        doc["problem"] = None if self.problem is None else self.problem.as_dict()
        return {**values, "pinned": int(self.pinned), "doc": json.dumps(doc, ensure_ascii=False)}

    @classmethod
    def from_row(cls, row: Row) -> Emote:
        """Read a row of the index. Raises ValueError if it is invalid."""
        doc: dict[str, JsonValue] = json.loads(row["doc"])
        known = {entry.name for entry in fields(cls)}
        named, problem = doc.get("files"), doc.get("problem")
        parsed = {
            "id": EmoteId(row["id"]),
            "sha256": Sha256(row["sha256"]),
            "pinned": bool(row["pinned"]),
            "files": {FileKind(kind): str(name) for kind, name in named.items()} if isinstance(named, dict) else {},
            "problem": None if problem is None else ErrorInfo.model_validate(problem),
            "body": CapturedBody(str(doc.get("body", CapturedBody.WHOLE))),
        }
        columns = {name: row[name] for name in cls.COLUMNS}
        return cls(**{name: value for name, value in {**doc, **columns, **parsed}.items() if name in known})


_EMOTE = TypeAdapter(Emote)
_SHOWN = models.Emote.model_fields.keys() & {entry.name for entry in fields(Emote)}  # to front ends, by the same name


def at_its_service(emote: Emote) -> Emote:
    """Return the emote if its service has it. Raises InputError for one that was cut here."""
    if emote.cut_from is not None:
        raise InputError(
            "This emote was cut on this machine and is not at any service.",
            code="cutHere",
            next_step="Convert its GLB, which is in the library, to other formats.",
            command="kinetix convert",
        )
    return emote


def files_in(folder: Path, known: Mapping[FileKind, str] | None = None) -> dict[FileKind, str]:
    """Return an emote's files in its folder by kind: the known ones, or found by extension after a user renamed them.

    Without `known`, as for a restored folder, every kind is searched for; otherwise other files belong to the user.
    """
    found = {kind: name for kind, name in (known or {}).items() if (folder / name).is_file()}
    for path in sorted(folder.iterdir()):
        kind = _KINDS.get(path.suffix.lower())
        if kind and (known is None or kind in known) and not path.name.startswith(".") and path.is_file():
            found.setdefault(kind, path.name)
    return found


def write_sidecar(folder: Path, emote: Emote, *, durable: bool = True) -> None:
    """Write the sidecar, from which the index can be rebuilt; without paths and keys. `durable` as in `files.write`."""
    kept = {entry.name: getattr(emote, entry.name) for entry in fields(emote) if entry.name not in _NOT_KEPT}
    text = json.dumps({"format": _FORMAT, **kept}, ensure_ascii=False, indent=1)
    files.write(folder / SIDECAR, text, private=True, durable=durable)


def read_sidecar(folder: Path) -> Emote | None:
    """Read the sidecar; None if it is missing, damaged or of a newer version."""
    try:
        with (folder / SIDECAR).open("rb") as file:
            text = file.read(_MAX_SIDECAR + 1)
        if len(text) > _MAX_SIDECAR:
            return None
        found = json.loads(text)
        if not isinstance(found, dict) or found.get("format") != _FORMAT:
            return None
        kept = {name: value for name, value in found.items() if name not in _NOT_KEPT}
        emote = _EMOTE.validate_json(json.dumps({**kept, "folder": folder.name}))
        emote.files = files_in(folder)
        return emote
    except (OSError, ValueError, RecursionError):
        return None
