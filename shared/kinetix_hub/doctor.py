"""What is wrong and what to do about it, seen from inside the hub. One row per check."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from kinetix_core import paths
from kinetix_core.errors import mask
from kinetix_hub.local_process import is_installed

if TYPE_CHECKING:
    from kinetix_hub.hub import Hub

__all__ = ["capture_row", "check", "examine"]

_LOW_DISK = 1024**3


def check(name: str, state: str, text: str, next_step: str = "") -> dict[str, str]:
    """`state`: ok, warning or error."""
    return {"name": name, "state": state, "text": mask(text), "nextStep": mask(next_step)}


def examine(hub: Hub) -> dict[str, Any]:
    """Checks everything that can be checked without changing it. Blocks."""
    profile = hub.profiles.active
    row = next(row for row in hub.connections.profiles() if row["active"])
    problems = hub.repair.look()
    connection = hub.connections.check() if profile.kind != "local" or hub.local.info() else hub.connections.state
    checks = [
        _connection(connection),
        _key(row, hub.keys.ring_state),
        *([capture_row()] if profile.kind == "local" else []),
        _database(hub),
        _disk(hub),
        check(
            "library",
            "warning" if problems else "ok",
            f"{len(problems)} of {hub.library.index.count()} emotes have a problem."
            if problems
            else f"{hub.library.index.count()} emotes, {hub.library.index.bytes_used() / 1e6:.0f} MB",
            "`kinetix doctor --fix` cures them." if problems else "",
        ),
        *(
            check(f"service {name}", "error", why, "Reinstall Kinetix Bridge; the rest works without it.")
            for name, why in hub.services.failed.items()
        ),
    ]
    return {
        "checks": checks,
        "problems": problems,
        "connection": connection,
        "keySource": row["keySource"],
        "emotes": hub.library.index.count(),
        "libraryBytes": hub.library.index.bytes_used(),
        "libraryLimit": hub.evictor.limit,
        "log": str(paths.logs() / "hub.log"),
    }


def _connection(state: dict[str, Any]) -> dict[str, str]:
    good = state["state"] in ("ready", "starting")
    return check(
        "service",
        "ok" if good else "error",
        f"{state['profile']}: {state['state']} {state['message']}",
        state["nextStep"],
    )


def _key(row: dict[str, Any], ring_state: str) -> dict[str, str]:
    if ring_state == "locked":
        return check(
            "key",
            "ok" if row["hasKey"] else "warning",
            "The system's keyring is locked or does not answer.",
            "" if row["hasKey"] else "Unlock the keyring, or give the key again: it is then kept in a private file.",
        )
    if row["hasKey"]:
        return check("key", "ok", f"from {row['keySource']}")
    return check("key", "error", f"The profile {row['name']} has no key.", f"kinetix profile key {row['name']}")


def capture_row() -> dict[str, str]:
    if not is_installed():
        return check(
            "capture",
            "warning",
            "Kinetix Local is not installed beside this hub: no clip can be captured on this machine.",
            "Run `make setup` in the folder of Kinetix Bridge, or use a profile with a key.",
        )
    if not any(paths.weights().glob("*.tflite")):
        return check(
            "capture", "warning", "The capture models are not on this machine.", "Run `make setup` once with a network."
        )
    return check("capture", "ok", f"on this machine, models in {paths.weights()}")


def _database(hub: Hub) -> dict[str, str]:
    verdict = hub.database.check()
    if verdict != "ok":
        return check("database", "error", verdict, "Restart the hub: the file is moved aside and built again.")
    if hub.database.moved_aside is not None:
        return check(
            "database",
            "warning",
            f"It was damaged and built again from the library; the old file is {hub.database.moved_aside.name}.",
            "Old job history is only in that file; delete it when you do not miss anything.",
        )
    return check("database", "ok", "sound")


def _disk(hub: Hub) -> dict[str, str]:
    free = shutil.disk_usage(hub.home).free
    text = f"{free / 1e9:.1f} GB free"
    return check("disk", "warning" if free < _LOW_DISK else "ok", text, "Free some space." if free < _LOW_DISK else "")
