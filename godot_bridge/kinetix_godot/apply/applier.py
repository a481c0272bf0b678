"""Write files of a target folder atomically: readers never see a partial file, even after a crash.

Order inside one action: `.import`, then GLB, then the record. Each file gets its final name by a rename after its bytes were
verified. `sync` flushes them to the disk later.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.io.project_files import ProjectFolder
from kinetix_godot.snapshot import Hint, hint_of

_BLOCK = 1 << 20
_MANY = 32  # files; from here on syncing the whole drive is faster


class Expected(Enum):
    """A file that may be replaced whatever it holds."""

    ANY = "any"


class ChangedMeanwhile(Exception):
    """Raised when the target changed after the plan was made."""


def _nothing(step: str) -> None:
    pass


class Applier:
    """Writer of one target folder. It follows no link (LinkFound).

    Args:
        project: the folder of the project.
        below: the target folder in it.
        keep: folder for the `.import` files of removed emotes, for when they come back.
        step: called with the name of each step before it is taken.
    """

    def __init__(self, project: Path, below: str, keep: Path, step: Callable[[str], None] = _nothing) -> None:
        self._project, self._below, self._keep, self._step = str(project), below, keep, step
        self._kept: set[str] | None = None  # names in `keep`, once requested
        self.unsynced: dict[str, None] = {}  # files that may not be on the disk yet
        self._doubtful: set[str] = set()  # of these the ones whose sync failed
        self._held: tuple[str, ProjectFolder] | None = None

    @contextlib.contextmanager
    def _folder(self, file: str, *, make: bool = False) -> Iterator[tuple[ProjectFolder, str]]:
        """Open the folder of a file and yield it with the file's name."""
        head, _, name = file.rpartition("/")
        if self._held is not None and self._held[0] == head:
            yield self._held[1], name
            return
        with ProjectFolder(self._project, f"{self._below}/{head}", make=make) as folder:
            yield folder, name

    @contextlib.contextmanager
    def holding_folder(self, file: str) -> Iterator[None]:
        """Keep the folder of `file` open for the writes inside, where the system allows it."""
        with self._folder(file, make=True) as (folder, _):
            self._held = (file.rpartition("/")[0], folder) if folder.is_held else None
            try:
                yield
            finally:
                self._held = None

    def write(self, file: str, data: bytes, expected: Hint | Expected | None = Expected.ANY) -> Hint:
        """Write `data` to `file` atomically if the file there is still `expected`.

        Raises:
            ChangedMeanwhile: the file has changed; nothing was written.
            OSError: the disk refused; no temporary file is left.
        """

        def agree(folder: ProjectFolder, name: str, handle: int) -> int | None:
            old = _hint(folder, name)
            self._step("replace")
            if expected is not Expected.ANY and old != expected:
                raise ChangedMeanwhile(file)
            return _later(old, os.fstat(handle).st_mtime_ns) if old is not None else None

        self._step("temporary")
        with self._folder(file, make=True) as (folder, name):
            self._place(folder, name, data, agree)
            self.unsynced[file] = None
            self._step("written")
            hint = _hint(folder, name)
        if hint is None:
            raise FileNotFoundError(2, "vanished while it was written", f"{folder.path}/{name}")
        return hint

    def write_once(self, file: str, text: Callable[[], str]) -> bool:
        """Write a text unless the file exists; replace what a power cut left of it. Return whether it was written."""
        with self._folder(file, make=True) as (folder, name):
            if folder.status(name) is not None and not _is_incomplete(folder.read(name)):
                return False
            self._step("import")
            self._place(folder, name, text().encode("utf-8"), lambda folder, name, handle: None)
            self.unsynced[file] = None
        return True

    def _place(
        self, folder: ProjectFolder, name: str, data: bytes, agree: Callable[[ProjectFolder, str, int], int | None]
    ) -> None:
        """Write `data` by one rename. `agree`, called before it, returns another time for the file (ns) or raises."""
        folder.status(name)  # no link
        handle, temporary = folder.new()
        try:
            try:
                _fill(handle, data)
                changed_ns = agree(folder, name, handle)
                if changed_ns is not None and os.utime in os.supports_fd:
                    os.utime(handle, ns=(changed_ns, changed_ns))
            finally:
                os.close(handle)
            # Windows sets another time as it closes the file.
            if changed_ns is not None and os.utime not in os.supports_fd:
                os.utime(f"{folder.path}/{temporary}", ns=(changed_ns, changed_ns))
            folder.take(temporary, name)
        except (OSError, ChangedMeanwhile):
            with contextlib.suppress(OSError):
                folder.remove(temporary)
            raise

    def sync(self, most: int) -> None:
        """Flush up to `most` files and their names to the disk, the oldest first. Raise OSError.

        Many are flushed with their drive at once. Linux reports lost bytes only once, so files whose sync failed are written
        anew before the next one.
        """
        for file in list(self._doubtful):
            self._write_again(file)
            self._doubtful.discard(file)
        tried = list(self.unsynced)
        try:
            if len(tried) <= _MANY or not self._sync_drives():
                tried = tried[:most]
                self._sync_files(tried)
        except OSError:
            self._doubtful.update(tried)
            raise
        for file in tried:
            del self.unsynced[file]

    def _sync_files(self, tried: Sequence[str]) -> None:
        folders: dict[str, None] = {}
        for file in tried:
            with contextlib.suppress(FileNotFoundError), self._folder(file) as (folder, name):
                folder.sync_file(name)
                folders[file.rpartition("/")[0]] = None
        for below in folders:
            with contextlib.suppress(FileNotFoundError), self._folder(f"{below}/") as (folder, _):
                folder.sync()

    def _write_again(self, file: str) -> None:
        """Copy a file into a new one with its name and time, unless it changes meanwhile."""
        with contextlib.suppress(FileNotFoundError, ChangedMeanwhile), self._folder(file) as (folder, name):
            before, data = _hint(folder, name), folder.read(name)
            if before is None or data is None:
                return

            def agree(folder: ProjectFolder, name: str, _handle: int) -> int:
                if _hint(folder, name) != before:
                    raise ChangedMeanwhile(file)
                return before[1]

            self._place(folder, name, data, agree)

    def _sync_drives(self) -> bool:
        done: set[int] = set()
        for below in {file.rpartition("/")[0] for file in self.unsynced}:
            with contextlib.suppress(FileNotFoundError), self._folder(f"{below}/") as (folder, _):
                if not folder.sync_drive(done):
                    return False
        return True

    def restore_import(self, key: str, file: str) -> bool:
        """Restore the `.import` of an emote that was removed earlier."""
        if self._kept is None:
            self._kept = set(os.listdir(self._keep)) if self._keep.is_dir() else set()  # noqa: PTH208
        if not self._kept or (name := _kept_name(key)) not in self._kept:
            return False
        with self._folder(file, make=True) as (folder, emote):
            if folder.status(f"{emote}.import") is not None:
                return False
        kept = self._keep / name
        self.write(f"{file}.import", kept.read_bytes())
        self.sync(len(self.unsynced))  # it is nowhere else
        kept.unlink(missing_ok=True)
        self._kept.discard(name)
        return True

    def move(self, old: str, new: str) -> Hint | None:
        """Move a GLB and its `.import` together, so that the uid and the settings follow."""
        with self._folder(new, make=True) as (target, name):
            with self._folder(old) as (source, former):
                for tail in (".import", ""):
                    self._step("move")
                    there, here = source.status(f"{former}{tail}"), target.status(f"{name}{tail}")
                    if there is not None and not (tail and here is not None):
                        source.give(f"{former}{tail}", target, f"{name}{tail}")
                        self.unsynced[f"{new}{tail}"] = None
            self._step("moved")
            hint = _hint(target, name)
        self._drop_empty(old)
        return hint

    def remove(self, file: str, key: str | None = None, expected: Hint | Expected | None = Expected.ANY) -> None:
        """Delete a GLB and its `.import`, which is kept aside for the emote `key`.

        Raises ChangedMeanwhile when the GLB is not what was seen (`expected`); both are left then.
        """
        with contextlib.suppress(FileNotFoundError), self._folder(file) as (folder, name):
            settings = folder.read(f"{name}.import") if key else None
            if key and settings is not None:
                self._kept = None
                with contextlib.suppress(OSError):
                    files.write(self._keep / _kept_name(key), settings, private=True)
            self._step("remove")
            if expected is not Expected.ANY and _hint(folder, name) != expected:
                raise ChangedMeanwhile(file)
            folder.remove(name)
            self._step("removed")
            folder.remove(f"{name}.import")
        self._drop_empty(file)

    def sweep(self, folders: list[str]) -> None:
        """Remove temporary files that a killed process left."""
        for below in folders:
            with contextlib.suppress(OSError), self._folder(f"{below}/") as (folder, _):
                for name in os.listdir(folder.path):  # noqa: PTH208
                    if files.is_temporary(name):
                        folder.remove(name)

    def _drop_empty(self, file: str) -> None:
        below = file.rpartition("/")[0]
        while below:
            head, _, name = below.rpartition("/")
            try:
                with self._folder(below) as (folder, name):
                    folder.remove_folder(name)
            except OSError:
                return
            below = head


