"""Unreadable files of the product's own state: kept under another name, and reported."""

from __future__ import annotations

import time
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.values.errors import KinetixError


class DamagedState(KinetixError):
    """A part of the state is damaged and holds what cannot be made again, so a person decides. To start again cures nothing.

    The exit code tells a program that started this one.
    """

    exit_code = 4


def set_aside(path: Path, *, companions: tuple[str, ...] = ()) -> Path:
    """Rename a damaged file or folder to `<name>.damaged-<time>`, which no other has, and return it.

    No process may have it open: Windows renames no open file.

    Args:
        companions: endings of files that belong to it and go along, e.g. `-wal`.
    """
    stamp = time.strftime("%Y%m%d-%H%M%S")
    target, number = path.with_name(f"{path.name}.damaged-{stamp}"), 2
    while target.exists():
        target = path.with_name(f"{path.name}.damaged-{stamp}-{number}")
        number += 1
    for ending in companions:
        companion = path.with_name(path.name + ending)
        if companion.exists():
            files.replace(companion, target.with_name(target.name + ending))
    files.replace(path, target, durable=True)
    return target
