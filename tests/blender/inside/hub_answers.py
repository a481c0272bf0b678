"""Made-up answers of the hub: jobs, emotes, a connection, findings, and small pictures."""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path
from typing import Any

# Of the add-on's own copy of the core, whose package has another name in each Blender.
ENUMERATIONS: Any = next(sys.modules[name] for name in sys.modules if name.endswith(".protocol.hub.enumerations"))

NEXT_STEP = "Use one uncut shot with a steady camera, or choose the part before or after the cut."
ERROR = {"code": "sceneCut", "title": "The clip contains a cut.", "detail": "", "nextStep": NEXT_STEP}
BARE_ERROR = {"code": "x", "title": "No.", "detail": "", "nextStep": ""}
REFUSES = "The service refuses the key."
CONNECTION = {"profile": "studio", "state": "badKey", "message": REFUSES, "nextStep": "Enter it again."}
CHECKS: list[dict[str, Any]] = [
    dict(zip(("name", "state", "text", "nextStep", "remedy", "command"), values, strict=True))
    for values in (
        ("library", "warning", "1 of 7 emotes have a problem.", "Repair it.", "fix", "kinetix doctor --fix"),
        ("service", "error", f"studio: {REFUSES}", "Enter it again.", "enterKey", "kinetix profile key studio"),
        ("capture", "warning", "The capture models are not here.", "Install the complete file.", "install", ""),
        ("database", "error", "malformed", "Restart Kinetix.", "restart", "kinetix hub restart"),
        ("set aside", "warning", "secret was damaged and is kept.", "Delete it.", None, "kinetix local key create"),
        ("disk", "ok", "80.0 GB free", "", None, ""),
    )
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
    status = ENUMERATIONS.status_of(ENUMERATIONS.JobState(state))
    made = dict.fromkeys(("stage", "error", "phone", "preview", "retriesLeft", "emoteId"))
    made |= {"id": f"{state}-{number}", "name": f"Job {number}", "state": state, "status": status}
    made |= {"createdAt": f"2999-01-01T00:00:{number:02d}Z", "percent": 40.0, "elapsedS": 5.0, "remainingS": 7.0}
    return made | more


def emote(number: int, folder: Path, **more: Any) -> dict[str, Any]:
    picture = folder / f"emote-{number % 5}.png"
    if not picture.is_file():
        picture.write_bytes(png(96, 96, (40 * (number % 5), 120, 200 - 30 * (number % 5))))
    made = {"id": f"emote-{number}", "name": f"Wave {number}", "sha256": str(number), "pinned": False}
    made |= {"createdAt": f"2026-01-01T00:{number // 60:02d}:{number % 60:02d}Z", "folder": str(folder)}
    made |= {"durationS": 2.0 + number, "fps": 30.0, "frames": 61}
    made["files"] = {"glb": str(folder / "missing.glb"), "thumbnail": str(picture)}
    return made | more
