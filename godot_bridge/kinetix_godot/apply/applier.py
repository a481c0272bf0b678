"""Carries out the actions of a plan so that a reader of the project never sees a half-made file, whenever this process dies.

Order inside one action: `.import`, then GLB, then the record. Every file appears under its final name by one rename, after its bytes
were compared with what was meant. Nothing waits for the disk here: `sync` sees to that a moment later.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.io.project_files import ProjectFolder
from kinetix_godot.snapshot import Hint, hint_of

__all__ = ["ANY", "Applier", "ChangedMeanwhile"]

ANY = "any"
_BLOCK = 1 << 20
_MANY = 32  # files; from here on a drive as a whole is sooner on the disk than they are one by one


class ChangedMeanwhile(Exception):
    """The target is no longer what the plan was made for: plan again."""


def _nothing(step: str) -> None:
    pass


class Applier:
    """Writes into one target folder, and into nothing that a link in it leads to (LinkFound).

    Args:
        project: the folder of the project.
        below: the target folder in it.
        keep: folder for the `.import` files of removed emotes, so that an undo of the removal brings the user's settings back.
        step: called with the name of each step before it is taken; tests die there.
    """

    def __init__(self, project: Path, below: str, keep: Path, step: Callable[[str], None] = _nothing) -> None:
        self._project, self._below, self._keep, self._step = str(project), below, keep, step
        self._kept: set[str] | None = None  # names in `keep`, once they were asked for
        self.unsynced: dict[str, None] = {}  # files that may not be on the disk yet
        self._doubtful: set[str] = set()  # of these the ones whose sync failed
        self._held: tuple[str, ProjectFolder] | None = None

    @contextlib.contextmanager
    def _folder(self, file: str, *, make: bool = False) -> Iterator[tuple[ProjectFolder, str]]:
        """The folder of a file of the target, and the file's name in it."""
        head, _, name = file.rpartition("/")
        if self._held is not None and self._held[0] == head:
            yield self._held[1], name
            return
        with ProjectFolder(self._project, f"{self._below}/{head}", make=make) as folder:
            yield folder, name

    @contextlib.contextmanager
    def holding_folder(self, file: str) -> Iterator[None]:
        """Files beside `file` that the block writes go through one handle of their folder, where the system has such handles."""
        with self._folder(file, make=True) as (folder, _):
            self._held = (file.rpartition("/")[0], folder) if folder.is_held else None
            try:
                yield
            finally:
                self._held = None

    def write(self, file: str, data: bytes, expected: Hint | str | None = ANY) -> Hint:
        """Puts `data` at `file`, whole or not at all, if what lies there is still what the plan saw (`expected`).

        Raises:
            ChangedMeanwhile: somebody wrote there since the plan was made; nothing was done.
            OSError: the disk refused; no temporary file is left.
        """

        def agree(folder: ProjectFolder, name: str, handle: int) -> int | None:
            old = _hint(folder, name)
            self._step("replace")
            if expected != ANY and old != expected:
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
        """Writes a text unless it is there: it belongs to the user from then on. What a power cut left of one is none."""
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
        """Has `data` appear by one rename. `agree` is asked before, with a handle of the file that will do so; it gives the
        file another time (ns), or raises."""
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
            if (
                changed_ns is not None and os.utime not in os.supports_fd
            ):  # Windows sets another time as it closes the file
                os.utime(f"{folder.path}/{temporary}", ns=(changed_ns, changed_ns))
            folder.take(temporary, name)
        except (OSError, ChangedMeanwhile):
            with contextlib.suppress(OSError):
                folder.remove(temporary)
            raise

    def sync(self, most: int) -> None:
        """Has up to `most` files, those that were written first, and their names reach the disk. Raises OSError.

        Where there are many, and the system can, all of them at once: one by one each would wait for the drive's journal.

        A sync that succeeds after one that failed says nothing: Linux tells once that bytes were lost, and takes what is in
        memory for written from then on. So what failed goes into new files before it is synced again.
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
        """Puts what a file holds into a new one with its name and time, unless somebody else changes it meanwhile."""
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
        """Brings back the `.import` of an emote that was removed before. `key` is the emote's."""
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
        """Moves a GLB and its `.import` together, so that the uid and the settings follow."""
        with self._folder(new, make=True) as (target, name):
            with self._folder(old) as (source, former):
                for tail in (".import", ""):
                    self._step("move")
                    there, here = source.status(f"{former}{tail}"), target.status(f"{name}{tail}")
                    if there is not None and not (tail and here is not None):
                        source.give(f"{former}{tail}", target, f"{name}{tail}")
                        self.unsynced[f"{new}{tail}"] = None
            hint = _hint(target, name)
        self._drop_empty(old)
        return hint

    def remove(self, file: str, key: str | None = None, expected: Hint | str | None = ANY) -> None:
        """Removes a GLB and its `.import`. With the emote's `key` the `.import` is kept aside.

        Raises ChangedMeanwhile when the GLB is not what was seen (`expected`); both are left then.
        """
        with contextlib.suppress(FileNotFoundError), self._folder(file) as (folder, name):
            settings = folder.read(f"{name}.import") if key else None
            if key and settings is not None:
                self._kept = None
                with contextlib.suppress(OSError):
                    files.write(self._keep / _kept_name(key), settings, private=True)
            self._step("remove")
            if expected != ANY and _hint(folder, name) != expected:
                raise ChangedMeanwhile(file)
            folder.remove(name)
            self._step("removed")
            folder.remove(f"{name}.import")
        self._drop_empty(file)

    def sweep(self, folders: list[str]) -> None:
        """Removes temporary files that a killed process left."""
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
    """Writes `data` and compares what the file holds then: it may not get its name else."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]
    if not _holds(handle, data):
        raise OSError(errno.EIO, "The drive holds other bytes than were written")


def _holds(handle: int, data: bytes) -> bool:
    """Whether a file has these contents and no more."""
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
    """Whether this is what a power cut leaves of a text: nothing, or blocks of zeros."""
    return text is not None and (not text or b"\0" in text)


def _kept_name(key: str) -> str:
    return f"{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}.import"


def _later(old: Hint, new_ns: int) -> int | None:
    """Godot compares times in whole seconds: new contents, written at `new_ns`, get a second of their own."""
    return old[1] + 1_000_000_000 if new_ns - old[1] < 1_000_000_000 else None
