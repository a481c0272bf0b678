"""Files in a project, whose folders are not to be trusted: a cloned project may hold links that lead anywhere.

A link (on Windows a junction too) at or below a written folder is refused. Where the system can, each folder is opened relative to
its parent's handle, so that a swap between check and use is detected; Windows checks just before. Standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import secrets
import stat
import sys
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.values.errors import InputError

_BY_HANDLE = {os.open, os.stat, os.mkdir, os.rename, os.unlink, os.link} <= os.supports_dir_fd
_SAFE = sum(getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_BINARY"))
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | _SAFE
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | _SAFE


class LinkFound(InputError):
    """A link lies where only files and folders of the project may be."""

    def __init__(self, path: str) -> None:
        super().__init__(
            "A link in the project leads elsewhere.",
            code="linkInProject",
            detail=str(Path(path)),  # as this system spells it
            next_step="Put the file or folder itself there in place of the link, or remove the link.",
        )


def is_link(status: os.stat_result) -> bool:
    """By what `lstat` says. A junction and every other reparse point of Windows that leads elsewhere counts."""
    return stat.S_ISLNK(status.st_mode) or getattr(status, "st_reparse_tag", 0) in _LEADING


_LEADING = {getattr(stat, "IO_REPARSE_TAG_SYMLINK", -1), getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", -1)}


def refuse_link(path: str | Path) -> None:
    """Raises LinkFound if there is a link at this very path."""
    if is_link_at(path):
        raise LinkFound(str(path))


def is_link_at(path: str | Path) -> bool:
    """Return whether the path itself is a link."""
    try:
        return is_link(os.lstat(path))
    except (FileNotFoundError, NotADirectoryError):
        return False


class ProjectFolder:
    """One folder of a project, reached without a link. A context manager; names are those of files in it.

    Args:
        project: this folder itself, and those above it, may be links: the person chose them.
        below: path of the folder below it, with `/`; "" is the project itself.
        make: make what is missing of it.

    Raises:
        LinkFound: there is a link on the way, or where a name is looked up.
        OSError: as the calls of `os`; it names the whole path.
    """

    def __init__(self, project: str | Path, below: str = "", *, make: bool = False) -> None:
        self._project, self._parts, self._make = str(project), [part for part in below.split("/") if part], make
        self.path = "/".join([self._project, *self._parts])
        self._handle: int | None = None

    def __enter__(self) -> ProjectFolder:
        place = self._project
        if _BY_HANDLE:
            self._handle = os.open(place, _FOLDER & ~getattr(os, "O_NOFOLLOW", 0))
        try:
            for part in self._parts:
                place = f"{place}/{part}"
                self._enter(part, place)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    @property
    def is_held(self) -> bool:
        """Return whether this is still the same folder, whatever its path now names."""
        return self._handle is not None

    def _enter(self, part: str, place: str) -> None:
        if not _BY_HANDLE:
            refuse_link(place)
            if self._make:
                Path(place).mkdir(exist_ok=True)
            if not stat.S_ISDIR(os.stat(place).st_mode):  # noqa: PTH116 - raises FileNotFoundError as well
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), place)
            return
        assert self._handle is not None
        try:
            inner = self._inner(part)
        except OSError as error:
            if error.errno in {errno.ELOOP, errno.ENOTDIR}:
                refuse_link(place)
            raise _named(error, place) from None
        os.close(self._handle)
        self._handle = inner

    def _inner(self, part: str) -> int:
        try:
            return os.open(part, _FOLDER, dir_fd=self._handle)
        except FileNotFoundError:
            if not self._make:
                raise
        with contextlib.suppress(FileExistsError):  # somebody was quicker
            os.mkdir(part, dir_fd=self._handle)
        return os.open(part, _FOLDER, dir_fd=self._handle)

    def _at(self, name: str) -> str:
        return name if self._handle is not None else f"{self.path}/{name}"

    def status(self, name: str) -> os.stat_result | None:
        """Return the status of an entry, or None if it is missing."""
        try:
            found = os.stat(self._at(name), dir_fd=self._handle, follow_symlinks=False)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _named(error, f"{self.path}/{name}") from None
        if is_link(found):
            raise LinkFound(f"{self.path}/{name}")
        return found

    def open(self, name: str, flags: int = os.O_RDONLY) -> int:
        """A handle of a file that is there."""
        if not _BY_HANDLE:
            self.status(name)
        try:
            return os.open(self._at(name), flags | _SAFE | getattr(os, "O_NONBLOCK", 0), dir_fd=self._handle)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise LinkFound(f"{self.path}/{name}") from None
            raise _named(error, f"{self.path}/{name}") from None

    def read(self, name: str) -> bytes | None:
        """The contents; None when it is not there or no file."""
        try:
            handle = self.open(name)
        except FileNotFoundError:
            return None
        with os.fdopen(handle, "rb") as file:
            return file.read() if stat.S_ISREG(os.fstat(handle).st_mode) else None

    def new(self) -> tuple[int, str]:
        """A handle of a new file, and its name, which `files.is_temporary` knows."""
        name = f".kinetix-{secrets.token_hex(8)}.tmp"
        try:
            return os.open(self._at(name), _NEW, 0o666, dir_fd=self._handle), name
        except OSError as error:
            raise _named(error, f"{self.path}/{name}") from None

    def take(self, source: str, name: str) -> None:
        """Has a file of this folder appear under `name`."""
        try:
            if self._handle is None:
                files.replace(Path(self._at(source)), Path(self._at(name)))
            else:
                os.rename(source, name, src_dir_fd=self._handle, dst_dir_fd=self._handle)
        except OSError as error:
            raise _named(error, f"{self.path}/{name}") from None

    def give(self, name: str, other: ProjectFolder, new: str) -> None:
        """Move a file into another folder."""
        if self._handle is None:
            files.replace(Path(self._at(name)), Path(other._at(new)))
        else:
            os.rename(name, new, src_dir_fd=self._handle, dst_dir_fd=other._handle)

    def remove(self, name: str) -> None:
        """Remove a file, or a link itself. One that is not there is as good."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._at(name), dir_fd=self._handle)

    def remove_folder(self, name: str) -> None:
        """Remove an empty folder. Raises OSError when it is none, or not empty."""
        os.rmdir(self._at(name), dir_fd=self._handle)

    def write(self, name: str, data: bytes | str) -> None:
        """Write a file whole, and to the disk, or not at all. Raises LinkFound if its name is a link."""
        self.status(name)
        handle, temporary = self.new()
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data.encode("utf-8") if isinstance(data, str) else data)
                file.flush()
                files.sync_handle(handle)
            self.take(temporary, name)
        finally:
            self.remove(temporary)
        self.sync()

    def sync(self) -> None:
        """The names in this folder are on the disk. Raises OSError when the drive could not."""
        if self._handle is not None:
            files.sync_folder_handle(self._handle)

    def sync_drive(self, done: set[int]) -> bool:
        """All that anybody wrote to the drive of this folder is on it; False where the system has no call for that (only Linux has).

        Args:
            done: drives that need it no more; this one is added.
        """
        if self._handle is None or sys.platform != "linux":
            return False
        drive = os.fstat(self._handle).st_dev
        if drive not in done:
            if ctypes.CDLL(None, use_errno=True).syncfs(self._handle):
                code = ctypes.get_errno()
                raise OSError(code, os.strerror(code), self.path)
            done.add(drive)
        return True

    def sync_file(self, name: str) -> None:
        """The contents of a file are on the disk; so is one that is not there any more."""
        with contextlib.suppress(FileNotFoundError):
            handle = self.open(name, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
            try:
                files.sync_handle(handle)
            finally:
                os.close(handle)


def _named(error: OSError, path: str) -> OSError:
    """The same error with the whole path."""
    return type(error)(error.errno, error.strerror, path)
