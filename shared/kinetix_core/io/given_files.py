"""Files that a person named: what is wrong with the path is said before anything is read."""

from __future__ import annotations

from pathlib import Path

from kinetix_core.values.errors import InputError
from kinetix_core.values.wording import worded


def check_file(path: Path, *, instead: str = "Give one of the files in it.") -> None:
    """Raises InputError unless there is such a file; `instead` is what to do about a folder."""
    if path.is_dir():
        raise InputError(worded("“{file}” is a folder.", file=path.name or path), code="isFolder", next_step=instead)
    if not path.is_file():
        raise InputError(
            worded("There is no file “{file}”.", file=path.name or path),
            code="fileNotFound",
            next_step="Check the path and try again.",
        )
