"""Detection and repair of problems in the library, after a kill, a disk fault or changes by the user."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.io.damage import set_aside
from kinetix_core.protocol.hub.answers import Cure, ProblemEmote
from kinetix_core.protocol.hub.base_models import ErrorInfo
from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.values.errors import FormatError, KinetixError
from kinetix_hub.library.emote import Emote, read_sidecar
from kinetix_hub.library.library import Library
from kinetix_hub.library.removal import remove_folder
from kinetix_hub.library.staging import staging_folders
from kinetix_hub.library.verify import inspect_glb, sha256_of

log = logging.getLogger(__name__)

_FINDINGS = {
    "fileMissing": ("The GLB of this emote was deleted.", "Repair the library to restore it."),
    "fileDamaged": (
        "The GLB of this emote is damaged.",
        "Repair the library to restore the original; the damaged file is kept.",
    ),
    "fileChanged": (
        "The GLB of this emote was changed by another program.",
        "Repair the library to accept the change; the original is kept.",
    ),
    "folderMissing": ("The folder of this emote is missing.", "Repair the library to restore it."),
    "sidecarDamaged": ("The sidecar of this emote is damaged.", "Repair the library to write it again."),
}


class Repair:
    """Repairs. `look` marks emotes with their problem; `fix` repairs them. No file of the user is deleted."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._fixing = threading.Lock()

    def sweep(self, live_jobs: Collection[str]) -> None:
        """Delete unfinished deliveries without a job, and add folders that a kill left out of the index."""
        files.sweep(self._library.root.parent / "hub")
        incoming = self._library.incoming
        live = {name for job in live_jobs for name in staging_folders(job)}
        if incoming.is_dir():
            for folder in incoming.iterdir():
                if folder.name not in live and not self._library.place_staged(folder):
                    with contextlib.suppress(OSError, KinetixError):  # a stranger's, or in use
                        remove_folder(folder, incoming)
        for folder in [self._library.originals.root, *self._library.originals.folders()]:
            files.sweep(folder)
        for folder in self._unlisted_folders():
            self._library.adopt(folder)

    def _unlisted_folders(self) -> Iterator[Path]:
        root = self._library.root
        if root.is_dir():
            known = self._library.index.folders()
            for folder in sorted(root.iterdir()):
                if not folder.name.startswith(".") and folder.name not in known and folder.is_dir():
                    yield folder

    def rebuild(self) -> int:
        """Rebuild an empty index from the sidecar files, including the bin."""
        found, root = 0, self._library.root
        for folder in self._unlisted_folders():
            found += self._library.adopt(folder) is not None
        binned = root / ".bin"
        if binned.is_dir():
            for folder in binned.iterdir():
                emote = read_sidecar(folder) if folder.is_dir() else None
                if emote is not None and self._library.index.find(emote.id) is None:
                    emote.folder, emote.deleted = f".bin/{folder.name}", emote.deleted or time.time()
                    self._library.index.save(emote)
        return found

    def look(self) -> list[ProblemEmote]:
        """Return every emote with a problem. Files with a known size and time are not read again."""
        found, library = [], self._library
        for seen in library.index.all():
            code = self._problem(seen)  # reads whole files, so without the lock
            with library.lock:
                emote = library.index.find(seen.id)
                if emote is None or emote.deleted is not None:
                    continue
                if emote != seen or code is not None:  # changed meanwhile, or on the way to its place
                    code = self._problem(emote)
                files.sweep(library.root / emote.folder)
                entry = _error(code) if code else None
                if entry != emote.problem:
                    emote.problem = entry
                    library.index.save(emote)  # the sidecar keeps no problem
                    library.announce(emote)
            if code is not None:
                found.append(_problem_of(emote, _error(code)))
        return found

    def _problem(self, emote: Emote) -> str | None:
        folder = self._library.root / emote.folder
        if not folder.is_dir():
            return None if emote.evicted else "folderMissing"
        if FileKind.GLB not in emote.files:
            return None if emote.evicted else "fileMissing"
        glb = folder / emote.files[FileKind.GLB]
        try:
            stat = glb.stat()
            if [stat.st_size, stat.st_mtime_ns] != emote.stamp and sha256_of(glb) != emote.sha256:
                inspect_glb(glb)
                return "fileChanged"
        except FileNotFoundError:
            return "fileMissing"
        except FormatError:
            return "fileDamaged"
        return None if read_sidecar(folder) else "sidecarDamaged"

    def fix(self) -> list[Cure]:
        """Repair every problem that `look` finds; return what was repaired and what is left to the user."""
        done: list[Cure] = []
        with self._fixing:
            for folder in self._unlisted_folders():
                adopted = self._library.adopt(folder)
                if adopted is not None:
                    done.append(_cured(adopted, "adopted"))
            for row in self.look():
                with contextlib.suppress(KinetixError):  # deleted since
                    done += self._cure(row.emote_id)
        return done

    def _cure(self, emote_id: str) -> list[Cure]:
        with self._library.editing(emote_id) as emote:
            code = self._problem(emote)
            if code is None:
                return []
            folder = self._library.root / emote.folder
            if code == "fileChanged":
                glb = folder / emote.files[FileKind.GLB]
                summary = inspect_glb(glb)
                emote.sha256 = sha256_of(glb)
                emote.duration_s, emote.fps, emote.frames = summary.duration_s, summary.fps, summary.frames
                self._library.originals.keep(glb, emote.sha256)
                self._library.record_stamp(emote)
            elif code != "sidecarDamaged":
                if code == "fileDamaged":
                    set_aside(folder / emote.files[FileKind.GLB])
                if self._restore(emote) is None:
                    # The original is gone too: the service brings it back when somebody asks for the file.
                    emote.evicted = True
                    emote.files.pop(FileKind.GLB, None)
            emote.problem = None
            if folder.is_dir():
                self._library.measure(emote)
            return [_cured(emote, code)]

    def restore_glb(self, emote_id: str) -> Path | None:
        """Restore the original GLB of an emote; return None if there is no original."""
        with self._library.editing(emote_id) as emote:
            return self._restore(emote)

    def _restore(self, emote: Emote) -> Path | None:
        folder = self._library.root / emote.folder
        files.make_folder(folder, private=True)
        target = self._library.place_for(emote, FileKind.GLB, "glb")
        if not self._library.originals.restore(emote.sha256, target):
            return None
        emote.evicted, emote.problem = False, None
        emote.files[FileKind.GLB] = target.name
        self._library.record_stamp(emote)
        return target


def _error(code: str) -> ErrorInfo:
    title, next_step = _FINDINGS[code]
    return ErrorInfo(code=code, title=title, next_step=next_step)


def _problem_of(emote: Emote, error: ErrorInfo) -> ProblemEmote:
    return ProblemEmote(
        emote_id=emote.id,
        name=emote.name,
        code=error.code,
        title=error.title,
        detail=error.detail,
        next_step=error.next_step,
    )


def _cured(emote: Emote, code: str) -> Cure:
    return Cure(emote_id=emote.id, name=emote.name, code=code, fixed=True)
