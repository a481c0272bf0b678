"""Content-addressed copies of what the service delivered: what a person does to the readable file can always be undone."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from pathlib import Path

from kinetix_core import paths

__all__ = ["Originals"]


class Originals:
    """`<root>/ab/abcdef….glb`. Copies, not links: saving over a link would change the original as well."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        return self.root / sha256[:2] / f"{sha256}.glb"

    def folders(self) -> list[Path]:
        return [path for path in self.root.iterdir() if path.is_dir()] if self.root.is_dir() else []

    def keep(self, source: Path, sha256: str) -> None:
        target = self.path(sha256)
        if target.exists() and target.stat().st_size == source.stat().st_size:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        copy_whole(source, target)

    def restore(self, sha256: str, target: Path) -> bool:
        """Puts the original back under `target`; False when it is not kept (any more)."""
        source = self.path(sha256)
        if not source.exists():
            return False
        copy_whole(source, target)
        return True

    def drop(self, sha256: str) -> int:
        """Removes an original and returns the bytes set free."""
        with contextlib.suppress(FileNotFoundError):
            size = self.path(sha256).stat().st_size
            self.path(sha256).unlink()
            return size
        return 0


def copy_whole(source: Path, target: Path) -> None:
    """A copy that is there whole, and on the disk, or not at all."""
    temporary = target.with_name(f".{secrets.token_hex(6)}.tmp")
    try:
        with source.open("rb") as reading, temporary.open("xb") as writing:
            shutil.copyfileobj(reading, writing, 1024 * 1024)
            writing.flush()
            os.fsync(writing.fileno())
        paths.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)
