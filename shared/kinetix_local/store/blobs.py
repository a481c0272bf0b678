"""Files on disk. A file is complete and synced before any row names it, so no row ever points to a missing or torn file."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import time
from pathlib import Path

from kinetix_core import files
from kinetix_core.identity import Extension

__all__ = ["RESERVED_BYTES", "Blobs"]

RESERVED_BYTES = 256 << 20
"""Of the disk, kept free: one long 4K clip."""
_CHUNK = 1 << 20


class Blobs:
    """Emote files by content hash (`ab/cdef….glb`), uploads by their uuid (`uploads/….mp4`), both below `root`.

    `owner` is which of several services this is, where they have `root` in common: each tidies its own incoming files only.
    """

    def __init__(self, root: Path, owner: str = "") -> None:
        self.root = root
        self.incoming = root / "incoming" / owner
        for folder in (self.incoming, root / "uploads"):
            folder.mkdir(parents=True, exist_ok=True)

    def clear_incoming(self) -> None:
        """At a start: what is here belongs to uploads that nobody finished."""
        for path in self.incoming.iterdir():
            path.unlink(missing_ok=True)

    def temporary(self) -> Path:
        return self.incoming / secrets.token_hex(12)

    def path(self, blob: str) -> Path:
        """Where the blob lies. Blob names come from the database, but an import may have brought them: they must stay inside."""
        path = (self.root / blob).resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise ValueError(f"{blob} leaves the file store")
        return path

    def add(self, source: Path, extension: Extension | None = None) -> tuple[str, int]:
        """Copies `source` in by content hash; returns the blob's name and its size in bytes.

        `extension` is the file's own unless given. Raises BadIdentity when it can be none.
        """
        ending = extension or Extension(source.suffix.removeprefix("."))
        digest = hashlib.sha256()
        temporary = self.temporary()
        size = 0
        with source.open("rb") as read, files.open_new(temporary) as write:
            while chunk := read.read(_CHUNK):
                digest.update(chunk)
                size += write.write(chunk)
            write.flush()
            files.sync_handle(write.fileno())
        name = digest.hexdigest()
        return self.keep(temporary, f"{name[:2]}/{name[2:]}.{ending.lower()}"), size

    def keep(self, temporary: Path, blob: str) -> str:
        """Moves a synced temporary file to its final name."""
        target = self.path(blob)
        files.make_folder(target.parent, private=True)
        files.replace(temporary, target, durable=True)
        return blob

    def sweep(self, named: set[str], older_than_s: float = 86_400.0) -> int:
        """Deletes blobs that are not `named` and a day old (a younger one may be about to be named); returns how many."""
        limit = time.time() - older_than_s
        count = 0
        for path in self.root.glob("*/*"):
            if path.parent == self.incoming or path.relative_to(self.root).as_posix() in named or not path.is_file():
                continue
            if path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
                count += 1
        return count

    def remove(self, blob: str) -> None:
        self.path(blob).unlink(missing_ok=True)

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.root).free
