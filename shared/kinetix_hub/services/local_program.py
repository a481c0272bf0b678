"""The program that is Kinetix Local on this machine: in this environment, or one that is installed beside it."""

from __future__ import annotations

import importlib.util
import sys

from kinetix_core.io import paths
from kinetix_core.values.errors import KinetixError
from kinetix_hub.jobs.port import Temporary

__all__ = ["find_program", "is_installed", "is_own", "not_installed", "service_program"]


def find_program() -> tuple[list[str], bool] | None:
    """How Kinetix Local is started, and whether that is this environment. None when it is nowhere.

    The Blender extension brings the hub alone (the capture is too large for it); then an installed `kinetix` runs the service.
    """
    here = [sys.executable, "-m", "kinetix_local"]
    if all(importlib.util.find_spec(name) for name in ("kinetix_local", "sqlalchemy", "alembic")):
        return here, True
    found = paths.command()
    return ([found, "local"], False) if found else None


def service_program() -> list[str] | None:
    """The command that is `kinetix local` on this machine; None when there is none."""
    found = find_program()
    return found[0] if found is not None else None


def is_installed() -> bool:
    """Whether there is a Kinetix Local on this machine that a hub could start."""
    return find_program() is not None


def is_own() -> bool:
    """Whether the Kinetix Local that a hub would start is that of this environment."""
    found = find_program()
    return found is not None and found[1]


def not_installed() -> Temporary:
    """Temporary: the jobs wait, and go on once it is there."""
    return Temporary(
        KinetixError(
            "Kinetix Local is not installed here.",
            code="localNotInstalled",
            detail="The small Blender extension comes without the capture, whose libraries are far larger.",
            next_step="To make emotes on this machine, install the complete add-on file, or use a profile with a key."
            " Importing needs neither.",
        )
    )
