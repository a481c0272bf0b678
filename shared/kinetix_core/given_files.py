"""Files that a person named: what is wrong with the path is said before anything is read."""

from __future__ import annotations

from pathlib import Path

from kinetix_core.errors import InputError

__all__ = ["check_file"]


def check_file(path: Path, *, instead: str = "Give one of the files in it.") -> None:
    """Raises InputError unless there is such a file; `instead` is what to do about a folder."""
    if path.is_dir():
        raise InputError(f"“{path.name or path}” is a folder.", code="isFolder", next_step=instead)
    if not path.is_file():
        raise InputError(
            f"There is no file “{path.name or path}”.", code="fileNotFound", next_step="Check the path and try again."
        )
