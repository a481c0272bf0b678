"""The life of a process as data: its steps, what group a client sees, and which webhook a step sends."""

from __future__ import annotations

PREPARING = ("initialized", "transcode_done", "requesting_ml", "waiting_scheduler", "waiting_runner")
_WORKING = ("ml_running", "ml_done", "rendering")
FINISHED = ("render_done", "done")
_FAILED = ("transcode_failed", "ml_request_failed", "ml_failed", "render_failed", "association_failed")

ALIVE = (*PREPARING, *_WORKING)
"""Steps of a process that still has work to do. Unless it is rejected it has a row among the captures."""

GROUPS = ("pending", "processing", "done", "failed", "validated", "rejected")

_GROUP_OF = (
    dict.fromkeys(PREPARING, "pending")
    | dict.fromkeys(("ml_running", "ml_done"), "processing")
    | dict.fromkeys(FINISHED, "done")
    | dict.fromkeys(_FAILED, "failed")
    | {"validated": "validated", "rejected": "rejected"}
)

_WEBHOOK_OF = (
    {"initialized": "baking", "ml_running": "processing", "done": "done", "ml_request_failed": "error"}
    | dict.fromkeys(("transcode_failed", "ml_failed", "render_failed", "association_failed"), "error")
    | {"validated": "validated", "rejected": "rejected"}
)


def known_group(step: str) -> str | None:
    """Return None for a step that the published server does not know, `rendering` among them: none of its filters meets it."""
    return _GROUP_OF.get(step)


def group(step: str) -> str:
    """Steps that nobody knows count as work in progress."""
    return _GROUP_OF.get(step, "processing")


def status(step: str, validated: bool, rejected: bool) -> str:
    """Return the status for lists: the player's decision takes precedence over the step."""
    return "validated" if validated else "rejected" if rejected else group(step)


def status_v1(step: str, validated: bool, rejected: bool) -> str:
    """The same in the older list of the published server, which lacks `ml_failed` and files a decision without its flag under done."""
    if step == "ml_failed":
        step = "ml_done"
    elif step in {"validated", "rejected"}:
        step = "done"
    return status(step, validated, rejected)


def webhook(step: str) -> str | None:
    return _WEBHOOK_OF.get(step)
