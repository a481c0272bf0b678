"""Blobs in a folder of this machine, or one that several machines have in common."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.values.identity import Extension
from kinetix_local.store.blobs.interface import PIECE, Blobs, content_name


class FolderBlobs(Blobs):
    """Every blob is the file of its name below `root`."""

    def __init__(self, root: Path, owner: str = "") -> None:
        super().__init__(root, owner)
        (root / "uploads").mkdir(parents=True, exist_ok=True)

    def path(self, blob: str) -> Path:
        """Return the path of a blob. Its name must stay inside the folder, as an import may have written it."""
        path = (self.root / blob).resolve()
        if not path.is_relative_to(self.root.resolve()):
            raise ValueError(f"{blob} leaves the file store")
        return path

    def add(self, source: Path, extension: Extension | None = None) -> tuple[str, int]:
        ending = extension or Extension(source.suffix.removeprefix("."))
        digest = hashlib.sha256()
        temporary = self.temporary()
        size = 0
        with source.open("rb") as read, files.open_new(temporary) as write:
            while chunk := read.read(PIECE):
                digest.update(chunk)
                size += write.write(chunk)
            write.flush()
            files.sync_handle(write.fileno())
        return self.keep(temporary, content_name(digest.hexdigest(), ending)), size

    def keep(self, temporary: Path, blob: str) -> str:
        target = self.path(blob)
        files.make_folder(target.parent, private=True)
        files.replace(temporary, target, durable=True)
        return blob

    def size(self, blob: str) -> int | None:
        try:
            return self.path(blob).stat().st_size
        except FileNotFoundError:
            return None

    def read(self, blob: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        with self.path(blob).open("rb", buffering=0) as file:
            file.seek(start)
            left = PIECE if end is None else end - start
            while left > 0 and (piece := file.read(min(PIECE, left))):
                if end is not None:
                    left -= len(piece)
                yield piece

    def fetch(self, blob: str, folder: Path, heard: Callable[[], None] | None = None) -> Path:
        path = self.path(blob)
        path.stat()
        return path

    def remove(self, blob: str) -> None:
        self.path(blob).unlink(missing_ok=True)

    def sweep(self, named: set[str], older_than_s: float = 86_400.0) -> int:
        limit = time.time() - older_than_s
        count = 0
        for path in self.root.glob("*/*"):
            if path.parent == self.incoming or path.relative_to(self.root).as_posix() in named or not path.is_file():
                continue
            if path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)
                count += 1
        return count

    def check(self) -> None:
        """It is there as long as this machine's disk is."""
