"""Check of the state of Kinetix Local, by the service's own program."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kinetix_core.protocol.hub.base_models import ErrorInfo
from kinetix_core.serving.environment import without_secrets
from kinetix_hub.services.local_program import find_program

log = logging.getLogger(__name__)
_TIME_S = 120.0  # a large database on a slow disk
_NO_WINDOW = 0x08000000 if sys.platform == "win32" else 0


@dataclass(frozen=True)
class LocalReport:
    """Damaged files, and what keeps the service from capturing."""

    damage: list[LocalDamage]
    capture: ErrorInfo | None


@dataclass(frozen=True)
class LocalDamage:
    """A damaged file, the reason, what is lost with it, and where it was moved."""

    name: str
    reason: str
    lost: str
    moved_to: tuple[str, ...] = ()


def examine(home: Path, *, fix: bool = False) -> LocalReport | None:
    """Return the report of the service's own doctor; None if no service is installed. Blocks.

    With `fix` damaged files are moved aside, while no service runs.
    """
    program = find_program()
    if program is None:
        return None
    command = [*program[0], "doctor", "--home", str(home), "--json", *(["--fix"] if fix else [])]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=without_secrets(),
            timeout=_TIME_S,
            check=False,
            creationflags=_NO_WINDOW,
        )
        found: Any = json.loads(done.stdout)
        damage = [
            LocalDamage(str(row["name"]), str(row["reason"]), str(row["lost"]), tuple(map(str, row["movedTo"])))
            for row in found["damage"]
        ]
        capture = found["capture"]
        return LocalReport(damage, None if capture["ok"] else ErrorInfo.model_validate({**capture, "kind": "internal"}))
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as error:
        log.warning("the state of Kinetix Local could not be checked: %s", type(error).__name__)
        return LocalReport([], None)
