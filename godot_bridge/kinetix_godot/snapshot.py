"""Contents of a folder at low cost: names and hints by one list_glbs, hashes only where a hint is uncertain."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from pathlib import Path

from kinetix_core.io import project_files
from kinetix_core.io.project_files import LinkFound, is_link

# (size, mtime_ns, ctime_ns, inode). No program can set the change time.
Hint = tuple[int, int, int, int]

# A second write within one kernel tick keeps the hint ("racily clean" in git).
_TICK_NS = 25_000_000
_GLB = ".glb"
_BY_HANDLE = os.scandir in os.supports_fd


def hint_of(status: os.stat_result) -> Hint:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


def read_hint(path: str | Path, *, refuse_link: bool = False) -> Hint | None:
    """Return the hint of a regular file, None if it is missing. Follow a link, or raise LinkFound."""
    try:
        # A Path costs as much as the call.
        status = os.lstat(path) if refuse_link else os.stat(path)  # noqa: PTH116
    except (FileNotFoundError, NotADirectoryError):
        return None
    if refuse_link and is_link(status):
        raise LinkFound(str(path))
    return hint_of(status) if stat.S_ISREG(status.st_mode) else None


def is_reliable(hint: Hint, read_ns: int) -> bool:
    """Return whether a change after `read_ns` is certain to change the hint."""
    return read_ns - max(hint[1], hint[2]) > _TICK_NS


def sha256_of(path: str | Path, *, refuse_link: bool = False) -> str | None:
    """Return the hash of a file, None if it is missing. Follow a link, or raise LinkFound."""
    if refuse_link:
        project_files.refuse_link(path)
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (FileNotFoundError, NotADirectoryError):
        return None


def list_glbs(root: Path, *, refuse_links: bool = False) -> tuple[dict[str, Hint], list[str]]:
    """List the GLBs below `root` without hidden files and folders.

    Args:
        root: the folder.
        refuse_links: raise LinkFound for any link; else links to files are followed.

    Returns:
        path below `root` (with `/`) → hint; the folders ("" is `root`).

    Raises:
        OSError: `root` cannot be read, or is missing or replaced meanwhile.
    """
    files: dict[str, Hint] = {}
    folders = [""]
    base = str(root)
    begun = os.stat(base)  # noqa: PTH116
    for folder in folders:  # grows
        try:
            place = f"{base}/{folder}" if folder else base
            _look(place, f"{folder}/" if folder else "", files, folders, refuse_links)
        except (FileNotFoundError, NotADirectoryError):
            if not folder:
                raise
    if not os.path.samestat(begun, os.stat(base)):  # noqa: PTH116
        raise FileNotFoundError(errno.ENOENT, "another folder has come into its place", base)
    return files, folders


def _look(place: str, prefix: str, files: dict[str, Hint], folders: list[str], refuse_links: bool) -> None:
    with contextlib.ExitStack() as stack:
        start: str | int = place
        if _BY_HANDLE:  # the kernel looks up one name instead of the path
            start = os.open(place, os.O_RDONLY)
            stack.callback(os.close, start)
        for entry in stack.enter_context(os.scandir(start)):
            name = entry.name
            if refuse_links and (entry.is_symlink() or (not _BY_HANDLE and is_link(os.lstat(entry.path)))):
                raise LinkFound(f"{place}/{name}")
            if name.endswith(_GLB) or name[-4:].lower() == _GLB:
                if name[0] == ".":
                    continue
                try:
                    # On Windows an entry lacks parts of the hint.
                    status = entry.stat() if _BY_HANDLE else os.stat(entry.path)  # noqa: PTH116
                except OSError:
                    continue
                if stat.S_ISREG(status.st_mode):
                    files[prefix + name] = status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
            elif name[0] != "." and entry.is_dir(follow_symlinks=False):
                folders.append(prefix + name)
