"""Writing files: whole or not at all, and durable across a power cut. Standard library only.

A write goes to a randomly named temporary file in the same folder, is synced, renamed, and the folder synced. Links are replaced,
never followed. With `durable=False` nothing is synced: a power cut may leave the old file, an empty one or none.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from kinetix_core.values.errors import KinetixError
from kinetix_core.values.wording import worded

_SAFE = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"))
_NEW = os.O_CREAT | os.O_EXCL | _SAFE
_TEMPORARY = re.compile(r"\.kinetix-[0-9a-f]{16}\.tmp")
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}  # what a file system without hard links answers
# What one answers that cannot sync a folder.
_NO_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF, errno.EACCES}
_BLOCK = 1 << 20
_JUST_MADE_S = 1.0


def is_temporary(name: str) -> bool:
    """Return whether a process that died while writing left a file of this name."""
    return _TEMPORARY.fullmatch(name) is not None


def write(
    path: Path, data: bytes | bytearray | memoryview | str, *, private: bool = False, durable: bool = True
) -> None:
    """Write a file; missing folders are made. Text is written as UTF-8 with its line ends as they are.

    Args:
        path: the file. A link there is replaced, not followed.
        data: the contents.
        private: only this user may read it.
        durable: it is on the disk when this returns.

    Raises:
        OSError: it names `path`; what was there before is there still, and no temporary file is left.
    """
    with writing(path, private=private, durable=durable) as file:
        file.write(data.encode("utf-8") if isinstance(data, str) else data)


def create(path: Path, data: bytes | str, *, private: bool = False, durable: bool = True) -> bool:
    """Write like `write`, but only if nothing exists there, not even a link; return whether it was written."""
    if os.path.lexists(path):
        return False
    with _temporary(path, private, durable) as (handle, temporary):
        with os.fdopen(handle, "wb") as file:
            file.write(data.encode("utf-8") if isinstance(data, str) else data)
            _flush(file, durable)
        try:
            _claim(temporary, path)
        except FileExistsError:
            return False
        _sync(path.parent, durable)
    return True


@contextlib.contextmanager
def writing(path: Path, *, private: bool = False, durable: bool = True, buffering: int = -1) -> Iterator[BinaryIO]:
    """A file to write to, to read again and to check; it gets its name at the end, unless an exception leaves the block.

    Args and errors as in `write`; `buffering` as in `open`.
    """
    with _temporary(path, private, durable) as (handle, temporary):
        with os.fdopen(handle, "w+b", buffering) as file:
            yield file
            _flush(file, durable)
        replace(temporary, path, durable=durable)


@contextlib.contextmanager
def placing(path: Path, *, private: bool = False, durable: bool = True) -> Iterator[Path]:
    """Yield the path of an empty file for a library or a program to fill; otherwise like `writing`."""
    with _temporary(path, private, durable) as (handle, temporary):
        os.close(handle)
        yield temporary
        if durable:
            with temporary.open("r+b") as file:
                _flush(file, durable)
        replace(temporary, path, durable=durable)


def copy(source: Path, target: Path, *, sha256: str = "", private: bool = False, durable: bool = True) -> None:
    """Copy the contents of a file, also onto another disk.

    Args:
        source: the file.
        target, private, durable: as in `write`.
        sha256: of the contents, in hex. They are compared with it as they lie on the disk, before they get their name.

    Raises:
        KinetixError: these are not the contents that were expected; `target` is as it was.
        OSError: as in `write`.
    """
    with source.open("rb") as reading, writing(target, private=private, durable=durable) as file:
        shutil.copyfileobj(reading, file, _BLOCK)
        if sha256 and _sha256(file) != sha256:
            raise KinetixError(
                worded("{file} changed after the check.", file=source.name),
                code="contentsDiffer",
                next_step="Wait until no other program writes to it, then try again.",
            )


def _sha256(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while block := file.read(_BLOCK):
        digest.update(block)
    return digest.hexdigest()


def open_new(path: Path, *, private: bool = True, buffering: int = -1) -> BinaryIO:
    """A new file at this very name, to write and to read. Raises FileExistsError when something is there, also a link."""
    handle = os.open(path, os.O_RDWR | _NEW, 0o600 if private else 0o666)
    return os.fdopen(handle, "w+b", buffering)


def open_log(path: Path, *, fresh: bool = False) -> BinaryIO:
    """A private file that only grows, or one to lock. Its folder is made; a link in its place is an OSError.

    Args:
        path: the file.
        fresh: what was in it is forgotten.
    """
    make_folder(path.parent, private=True)
    begin = os.O_TRUNC if fresh else 0
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | begin | _SAFE, 0o600)
    if os.name == "posix" and os.fstat(handle).st_uid == os.getuid():
        os.fchmod(handle, 0o600)  # also one that was made for all to read
    return os.fdopen(handle, "a+b", 0)


def make_folder(path: Path, *, private: bool = False, durable: bool = True) -> None:
    """Create a folder and those above it, each known to the one above it after a power cut as well."""
    missing, place = [], path
    while not place.is_dir() and place != place.parent:
        missing.append(place)
        place = place.parent
    for folder in reversed(missing):
        folder.mkdir(0o700 if private else 0o777, exist_ok=True)
        _sync(folder.parent, durable)


def replace(source: Path, target: Path, *, durable: bool = False, attempts: int = 40) -> None:
    """`os.replace` that waits up to two seconds for a Windows virus scanner or indexer to let go of the target.

    With `durable` the new name survives a power cut; the contents must be synced already.
    """
    for left in reversed(range(attempts)):
        try:
            source.replace(target)
            break
        except PermissionError:
            if sys.platform != "win32" or not left:
                raise
            time.sleep(0.05)
    _sync(target.parent, durable)
    if source.parent != target.parent:
        _sync(source.parent, durable)


def sweep(folder: Path) -> int:
    """Remove temporary files that killed writers left in this folder; return how many. A folder that is not there has none.

    Files of running processes and files with other names stay.
    """
    removed = 0
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if is_temporary(entry.name) and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):  # somebody writes it, or it has its name by now
                    removed += _remove_ownerless(Path(entry.path))
    return removed


def _remove_ownerless(path: Path) -> bool:
    """Raises OSError while somebody has it. Windows removes nothing that is open; elsewhere the writer holds a lock on it."""
    if sys.platform == "win32":
        path.unlink()
        return True
    import fcntl

    handle = os.open(path, os.O_RDWR | _SAFE)
    try:
        found = os.fstat(handle)
        if not found.st_size and abs(time.time() - found.st_mtime) < _JUST_MADE_S:
            return False  # its writer may be about to lock it
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
        return True
    finally:
        os.close(handle)


def _own(handle: int) -> int | None:
    """Lock a temporary file while the handle that this returns is open, so that no `sweep` takes it for a dead one's."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        own = os.dup(handle)
    except OSError:  # no descriptor is left: better an unlocked file than none
        return None
    with contextlib.suppress(OSError):  # a file system without locks; `sweep` gets none there either
        fcntl.flock(own, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return own


def sync_folder(folder: Path) -> None:
    """Names that were given or taken away in this folder survive a power cut. Windows and some file systems cannot; they see to it."""
    if os.name != "posix":
        return
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
        return
    try:
        sync_folder_handle(handle)
    finally:
        os.close(handle)


def sync_folder_handle(handle: int) -> None:
    """Sync a folder that is open."""
    try:
        sync_handle(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def sync_tree(folder: Path) -> None:
    """All that lies in this folder is on the disk, with its names, whoever wrote it."""
    for path in folder.iterdir():
        if path.is_symlink():
            continue
        if path.is_dir():
            sync_tree(path)
        else:
            with path.open("r+b") as file:  # Windows syncs only what may be written
                sync_handle(file.fileno())
    sync_folder(folder)


@contextlib.contextmanager
def _temporary(path: Path, private: bool, durable: bool) -> Iterator[tuple[int, Path]]:
    """A new file beside `path`: its handle, which the block closes, and its name, which is free again after the block."""
    make_folder(path.parent, private=private, durable=durable)
    temporary = path.with_name(f".kinetix-{secrets.token_hex(8)}.tmp")
    own = None
    try:
        handle = os.open(temporary, os.O_RDWR | _NEW, 0o600 if private else 0o666)
        own = _own(handle)
        yield handle, temporary
    except OSError as error:
        if error.filename in (temporary, str(temporary)):
            error.filename, error.filename2 = str(path), None  # the name that was asked for
        raise
    finally:
        with contextlib.suppress(OSError):  # it has its name, or nothing can be done
            temporary.unlink()
        if own is not None:
            os.close(own)


def _claim(temporary: Path, path: Path) -> None:
    """Rename a temporary file; FileExistsError if the name was taken meanwhile."""
    if os.name == "nt":
        temporary.rename(path)  # refuses to replace
        return
    try:
        os.link(temporary, path, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.close(os.open(path, os.O_WRONLY | _NEW, 0o600))
        try:
            replace(temporary, path)
        except OSError:
            path.unlink()
            raise


def _flush(file: BinaryIO, durable: bool) -> None:
    file.flush()
    if durable:
        sync_handle(file.fileno())


def _sync(folder: Path, durable: bool) -> None:
    if durable:
        sync_folder(folder)


def sync_handle(handle: int) -> None:
    """The contents of an open file or folder are on the disk, not only on their way to it."""
    if sys.platform == "darwin":
        import fcntl

        with contextlib.suppress(OSError):  # not every file system can; only this reaches the disk itself there
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
            return
    os.fsync(handle)
