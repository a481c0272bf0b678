"""Check of the files that a command is about to write."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kinetix_core.values.errors import InputError


def check_free(targets: Iterable[Path], *, force: bool) -> None:
    """Raise `InputError` if one of the files exists, unless `force`."""
    for path in targets:
        if path.is_file() and not force:
            raise InputError(
                f"“{path}” already exists.",
                code="fileExists",
                next_step="Choose another name, or add --force to replace the file.",
            )
