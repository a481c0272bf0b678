"""The library: emotes come in whole, keep their identity whatever they are called, and leave through a bin."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kinetix_core import files
from kinetix_core.errors import FormatError, InputError, KinetixError
from kinetix_hub.jobs.job import Job, service_name
from kinetix_hub.jobs.port import EmoteInfo, FileInfo, Report, ServicePort, StagingLost
from kinetix_hub.library.emote import Emote, files_in, read_sidecar, write_sidecar
from kinetix_hub.library.index import Index
from kinetix_hub.library.names import fold, free_name
from kinetix_hub.library.originals import Originals
from kinetix_hub.library.verify import inspect_glb, is_picture, sha256_of

__all__ = ["KINDS", "Library", "remove_temporary"]

Changed = Callable[[str, dict[str, Any]], None]
"""(added | changed | renamed | removed, the Emote)"""

_BIN_DAYS = 30
# What is fetched with every emote, the best first; the other kinds come when they are asked for.
_WANTED = {
    "glb": (("animation-v2", "glb"), ("animation", "glb")),
    "thumbnail": (("thumbnail", "png"),),
    "preview": (("preview", "webp"), ("thumbnail", "gif")),
}
_ON_REQUEST = {kind: (("animation-v2", kind), ("animation", kind)) for kind in ("fbx", "bvh", "kinanim")}

KINDS = (*_WANTED, *_ON_REQUEST)


class Library:
    """Below `root`: a folder per emote, `.originals`, `.incoming` (deliveries not finished) and `.bin`."""

    def __init__(self, root: Path, index: Index, changed: Changed) -> None:
        self.root, self.index = root, index
        self.originals = Originals(root / ".originals")
        self._changed = changed
        self.lock = threading.RLock()

    # Delivery of a job

    def staging(self, job_id: str) -> Path:
        folder = self.root / ".incoming" / job_id
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def clear(self, job_id: str) -> None:
        shutil.rmtree(self.root / ".incoming" / job_id, ignore_errors=True)
        shutil.rmtree(self.root / ".incoming" / f"{job_id}-preview", ignore_errors=True)

    def fetch(
        self,
        port: ServicePort,
        info: EmoteInfo,
        folder: Path,
        report: Callable[[float], None],
        stop: Callable[[], bool],
    ) -> None:
        """Downloads into a staging folder what every emote has."""
        remove_temporary(folder)
        wanted = [(kind, file) for kind in _WANTED if (file := _choose(info, _WANTED[kind])) is not None]
        if not wanted or wanted[0][0] != "glb":
            raise KinetixError(
                "The service offers no GLB of this emote.",
                code="noGlb",
                next_step="Switch GLB on for this virtual world, then retry the job.",
            )
        for number, (kind, file) in enumerate(wanted):

            def progress(done: int, total: int | None, seconds: float, base: int = number) -> None:
                report((base + (done / total if total else 0.0)) / len(wanted))

            self._fetch_one(port, file, folder / f"{kind}.{file.extension}", progress, stop, needed=kind == "glb")

    def _fetch_one(
        self, port: ServicePort, file: FileInfo, target: Path, report: Report, stop: Callable[[], bool], *, needed: bool
    ) -> None:
        if target.exists():  # of a try before; it is checked like a new one
            return
        try:
            port.download(file.url, target, extension=file.extension, progress=report, cancelled=stop)
        except FormatError:
            if needed:
                raise

    def check(self, folder: Path) -> None:
        """Raises FormatError when the GLB is damaged; a picture that is none is left out."""
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
            if path.stem in ("thumbnail", "preview") and not is_picture(path, path.suffix[1:]):
                path.unlink()

    def deliver(self, folder: Path, info: EmoteInfo, job: Job | None, *, profile: str = "", user: str = "") -> str:
        """Takes a checked staging folder into the library. Done twice, it is there once."""
        with self.lock:
            known = self.index.find(info.uuid)
            digest = sha256_of(folder / "glb.glb")
            same = known is not None and known.deleted is None and not known.evicted and known.sha256 == digest
            if known is not None and same and (self.root / known.folder).is_dir():
                shutil.rmtree(folder)
                return known.id
            facts, now = inspect_glb(folder / "glb.glb"), time.time()
            name = _name_of(info, job)
            emote = Emote(
                id=info.uuid,
                name=known.name if known else name,
                folder="",
                profile=job.profile if job else profile,
                user=job.user if job else user,
                sha256=digest,
                bytes=0,
                created=known.created if known else now,
                used=now,
                pinned=known.pinned if known else False,
                job=job.id if job else (known.job if known else None),
                duration_s=facts.duration_s if facts.duration_s is not None else info.duration_s,
                fps=facts.fps,
                frames=facts.frames,
                mature=info.mature,
            )
            self.originals.keep(folder / "glb.glb", digest)
            if known is not None:
                self._drop_folder(known)
            target = self._free_folder(emote.name, but=emote.id)
            remove_temporary(folder)
            _name_files(folder, target.name)
            emote.folder = target.name
            self._measure(folder, emote)
            write_sidecar(folder, emote)
            files.sync_tree(folder)
            files.replace(folder, target, durable=True)
            try:
                self.index.save(emote)
            except BaseException:
                # Unknown to the index it would be in the way of the next try. (After a kill here, the next start takes it in.)
                files.replace(target, folder)
                raise
        self._changed("changed" if known else "added", emote.public(self.root))
        return emote.id

    def preview(
        self, port: ServicePort, info: EmoteInfo, job_id: str, stop: Callable[[], bool]
    ) -> dict[str, str | None]:
        """The files a person looks at before deciding; they are no part of the library yet."""
        folder = self.staging(f"{job_id}-preview")
        self.fetch(port, info, folder, lambda share: None, stop)
        self.check(folder)
        found = files_in(folder)
        return {kind: str(folder / found[kind]) if kind in found else None for kind in ("glb", "thumbnail", "preview")}

    def fetch_kind(self, port: ServicePort, emote_id: str, kind: str) -> Path:
        """A file of an emote that is not here: a format nobody wanted before, or a GLB that had to make room."""
        emote = self.index.get(emote_id)
        info = port.emote(emote_id)
        file = _choose(info, {**_WANTED, **_ON_REQUEST}.get(kind, ()))
        if file is None:
            raise KinetixError(
                f"The service has no {kind} of this emote.",
                code="noSuchFile",
                next_step="Use the GLB: `kinetix convert` makes other formats of it.",
            )
        folder = self.root / emote.folder
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{emote.folder}.{file.extension}"
        port.download(file.url, target, extension=file.extension, progress=_silent, cancelled=lambda: False)
        files.sync_tree(folder)
        with self.lock:
            emote = self.index.get(emote_id)
            if kind == "glb":
                inspect_glb(target)
                emote.sha256, emote.evicted, emote.problem = sha256_of(target), False, None
                self.originals.keep(target, emote.sha256)
            self._measure(folder, emote)
            self._save(emote)
        self._changed("changed", emote.public(self.root))
        return target

    # What a person does

    def file(self, emote_id: str, kind: str) -> Path | None:
        """The file when it is here; marks the emote as used."""
        with self.lock:
            emote = self.index.get(emote_id)
            name = emote.files.get(kind)
            path = self.root / emote.folder / name if name else None
            if time.time() - emote.used > 60:
                emote.used = time.time()
                self.index.save(emote)
        return path if path is not None and path.is_file() else None

    def rename(self, emote_id: str, name: str) -> dict[str, Any]:
        """Renames the folder and the files too. A kill in between leaves an emote that `reconcile` knows by its sidecar."""
        name = name.strip()
        if not name or len(name) > 200:
            raise InputError(
                "An emote's name has 1 to 200 characters.", code="badName", next_step="Choose another name."
            )
        with self.lock:
            emote = self.index.get(emote_id)
            if name == emote.name:
                return emote.public(self.root)
            before, folder = self.root / emote.folder, self._free_folder(name, but=emote.id)
            emote.name = name
            if before.is_dir():
                write_sidecar(before, emote)
                _name_files(before, folder.name)
                if before != folder:
                    files.replace(before, folder)
            emote.folder = folder.name
            if folder.is_dir():
                self._measure(folder, emote)
            self.index.save(emote)
        self._changed("renamed", emote.public(self.root))
        return emote.public(self.root)

    def pin(self, emote_id: str, pinned: bool) -> dict[str, Any]:
        with self.lock:
            emote = self.index.get(emote_id)
            emote.pinned = pinned
            self._save(emote)
        self._changed("changed", emote.public(self.root))
        return emote.public(self.root)

    def delete(self, emote_id: str) -> None:
        """Into the bin; `restore` undoes it for 30 days."""
        with self.lock:
            emote = self.index.get(emote_id)
            public = emote.public(self.root)
            folder, bin_folder = self.root / emote.folder, self.root / ".bin" / emote.id
            if folder.is_dir():
                bin_folder.parent.mkdir(parents=True, exist_ok=True)
                shutil.rmtree(bin_folder, ignore_errors=True)
                files.replace(folder, bin_folder)
            emote.deleted, emote.folder = time.time(), f".bin/{emote.id}"
            self.index.save(emote)
        self._changed("removed", public)

    def restore(self, emote_id: str) -> dict[str, Any]:
        with self.lock:
            emote = self.index.get(emote_id, deleted=True)
            if emote.deleted is None:
                return emote.public(self.root)
            binned, target = self.root / emote.folder, self._free_folder(emote.name, but=emote.id)
            if binned.is_dir():
                _name_files(binned, target.name)
                files.replace(binned, target)
            else:
                emote.evicted, emote.files = True, {}
            emote.deleted, emote.folder = None, target.name
            if target.is_dir():
                self._measure(target, emote)
            self._save(emote)
        self._changed("added", emote.public(self.root))
        return emote.public(self.root)

    def empty_bin(self, older_than_s: float = _BIN_DAYS * 86400.0) -> int:
        """Gives up what has lain in the bin for that long. A clock that was set forward and back loses nothing by it."""
        gone = 0
        for emote in self.index.all(deleted=True):
            if emote.deleted is not None and time.time() - emote.deleted > older_than_s:
                with self.lock:
                    shutil.rmtree(self.root / ".bin" / emote.id, ignore_errors=True)
                    self.index.remove(emote.id)
                    if not self.index.shares(emote.sha256):
                        self.originals.drop(emote.sha256)
                gone += 1
        return gone

    # Shared with repair.py and evict.py

    def save(self, emote: Emote, kind: str = "changed") -> None:
        with self.lock:
            self._save(emote)
        self._changed(kind, emote.public(self.root))

    def adopt(self, folder: Path) -> Emote | None:
        """Takes a folder with a readable sidecar into the index, e.g. one moved in by a kill, a backup or a person."""
        with self.lock:
            emote = read_sidecar(folder)
            known = self.index.find(emote.id) if emote else None
            if emote is None or "glb" not in emote.files or (known and (self.root / known.folder).is_dir()):
                return None
            emote.deleted = None
            self._measure(folder, emote)
            emote.sha256 = sha256_of(folder / emote.files["glb"])
            self.index.save(emote)
        self._changed("renamed" if known else "added", emote.public(self.root))
        return emote

    def measure(self, emote: Emote) -> None:
        self._measure(self.root / emote.folder, emote)

    def _save(self, emote: Emote) -> None:
        folder = self.root / emote.folder
        if folder.is_dir():
            write_sidecar(folder, emote)
        self.index.save(emote)

    def _measure(self, folder: Path, emote: Emote) -> None:
        emote.files = files_in(folder)
        sizes = [(folder / name).stat() for name in emote.files.values()]
        original = self.originals.path(emote.sha256)
        emote.bytes = sum(found.st_size for found in sizes) + (original.stat().st_size if original.exists() else 0)
        if "glb" in emote.files:
            found = (folder / emote.files["glb"]).stat()
            emote.stamp = [found.st_size, found.st_mtime_ns]

    def _free_folder(self, name: str, *, but: str) -> Path:
        taken = {fold(folder) for folder in self.index.folders(but=but)}
        own = self.index.find(but)
        if self.root.is_dir():
            taken |= {fold(entry.name) for entry in os.scandir(self.root) if own is None or entry.name != own.folder}
        return self.root / free_name(name, taken)

    def _drop_folder(self, emote: Emote) -> None:
        if emote.folder and (self.root / emote.folder).is_dir():
            shutil.rmtree(self.root / emote.folder)


def remove_temporary(folder: Path) -> None:
    """What a kill left of a write that never got its final name."""
    for path in folder.iterdir():
        if path.name.startswith(".") and path.name.endswith((".part", ".tmp")):
            path.unlink(missing_ok=True)


def _choose(info: EmoteInfo, wanted: tuple[tuple[str, str], ...]) -> FileInfo | None:
    """By name and by the `extension` field, never by the address."""
    for name, extension in wanted:
        for file in info.files:
            if file.name == name and file.extension.lower() == extension:
                return FileInfo(file.name, extension, file.url)
    return None


def _name_of(info: EmoteInfo, job: Job | None) -> str:
    """The job's whole name, of which the service keeps 25 characters; but who films with a phone may have named the emote there."""
    named_there = job is None or (job.kind == "phone" and info.name != service_name(job.name))
    name = info.name if named_there else ""
    return name.strip() or (job.name.strip() if job else "") or "Emote"


def _name_files(folder: Path, stem: str) -> None:
    for kind, name in files_in(folder).items():
        path = folder / name
        wanted = folder / f"{stem}{path.suffix.lower()}"
        if path != wanted and (kind == "glb" or not wanted.exists()):
            files.replace(path, wanted)


def _silent(done: int, total: int | None, seconds: float) -> None:
    """Nobody watches this transfer."""
