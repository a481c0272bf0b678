"""Content-addressed copies of what the service delivered: what a person does to the readable file can always be undone."""

from __future__ import annotations

from pathlib import Path

from kinetix_core.io import files
from kinetix_core.values.errors import KinetixError


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
        files.copy(source, target, sha256=sha256, private=True)

    def restore(self, sha256: str, target: Path) -> bool:
        """Put the original back under `target`; False when it is not kept (any more)."""
        source = self.path(sha256)
        if not source.exists():
            return False
        try:
            files.copy(source, target, sha256=sha256)
        except KinetixError:  # what was kept is damaged itself
            return False
        return True

    def drop(self, sha256: str) -> None:
        self.path(sha256).unlink(missing_ok=True)
