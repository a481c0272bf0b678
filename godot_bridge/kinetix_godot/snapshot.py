"""What lies in a folder, as cheaply as it can be known: names and hints by one walk, contents only when a hint is in doubt."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from pathlib import Path

__all__ = ["Hint", "hint_of", "is_settled", "read_hint", "sha256_of", "walk"]

# [size, mtime_ns, ctime_ns, inode]. A list, because that is what JSON gives back. The change time cannot be set by a program, so a
# same-size change with a copied modification time is seen as well.
Hint = list[int]

# A kernel stamps files by its tick, so a second write within one tick leaves the hint as it was (git calls that racily clean).
_TICK_NS = 25_000_000


def hint_of(status: os.stat_result) -> Hint:
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]


def read_hint(path: str | Path) -> Hint | None:
    """The hint of a regular file; None when there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - a Path would cost as much as the call itself
    except (FileNotFoundError, NotADirectoryError):
        return None
    return hint_of(status) if stat.S_ISREG(status.st_mode) else None


def is_settled(hint: Hint) -> bool:
    """True when a later change is certain to change the hint."""
    return time.time_ns() - max(hint[1], hint[2]) > _TICK_NS


def sha256_of(path: str | Path) -> str | None:
    """None when the file is not there."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None


def walk(root: Path, suffix: str = ".glb") -> tuple[dict[str, Hint], set[str], list[str]]:
    """Looks through `root` once.

    Returns:
        path below `root` (with `/`) → hint of every file with `suffix`; the set of `.import` files; the folders ("" is `root`).

    Raises:
        OSError: `root` cannot be read. A folder that vanishes meanwhile is left out.
    """
    files: dict[str, Hint] = {}
    imports: set[str] = set()
    folders = [""]
    base = str(root)
    for folder in folders:  # grows while it is walked
        try:
            entries = os.scandir(f"{base}/{folder}" if folder else base)
        except (FileNotFoundError, NotADirectoryError):
            if not folder:
                raise
            continue
        prefix = f"{folder}/" if folder else ""
        with entries:
            for entry in entries:
                name = entry.name
                if name[0] == ".":
                    continue
                if name.endswith(".import"):
                    imports.add(prefix + name)
                elif name[-4:].lower() == suffix:
                    try:
                        status = entry.stat()
                    except OSError:
                        continue
                    if stat.S_ISREG(status.st_mode):
                        files[prefix + name] = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
                elif entry.is_dir(follow_symlinks=False):
                    folders.append(prefix + name)
    return files, imports, folders
