# SPDX-License-Identifier: GPL-3.0-or-later
"""The one translator of errors: what an operator or a panel shows is a title and what to do next, with nothing private in it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from bpy.types import Context

from kinetix_core.io import files, paths
from kinetix_core.io.os_errors import from_os_error
from kinetix_core.protocol.hub.json_types import ErrorInfo
from kinetix_core.values.errors import KinetixError, mask

from .blender import Result
from .translations import translated

Operator = TypeVar("Operator")


def friendly(error: BaseException) -> ErrorInfo:
    """Return any exception as an ErrorInfo. Unexpected ones go to a log file with their traceback."""
    if isinstance(error, OSError):
        error = from_os_error(error)
    if isinstance(error, KinetixError):
        return {
            "kind": error.kind.value,
            "code": error.code,
            "title": error.title,
            "detail": error.detail,
            "nextStep": error.next_step,
            "command": error.command,
        }
    _write_log("".join(traceback.format_exception(error)))
    return {
        "kind": "internal",
        "code": "unexpected",
        "title": "The Kinetix add-on failed unexpectedly.",
        "detail": mask(f"{type(error).__name__}: {error}"),
        "nextStep": "Try again. If it happens again, use Copy Report in the Kinetix menu.",
        "command": "",
    }


def line(error: ErrorInfo) -> str:
    """Return an error as one line."""
    return " ".join(translated(part) for part in (error.get("title", ""), error.get("nextStep", "")) if part)


def report(operator: Any, error: ErrorInfo) -> None:
    operator.report({"ERROR"}, line(error))


def guarded(execute: Callable[[Operator, Context], Result | None]) -> Callable[[Operator, Context], Result]:
    """Decorate `execute`: an exception becomes a report and CANCELLED, and returning nothing means FINISHED."""

    @wraps(execute)
    def run(self: Operator, context: Context) -> Result:  # Blender counts the arguments
        try:
            return execute(self, context) or {"FINISHED"}
        except (KinetixError, OSError) as error:
            report(self, friendly(error))
        except Exception as error:  # noqa: BLE001 - the border to the person: everything becomes a message
            report(self, friendly(error))
        return {"CANCELLED"}

    return run


def keep(error: ErrorInfo) -> None:
    """Write the detail of an error, which the status line has no room for, into the log."""
    if error.get("detail"):
        _write_log(f"{error.get('title', '')} {error['detail']}")


def _write_log(text: str) -> None:
    try:
        with files.open_log(paths.own(paths.logs()) / "blender.log") as file:
            file.write(f"{mask(text)}\n".encode())
    except (KinetixError, OSError):
        return  # no place for a log is no reason for a second error
