"""The library: emotes are added whole, keep their id, and are deleted through a bin."""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import replace
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.io.file_names import fold, free_name
from kinetix_core.protocol.hub import models
from kinetix_core.protocol.hub.enumerations import FileKind, LibraryChange
from kinetix_core.protocol.hub.models import Preview
from kinetix_core.values.errors import FormatError, InputError, KinetixError
from kinetix_core.values.identity import EmoteId, JobId
from kinetix_core.values.wording import worded
from kinetix_hub.library import offered
from kinetix_hub.library.delivered import check_profile, delivered
from kinetix_hub.library.emote import MAX_NAME, Emote, files_in, read_sidecar, write_sidecar
from kinetix_hub.library.emote_folder import fill, free_file, moving, name_files
from kinetix_hub.library.index import Index
from kinetix_hub.library.originals import Originals
from kinetix_hub.library.removal import remove_folder
from kinetix_hub.library.staging import person_folder, preview_folder, staging_folders
from kinetix_hub.library.verify import inspect_glb, is_picture, sha256_of
from kinetix_hub.services.port import EmoteInfo, FilmedClip, ServicePort, StagingLost

Changed = Callable[[LibraryChange, models.Emote], None]

_BIN_DAYS = 30


class Library:
    """The library below `root`: a folder per emote, `.originals`, `.incoming` (unfinished deliveries) and `.bin`.

    An emote is read, saved and announced under `lock`, so that no stale state is saved and changes are announced in order.
    `editing` does all three.
    """

    def __init__(self, root: Path, index: Index, changed: Changed) -> None:
        self.root, self.index = root, index
        self.incoming, self.bin = root / ".incoming", root / ".bin"
        self.originals = Originals(root / ".originals")
        self._changed = changed
        self.lock = threading.RLock()

    # Delivery of a job

    def staging(self, job_id: str, person: int = 1) -> Path:
        return self._staging(person_folder(job_id, person))

    def _staging(self, name: JobId) -> Path:
        folder = self.incoming / name
        files.make_folder(folder, private=True, durable=False)
        return folder

    def clear(self, job_id: str) -> None:
        for name in staging_folders(job_id):
            with contextlib.suppress(OSError):  # the sweep of the next start takes what is left
                remove_folder(self.incoming / name, self.incoming)

    def check(self, folder: Path) -> None:
        """Raise FormatError if the GLB is damaged; delete invalid pictures."""
        for kind, name in files_in(folder).items():  # a delivery that failed at its last step has its final names
            if Path(name).stem != kind:
                files.replace(folder / name, folder / f"{kind}{Path(name).suffix}")
        glb = folder / "glb.glb"
        if not glb.exists():
            raise StagingLost
        try:
            inspect_glb(glb)
        except FormatError:
            glb.unlink()  # so that the next try fetches it again
            raise
        for path in folder.iterdir():
            if path.stem in (FileKind.THUMBNAIL, FileKind.PREVIEW) and not is_picture(path, path.suffix[1:]):
                path.unlink()

    def has(self, emote_id: str) -> bool:
        """Return True if the emote is in the library or in its bin."""
        return self.index.find(emote_id) is not None

    def deliver(
        self, folder: Path, info: EmoteInfo, *, profile: str, user: str, job: JobId | None = None, name: str = ""
    ) -> EmoteId:
        """Move a checked staging folder into the library. Idempotent.

        `name`: of a new emote; by default the service's.
        """
        with self.lock:
            known = self.index.find(info.uuid)
            check_profile(known, profile)
            first = self.index.find(info.version_of) if info.version_of else None
            if first is not None and first.profile != profile:
                info = replace(info, version_of=None)  # a service must not change what another one delivered
            digest = sha256_of(folder / "glb.glb")
            same = known is not None and known.deleted is None and not known.evicted and known.sha256 == digest
            if known is not None and same and (self.root / known.folder).is_dir():
                remove_folder(folder, self.incoming)
                return known.id
            emote = delivered(folder / "glb.glb", digest, info, known, profile=profile, user=user, job=job, name=name)
            self.originals.keep(folder / "glb.glb", digest)
            files.sweep(folder)
            place = self._own_folder(known) if known is not None else None
            target = self._free_folder(emote.name, but=emote.id, own=known.folder if known and place else "")
            name_files(folder, target.name)
            emote.folder, emote.files = target.name, files_in(folder)
            if place is not None:
                assert known is not None
                fill(place, folder, known, emote)
                with moving(place, target, emote, durable=True):
                    self.record_stamp(emote, target)
                    self.index.save(emote)
                with contextlib.suppress(OSError):  # empty by now; the job's end takes it otherwise
                    remove_folder(folder, self.incoming)
            else:
                self._move_in(folder, target, emote)
            self._changed(LibraryChange.CHANGED if known else LibraryChange.ADDED, emote.public(self.root))
        return emote.id

    def add_all(self, made: Sequence[tuple[Path, Emote]]) -> None:
        """Add checked staging folders as new emotes: all of them or none.

        The index is written first; `place_staged` completes an interrupted move.
        """
        with self.lock, contextlib.ExitStack() as undo:
            taken: set[str] = set()
            for folder, emote in made:
                undo.callback(self._drop_original, emote.sha256)
                self.originals.keep(folder / "glb.glb", emote.sha256)
                target = self._free_folder(emote.name, but=emote.id, taken=taken)
                taken.add(fold(target.name))
                name_files(folder, target.name)
                emote.folder = target.name
                self._seal(folder, emote)
            for _, emote in made:
                undo.callback(self.index.remove, emote.id)
            self.index.save(*(emote for _, emote in made))
            for folder, emote in made:
                files.replace(folder, self.root / emote.folder, durable=True)
                undo.callback(files.replace, self.root / emote.folder, folder)
            undo.pop_all()
            for _, emote in made:
                self._changed(LibraryChange.ADDED, emote.public(self.root))

    def place_staged(self, folder: Path) -> bool:
        """Move a staging folder to its emote's place if that is free; return True if it was moved."""
        with self.lock:
            staged = read_sidecar(folder)
            known = self.index.find(staged.id) if staged else None
            if staged is None or known is None or known.deleted is not None or known.sha256 != staged.sha256:
                return False
            if (self.root / known.folder).exists():
                return False
            files.replace(folder, self.root / known.folder, durable=True)
            return True

    def _drop_original(self, sha256: str) -> None:
        if not self.index.shares(sha256):
            self.originals.drop(sha256)

    def _seal(self, folder: Path, emote: Emote) -> None:
        """Write sidecar and original into a staging folder, durably."""
        emote.files = files_in(folder)
        self.record_stamp(emote, folder)
        write_sidecar(folder, emote, durable=False)
        files.sync_tree(folder)

    def _move_in(self, folder: Path, target: Path, emote: Emote) -> None:
        """Move a staging folder to the emote's place."""
        self._seal(folder, emote)
        files.replace(folder, target, durable=True)
        try:
            self.index.save(emote)
        except BaseException:
            # Unknown to the index it would be in the way of the next try. (After a kill here, the next start takes it in.)
            files.replace(target, folder)
            raise

    def _own_folder(self, emote: Emote) -> Path | None:
        """Return the emote's folder, also in the bin; None if its sidecar does not name the emote."""
        folder = self.root / emote.folder
        found = read_sidecar(folder)
        if found is None or found.id != emote.id or folder.is_symlink():
            return None
        return folder

    def preview(
        self, port: ServicePort, info: EmoteInfo, job_id: str, clip: FilmedClip, stop: Callable[[], bool]
    ) -> Preview:
        """Fetch the files of a take for the user's decision; they are not part of the library."""
        folder = self._staging(preview_folder(job_id))
        offered.fetch(port, info, folder, lambda share: None, stop)
        self.check(folder)
        found = files_in(folder)
        glb, thumbnail = (
            str(folder / found[kind]) if kind in found else None for kind in (FileKind.GLB, FileKind.THUMBNAIL)
        )
        return Preview(glb=glb, clip=clip.path, clip_start=clip.start_s, thumbnail=thumbnail)

    def fetch_kind(self, port: ServicePort, emote_id: str, kind: FileKind) -> Path:
        """Fetch a missing file of an emote: another format, or an evicted GLB."""
        emote = self.index.get(emote_id)
        info = port.emote(emote_id)
        # Beside the library first: the emote may get another name, or go, while the file is on its way.
        staging = self.staging(f"file-{secrets.token_hex(8)}")
        try:
            fetched = offered.fetch_kind(port, info, kind, staging)
            files.sync_tree(staging)
            with contextlib.ExitStack() as unknown:  # to the index; it would be in the way of the next try
                with self.editing(emote_id) as emote:
                    files.make_folder(self.root / emote.folder, private=True)
                    target = self.place_for(emote, kind, fetched.suffix[1:])
                    if kind is FileKind.GLB:
                        inspect_glb(fetched)
                        emote.sha256, emote.evicted, emote.problem = sha256_of(fetched), False, None
                        self.originals.keep(fetched, emote.sha256)
                    if not target.exists():
                        unknown.callback(target.unlink, missing_ok=True)
                    files.replace(fetched, target, durable=True)
                    emote.files[kind] = target.name
                    self.record_stamp(emote) if kind is FileKind.GLB else self.measure(emote)
                unknown.pop_all()
            return target
        finally:
            self.clear(staging.name)

    # What a person does

    def file(self, emote_id: str, kind: FileKind) -> Path | None:
        """Return the file if it exists; mark the emote as used."""
        with self.lock:
            emote = self.index.get(emote_id)
            name = emote.files.get(kind)
            path = self.root / emote.folder / name if name else None
            if time.time() - emote.used > 60:
                emote.used = time.time()
                with contextlib.suppress(OSError, sqlite3.Error):  # a full disk keeps nobody from reading
                    self.index.save(emote)
            # Within the lock: in the middle of a rename it would seem to be lost.
            return path if path is not None and path.is_file() else None

    def make_current(self, emote_id: str) -> None:
        """Make it the current one of its versions, if it is in the library."""
        with self.lock:
            found = self.index.find(emote_id)
            if found is not None and found.deleted is None:
                with self.editing(emote_id) as emote:
                    emote.current_since = time.time()

    def rename(self, emote_id: str, name: str) -> models.Emote:
        """Rename the emote, its folder and its files. `Repair` completes an interrupted rename."""
        name = name.strip()
        if not name or len(name) > MAX_NAME:
            raise InputError(
                worded("An emote's name has 1 to {most} characters.", most=MAX_NAME),
                code="badName",
                next_step="Choose another name.",
            )
        with self.lock:
            emote = self.index.get(emote_id)
            if name == emote.name:
                return emote.public(self.root)
            folder = self._free_folder(name, but=emote.id, own=emote.folder)
            emote.name = name
            self._move(emote, folder)
            self._changed(LibraryChange.RENAMED, emote.public(self.root))
        return emote.public(self.root)

    def pin(self, emote_id: str, pinned: bool) -> models.Emote:
        with self.editing(emote_id) as emote:
            emote.pinned = pinned
        return emote.public(self.root)

    def delete(self, emote_id: str) -> None:
        """Move the emote to the bin; `restore` undoes it for 30 days."""
        with self.lock:
            emote = self.index.get(emote_id)
            public = emote.public(self.root)
            folder, bin_folder = self.root / emote.folder, self._free_bin_folder(emote)
            with contextlib.ExitStack() as moved:
                if folder.is_dir():
                    files.make_folder(self.bin, private=True)
                    remove_folder(bin_folder, self.bin)  # what a kill left there; it is this emote's
                    moved.enter_context(moving(folder, bin_folder, emote))
                emote.deleted, emote.folder = time.time(), f".bin/{bin_folder.name}"
                self.index.save(emote)
            self._changed(LibraryChange.REMOVED, public)

    def restore(self, emote_id: str) -> models.Emote:
        with self.lock:
            emote = self.index.get(emote_id, deleted=True)
            if emote.deleted is None:
                return emote.public(self.root)
            if not (self.root / emote.folder).is_dir():
                emote.evicted, emote.files = True, {}
            emote.deleted = None
            self._move(emote, self._free_folder(emote.name, but=emote.id))
            self._changed(LibraryChange.ADDED, emote.public(self.root))
        return emote.public(self.root)

    def _move(self, emote: Emote, target: Path) -> None:
        """Move a changed emote to another folder, rename its files and save it; on failure nothing changes."""
        before = self.root / emote.folder
        emote.folder = target.name
        if not before.is_dir():
            self.index.save(emote)
            return
        with moving(before, target, emote):
            write_sidecar(target, emote)
            emote.files = name_files(target, target.name, emote.files)
            self.measure(emote, target)
            self.index.save(emote)

    def empty_bin(self, older_than_s: float = _BIN_DAYS * 86400.0) -> int:
        """Delete what has been in the bin for too long. A clock that jumps deletes nothing early."""
        return sum(self._give_up(emote.id, older_than_s) for emote in self.index.all(deleted=True))

    def _give_up(self, emote_id: str, older_than_s: float) -> bool:
        with self.lock:
            emote = self.index.find(emote_id)
            if emote is None or emote.deleted is None or time.time() - emote.deleted <= older_than_s:
                return False  # restored meanwhile, or not old enough
            with contextlib.suppress(OSError, KinetixError):  # in use, or a link that somebody put there
                remove_folder(self.root / emote.folder, self.bin)
            self.index.remove(emote.id)
            self._drop_original(emote.sha256)
            return True

    # Shared with repair.py and evict.py

    def place_for(self, emote: Emote, kind: FileKind, extension: str) -> Path:
        """Return the path for this file of an emote: its own, or a free one."""
        folder, name = self.root / emote.folder, f"{emote.folder}.{extension}"
        own = emote.files.get(kind)
        if own is not None:
            return folder / own
        return free_file(folder, name) if (folder / name).exists() else folder / name

    @contextlib.contextmanager
    def editing(self, emote_id: str) -> Iterator[Emote]:
        """Yield the emote for changes; it is saved and announced at the end unless an exception was raised."""
        with self.lock:
            emote = self.index.get(emote_id)
            yield emote
            folder = self.root / emote.folder
            if folder.is_dir():
                write_sidecar(folder, emote)
            self.index.save(emote)
            self.announce(emote)

    def announce(self, emote: Emote) -> None:
        """Announce a changed emote. Called under `lock`, after it was saved."""
        self._changed(LibraryChange.CHANGED, emote.public(self.root))

    def adopt(self, folder: Path) -> Emote | None:
        """Add a folder with a valid sidecar to the index, e.g. after a kill or from a backup."""
        with self.lock:
            emote = read_sidecar(folder)
            known = self.index.find(emote.id) if emote else None
            if emote is None or FileKind.GLB not in emote.files or (known and (self.root / known.folder).is_dir()):
                return None
            emote.deleted = None
            emote.sha256 = sha256_of(folder / emote.files[FileKind.GLB])
            self.record_stamp(emote, folder)
            self.index.save(emote)
            self._changed(LibraryChange.RENAMED if known else LibraryChange.ADDED, emote.public(self.root))
        return emote

    def measure(self, emote: Emote, folder: Path | None = None) -> None:
        """Record the emote's files and their size. `folder`: where they lie, if not in their place yet."""
        folder = folder or self.root / emote.folder
        emote.files = files_in(folder, emote.files)
        sizes = [(folder / name).stat() for name in emote.files.values()]
        original = self.originals.path(emote.sha256)
        emote.bytes = sum(found.st_size for found in sizes) + (original.stat().st_size if original.exists() else 0)

    def record_stamp(self, emote: Emote, folder: Path | None = None) -> None:
        """Measure, and record size and time of the GLB, which was just verified as `emote.sha256`."""
        folder = folder or self.root / emote.folder
        self.measure(emote, folder)
        found = (folder / emote.files[FileKind.GLB]).stat()
        emote.stamp = [found.st_size, found.st_mtime_ns]

    def _free_folder(self, name: str, *, but: str, own: str = "", taken: Set[str] = frozenset()) -> Path:
        """Return a folder name that no other emote has, that is not `taken`, and where nothing exists except in `own`."""
        taken = taken | {fold(folder) for folder in self.index.folders(but=but)}
        if self.root.is_dir():
            taken |= {fold(entry.name) for entry in os.scandir(self.root) if entry.name != own}
        return self.root / free_name(name, taken)

    def _free_bin_folder(self, emote: Emote) -> Path:
        """Return its id, or a similar name if another id in the bin differs in case only."""
        others = (folder for folder in self.index.folders(but=emote.id) if folder.startswith(".bin/"))
        return self.bin / free_name(emote.id, {fold(folder.removeprefix(".bin/")) for folder in others})
