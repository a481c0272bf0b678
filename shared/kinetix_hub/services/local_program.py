"""The program of Kinetix Local: in this environment, or installed beside it."""

from __future__ import annotations

import importlib.util
import sys

from kinetix_core.io import paths
from kinetix_core.serving.capture_installation import capture_problem
from kinetix_core.values.errors import KinetixError
from kinetix_hub.services.port import Temporary


def find_program() -> tuple[list[str], bool] | None:
    """Return the command of Kinetix Local, and whether it is of this environment; None if there is none.

    The small Blender extension contains the hub alone; an installed `kinetix` then runs the service.
    """
    here = [sys.executable, "-m", "kinetix_local"]
    if all(importlib.util.find_spec(name) for name in ("kinetix_local", "sqlalchemy", "alembic")):
        return here, True
    found = paths.command()
    return ([found, "local"], False) if found else None


def local_capture_problem() -> KinetixError | None:
    """Return what keeps Kinetix Local from capturing; None if nothing does or it runs in another environment."""
    found = find_program()
    return capture_problem() if found is not None and found[1] else None


def not_installed() -> Temporary:
    """Return the error of a missing Kinetix Local. Temporary: jobs wait until it is installed."""
    return Temporary(
        KinetixError(
            "Kinetix Local is not installed here.",
            code="localNotInstalled",
            detail="The small Blender extension comes without the capture, whose libraries are far larger.",
            next_step="To make emotes on this machine, install the complete add-on file, or use a profile with a key."
            " Importing needs neither.",
        )
    )
