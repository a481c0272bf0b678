"""One emote of the library: what the index keeps of it and the sidecar that lies beside its files."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kinetix_core import files
from kinetix_hub.jobs.job import iso

__all__ = ["SIDECAR", "Emote", "files_in", "read_sidecar", "write_sidecar"]

Json = dict[str, Any]
SIDECAR = "emote.json"
_FORMAT = 1
_KINDS = {
    ".glb": "glb",
    ".png": "thumbnail",
    ".webp": "preview",
    ".gif": "preview",
    ".fbx": "fbx",
    ".bvh": "bvh",
    ".kinanim": "kinanim",
}


@dataclass
class Emote:
    """`folder` is relative to the library; `files` maps kinds (glb, thumbnail, preview, fbx, bvh, kinanim) to names in it.

    Attributes:
        used, created, deleted: seconds since the epoch; `deleted` None while the emote is in the library.
        stamp: size and modification time of the GLB when it was last known to be `sha256`.
        evicted: the GLB was given up for space; it is fetched again when somebody asks for it.
    """

    id: str
    name: str
    folder: str
    profile: str
    user: str
    sha256: str
    bytes: int
    created: float
    used: float
    pinned: bool = False
    deleted: float | None = None
    job: str | None = None
    duration_s: float | None = None
    fps: float | None = None
    frames: int | None = None
    mature: bool = False
    files: dict[str, str] = field(default_factory=dict)
    stamp: list[int] = field(default_factory=list)
    evicted: bool = False
    problem: Json | None = None

    COLUMNS = ("id", "name", "folder", "profile", "user", "sha256", "bytes", "pinned", "deleted", "used", "created")

    def public(self, root: Path) -> Json:
        """The Emote of docs/hub-protocol.md."""
        folder = root / self.folder
        return {
            "id": self.id,
            "name": self.name,
            "durationS": self.duration_s,
            "fps": self.fps,
            "frames": self.frames,
            "mature": self.mature,
            "pinned": self.pinned,
            "createdAt": iso(self.created),
            "profile": self.profile,
            "user": self.user,
            "job": self.job,
            "folder": str(folder),
            "files": {kind: str(folder / name) for kind, name in self.files.items()},
            "sha256": self.sha256,
            "bytes": self.bytes,
            "evicted": self.evicted,
            "problem": self.problem,
        }

    def doc(self) -> Json:
        return {name: value for name, value in asdict(self).items() if name not in self.COLUMNS}

    def row(self) -> Json:
        values = {name: getattr(self, name) for name in self.COLUMNS}
        return {**values, "pinned": int(self.pinned), "doc": json.dumps(self.doc(), ensure_ascii=False)}

    @classmethod
    def from_row(cls, row: Any) -> Emote:
        columns = {name: row[name] for name in cls.COLUMNS}
        doc = {name: value for name, value in json.loads(row["doc"]).items() if name in cls.__dataclass_fields__}
        return cls(**{**columns, "pinned": bool(row["pinned"])}, **doc)


def files_in(folder: Path) -> dict[str, str]:
    """What lies in an emote's folder, found by extension: a person may have renamed the files."""
    found: dict[str, str] = {}
    for path in sorted(folder.iterdir()):
        kind = _KINDS.get(path.suffix.lower())
        if kind and not path.name.startswith(".") and path.is_file():
            found.setdefault(kind, path.name)
    return found


def write_sidecar(folder: Path, emote: Emote) -> None:
    """Everything that the index needs to be built again; no path and no key."""
    kept = {name: value for name, value in asdict(emote).items() if name not in ("folder", "files", "stamp", "problem")}
    files.write(folder / SIDECAR, json.dumps({"format": _FORMAT, **kept}, ensure_ascii=False, indent=1), private=True)


def read_sidecar(folder: Path) -> Emote | None:
    """None when there is no sidecar, or it is damaged, or a newer version wrote it."""
    try:
        found = json.loads((folder / SIDECAR).read_text(encoding="utf-8"))
        if not isinstance(found, dict) or found.get("format") != _FORMAT:
            return None
        known = {name: value for name, value in found.items() if name in Emote.__dataclass_fields__}
        emote = Emote(**{**known, "folder": folder.name, "files": files_in(folder), "stamp": []})
        sane = all(isinstance(value, str) for value in (emote.id, emote.name, emote.profile, emote.user, emote.sha256))
        return emote if sane and isinstance(emote.created, (int, float)) else None
    except (OSError, ValueError, TypeError):
        return None
