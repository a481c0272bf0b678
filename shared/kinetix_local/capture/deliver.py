"""One clip in, every file of the emote out. What the service calls (contract.py)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kinetix_core import paths
from kinetix_core.formats import glb
from kinetix_core.motion.motion import Motion
from kinetix_local.capture import take
from kinetix_local.capture.contract import CaptureRequest, Delivery, Report

__all__ = ["deliver"]

Writer = Callable[[Motion], bytes]

_FILES: dict[str, Writer] = {
    "animation-v2.glb": lambda motion: glb.write_emote(motion, naming="generic"),
    "animation.glb": lambda motion: glb.write_emote(motion, naming="legacy"),
}


def deliver(request: CaptureRequest, report: Report) -> Delivery:
    """Captures a clip and writes the emote's files.

    Raises:
        CaptureRejected: the clip cannot become an emote; it says what to film instead.
        KinetixError: the models are missing, or a file could not be written.
        Exception: whatever `report` raises, within a second.
    """
    clip, meter = take.prepare(request, report)
    found = take.capture(request, clip, meter)
    motion = found.motion
    quality: dict[str, object] = {}
    files: dict[str, Path] = {}
    for count, (name, write) in enumerate(_FILES.items()):
        meter.at("write", count / len(_FILES))
        files[name] = _put(request.out_dir / name, write(motion))
    meter.at("write", 1.0)
    return Delivery(files, motion.duration, {}, quality)


def _put(path: Path, data: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(data)
    paths.replace(temporary, path)
    return path