def _fill(handle: int, data: bytes) -> None:
    """Write `data` and compare what the file holds then: it may not get its name else."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]
    if not _holds(handle, data):
        raise OSError(errno.EIO, "The drive holds other bytes than were written")


def _holds(handle: int, data: bytes) -> bool:
    """Return whether a file has exactly these contents."""
    os.lseek(handle, 0, os.SEEK_SET)
    place = 0
    while block := os.read(handle, _BLOCK):
        # A slice of bytes: one of a memoryview would be compared item by item, which takes a hundred times as long.
        if block != data[place : place + len(block)]:
            return False
        place += len(block)
    return place == len(data) == os.fstat(handle).st_size


def _hint(folder: ProjectFolder, name: str) -> Hint | None:
    status = folder.status(name)
    return hint_of(status) if status is not None and stat.S_ISREG(status.st_mode) else None


def _is_incomplete(text: bytes | None) -> bool:
    """Return whether a power cut left this of a text: nothing, or blocks of zeros."""
    return text is not None and (not text or b"\0" in text)


def _kept_name(key: str) -> str:
    return f"{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}.import"


def _later(old: Hint, new_ns: int) -> int | None:
    """Return a time at least a second later, or None: Godot compares whole seconds."""
    return old[1] + 1_000_000_000 if new_ns - old[1] < 1_000_000_000 else None
