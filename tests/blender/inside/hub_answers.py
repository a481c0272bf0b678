"""Made-up answers of the hub: jobs, emotes, a connection, findings, and small pictures."""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path
from typing import Any

# Of the add-on's own copy of the core, whose package has another name in each Blender.
ENUMERATIONS: Any = next(sys.modules[name] for name in sys.modules if name.endswith(".protocol.hub.enumerations"))

ERROR = {
    "code": "sceneCut",
    "title": "The clip contains a cut.",
    "detail": "",
    "nextStep": "Use one uncut shot with a steady camera, or choose the part before or after the cut.",
}
BARE_ERROR = {"code": "x", "title": "No.", "detail": "", "nextStep": ""}
CONNECTION = {
    "profile": "studio",
    "state": "badKey",
    "message": "The service refuses the key.",
    "nextStep": "Enter it again.",
}
CHECKS: list[dict[str, Any]] = [
    {
        "name": "library",
        "state": "warning",
        "text": "1 of 7 emotes have a problem.",
        "nextStep": "Repair the library.",
    }
    | {"remedy": "fix", "command": "kinetix doctor --fix"},
    {"name": "service", "state": "error", "text": "studio: The service refuses the key.", "nextStep": "Enter it again."}
    | {"remedy": "enterKey", "command": "kinetix profile key studio"},
    {"name": "capture", "state": "warning", "text": "The capture models are not on this machine."}
    | {"nextStep": "Install the complete add-on file, which brings them.", "remedy": "install", "command": ""},
    {"name": "database", "state": "error", "text": "malformed", "nextStep": "Restart Kinetix."}
    | {"remedy": "restart", "command": "kinetix hub restart"},
    {"name": "set aside", "state": "warning", "text": "secret was damaged and is kept.", "nextStep": "Delete it."}
    | {"remedy": None, "command": "kinetix local key create"},
    {"name": "disk", "state": "ok", "text": "80.0 GB free", "nextStep": "", "remedy": None, "command": ""},
]
JOB_STATES = tuple(state.value for state in ENUMERATIONS.JobState)
LONG = "A name as long as the one that somebody gave who had much to say about the move"


def png(width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes(colour) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def job(number: int, state: str, **more: Any) -> dict[str, Any]:
    made = {
        "id": f"{state}-{number}",
        "name": f"Job {number}",
        "state": state,
        "status": ENUMERATIONS.status_of(ENUMERATIONS.JobState(state)),
        "percent": 40.0,
        "stage": None,
        "createdAt": f"2999-01-01T00:00:{number:02d}Z",
        "elapsedS": 5.0,
        "remainingS": 7.0,
        "error": None,
        "phone": None,
        "preview": None,
        "retriesLeft": None,
        "emoteId": None,
    }
    return made | more


def emote(number: int, folder: Path, **more: Any) -> dict[str, Any]:
    picture = folder / f"emote-{number % 5}.png"
    if not picture.is_file():
        picture.write_bytes(png(96, 96, (40 * (number % 5), 120, 200 - 30 * (number % 5))))
    made = {
        "id": f"emote-{number}",
        "name": f"Wave {number}",
        "createdAt": f"2026-01-01T00:{number // 60:02d}:{number % 60:02d}Z",
        "durationS": 2.0 + number,
        "fps": 30.0,
        "frames": 61,
        "sha256": str(number),
        "pinned": False,
        "folder": str(folder),
        "files": {"glb": str(folder / "missing.glb"), "thumbnail": str(picture)},
    }
    return made | more
