"""Clips, jobs and the sync target of the tests with windows."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

from tests.godot.editor import Editor
from tests.support import tools

__all__ = ["cancel_jobs", "create", "last_job", "new_clip", "target_id"]

_numbers = count(1)


def new_clip(root: Path, name: str = "", tail: bytes = b"") -> Path:
    """Write a clip; the stand-in for the capture finds in the `tail` what the clip shows."""
    path = root / (name or f"clip{next(_numbers)}.mp4")
    box = (8 + len(tail)).to_bytes(4, "big") + b"free" + tail if tail else b""
    path.write_bytes((tools.ROOT / "samples/balance.mp4").read_bytes() + box)
    return path


def create(stage: Editor, name: str) -> dict[str, Any]:
    """Create the job of this name and wait for the empty form."""
    stage.click("part('CreateFromClip')", lambda: last_job(stage)["name"] == name, "the job")
    stage.until("part('Clip').text.is_empty()")
    return last_job(stage)


def last_job(stage: Editor) -> dict[str, Any]:
    jobs = stage.call("GET", "/v1/snapshot")["jobs"]
    return max(jobs, key=lambda job: job["createdAt"], default={"state": "none", "name": ""})


def cancel_jobs(stage: Editor) -> None:
    for job in stage.call("GET", "/v1/snapshot")["jobs"]:
        if job["state"] not in {"delivered", "failed", "cancelled", "rejected"}:
            stage.call("POST", f"/v1/jobs/{job['id']}/cancel", {})


def target_id(stage: Editor) -> str:
    """Return the project's sync target, created on first use."""
    found = stage.call("GET", "/v1/sync/targets")["targets"]
    return str(found[0]["id"]) if found else stage.follow("emotes", "library")
