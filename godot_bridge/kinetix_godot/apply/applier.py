"""Carries out the actions of a plan so that a reader of the project never sees a half-made file, whenever this process dies.

Order inside one action: `.import`, then GLB, then the record. Every file appears under its final name by one rename.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from kinetix_core import files
from kinetix_godot.apply.spares import Spares
from kinetix_godot.source.snapshot import Hint, read_hint

__all__ = ["ANY", "TEMPORARY", "Applier", "ChangedMeanwhile", "is_temporary"]

ANY = "any"
TEMPORARY = ".kinetix-tmp"  # a dot in front and this behind: Godot scans neither


def is_temporary(name: str) -> bool:
    return name.startswith(".") and name.endswith(TEMPORARY)


class ChangedMeanwhile(Exception):
    """The target is no longer what the plan was made for: plan again."""


def _nothing(step: str) -> None:
    pass


class Applier:
    """Writes into one target folder.

    Args:
        root: the target folder.
        keep: folder for the `.import` files of removed emotes, so that an undo of the removal brings the user's settings back.
        step: called with the name of each step before it is taken; tests die there.
        spares: files to write into, on the same drive.
    """

    def __init__(
        self, root: Path, keep: Path, step: Callable[[str], None] = _nothing, spares: Spares | None = None
    ) -> None:
        self.root, self._keep, self._step, self._spares = root, keep, step, spares
        self._base = str(root)
        self._kept: set[str] | None = None  # names in `keep`, once they were asked for
        self._made: set[str] = set()

    def write(self, file: str, data: bytes, expected: Hint | str | None = ANY) -> Hint:
        """Puts `data` at `file`, whole or not at all, if what lies there is still what the plan saw (`expected`).

        Raises:
            ChangedMeanwhile: somebody wrote there since the plan was made; nothing was done.
            OSError: the disk refused; no temporary file is left.
        """
        final = f"{self._base}/{file}"

        def agree(handle: int) -> None:
            old = read_hint(final)
            if old is not None:
                _separate_times(old, handle)
            self._step("replace")
            if expected != ANY and old != expected:
                raise ChangedMeanwhile(file)

        self._step("temporary")
        self._place(final, data, agree)
        self._step("written")
        hint = read_hint(final)
        if hint is None:
            raise FileNotFoundError(2, "vanished while it was written", final)
        return hint

    def write_once(self, file: str, text: Callable[[], str]) -> bool:
        """Writes a file unless it is there: an `.import` belongs to the user from then on."""
        final = f"{self._base}/{file}"
        if os.path.lexists(final):
            return False
        self._step("import")
        self._place(final, text().encode("utf-8"), lambda handle: None)
        return True

    def _place(self, final: str, data: bytes, agree: Callable[[int], None]) -> None:
        """Has `data` appear at `final` by one rename. `agree` gets the file with all in it, and raises to keep it out."""
        head, _, name = final.rpartition("/")
        self._make_folder(head)
        handle, temporary = self._spare() or (None, f"{head}/.{name}{TEMPORARY}")
        if handle is None:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            try:
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(handle, rest) :]
                agree(handle)
            finally:
                os.close(handle)
            if os.name == "nt":
                files.replace(Path(temporary), Path(final))
            else:
                os.rename(temporary, final)  # noqa: PTH104 - the hot path
        except (OSError, ChangedMeanwhile) as error:
            self._made.discard(head)
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
            if isinstance(error, OSError) and error.errno == errno.EXDEV and self._spares is not None:
                self._spares.close()  # they are on another drive
                self._spares = None
                self._place(final, data, agree)
                return
            raise

    def _spare(self) -> tuple[int, str] | None:
        """A spare file, open; None when there is none."""
        while self._spares is not None and (path := self._spares.take()) is not None:
            with contextlib.suppress(OSError):  # deleted with Godot's folder
                return os.open(path, os.O_WRONLY), path
        return None

    def make_ready(self) -> None:
        """Does now what the next write would have to wait for."""
        if self._spares is not None:
            self._spares.refill()

    def making_ready(self, count: int) -> contextlib.AbstractContextManager[None]:
        """Inside, what so many writes would have to wait for is done beside them."""
        return self._spares.making(2 * count) if self._spares is not None else contextlib.nullcontext()

    def close(self) -> None:
        """Leaves nothing behind in the project."""
        if self._spares is not None:
            self._spares.close()

    def restore_import(self, key: str, file: str) -> bool:
        """Brings back the `.import` of an emote that was removed before. `key` is the emote's."""
        if self._kept is None:
            self._kept = set(os.listdir(self._keep)) if self._keep.is_dir() else set()  # noqa: PTH208
        if (
            not self._kept
            or (name := _kept_name(key)) not in self._kept
            or os.path.lexists(f"{self._base}/{file}.import")
        ):
            return False
        kept = self._keep / name
        self.write(f"{file}.import", kept.read_bytes())
        kept.unlink(missing_ok=True)
        self._kept.discard(name)
        return True

    def move(self, old: str, new: str) -> Hint | None:
        """Moves a GLB and its `.import` together, so that the uid and the settings follow."""
        self._make_folder(f"{self._base}/{new}".rpartition("/")[0])
        for tail in (".import", ""):
            self._step("move")
            source, target = self.root / f"{old}{tail}", self.root / f"{new}{tail}"
            if tail and (not source.exists() or target.exists()):
                continue
            if source.exists():
                files.replace(source, target)
        self._drop_empty(old)
        return read_hint(self.root / new)

    def remove(self, file: str, key: str | None = None) -> None:
        """Removes a GLB and its `.import`. With the emote's `key` the `.import` is kept aside."""
        settings = self.root / f"{file}.import"
        if key and settings.is_file():
            self._keep.mkdir(parents=True, exist_ok=True)
            self._kept = None
            with contextlib.suppress(OSError):
                (self._keep / _kept_name(key)).write_bytes(settings.read_bytes())
        self._step("remove")
        (self.root / file).unlink(missing_ok=True)
        self._step("removed")
        settings.unlink(missing_ok=True)
        self._drop_empty(file)

    def sweep(self, folders: list[str]) -> None:
        """Removes temporary files that a killed process left."""
        for folder in folders:
            with contextlib.suppress(OSError), os.scandir(self.root / folder) as entries:
                for entry in entries:
                    if is_temporary(entry.name):
                        with contextlib.suppress(OSError):
                            os.unlink(entry.path)  # noqa: PTH108

    def _make_folder(self, folder: str) -> None:
        if folder not in self._made:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103
            self._made.add(folder)

    def _drop_empty(self, file: str) -> None:
        folder = (self.root / file).parent
        while folder != self.root and folder.is_relative_to(self.root):
            self._made.discard(str(folder))
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent


def _kept_name(key: str) -> str:
    return f"{hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}.import"


def _separate_times(old: Hint, handle: int) -> None:
    """Godot compares times in whole seconds: new contents get a second of their own."""
    if time.time_ns() - old[1] < 1_000_000_000 and os.utime in os.supports_fd:
        later = old[1] + 1_000_000_000
        os.utime(handle, ns=(later, later))
