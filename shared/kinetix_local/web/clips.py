"""Clips that arrive in pieces from the upload page. A piece that was answered is on disk, also after a restart."""

from __future__ import annotations

import re
import time
from pathlib import Path

from kinetix_core import files
from kinetix_local.store.blobs import RESERVED_BYTES, Blobs
from kinetix_local.web.errors import PageError

__all__ = ["Clips", "extension_of"]

MOST_PIECE = 8 << 20
_KEEP_S = 3600
_EXTENSION = re.compile(r"[a-z0-9]{1,5}")


def extension_of(name: str) -> str:
    found = Path(name).suffix.lower().lstrip(".")
    return found if _EXTENSION.fullmatch(found) else "mp4"


class Clips:
    """One file per token: `pages/<token>.<extension>.part`. Tokens are checked before they come here."""

    def __init__(self, blobs: Blobs, most_bytes: int) -> None:
        self._blobs = blobs
        self._folder = blobs.root / "pages"
        self._most = most_bytes

    def find(self, token: str) -> Path | None:
        return next(iter(self._folder.glob(f"{token}.*.part")), None) if self._folder.is_dir() else None

    def received(self, token: str) -> int:
        found = self.find(token)
        return found.stat().st_size if found else 0

    def add(self, token: str, name: str, offset: int, total: int, piece: bytes) -> int:
        """Appends a piece that begins at byte `offset`; returns how many bytes are there now.

        Raises:
            PageError: 409 with `received` when the piece does not fit on, 413 too large, 507 disk full.
        """
        if total > self._most:
            raise PageError(413, "tooLarge", "This file is too large.", "Choose a shorter clip or film it in 1080p.")
        if offset + len(piece) > total:
            raise PageError(400, "badPiece", "The clip is longer than was said.", "Choose the file again.")
        if self._blobs.free_bytes() < len(piece) + RESERVED_BYTES:
            raise PageError(507, "diskFull", "The disk of the computer is full.")
        if offset == 0:
            self.forget(token)
            self._forget_old()
        path = self.find(token) or self._folder / f"{token}.{extension_of(name)}.part"
        have = path.stat().st_size if path.exists() else 0
        if have != offset:
            raise PageError(409, "otherOffset", "The upload goes on elsewhere.", received=have)
        with files.open_log(path) as file:
            file.write(piece)
        return have + len(piece)

    def forget(self, token: str) -> None:
        found = self.find(token)
        if found:
            found.unlink(missing_ok=True)

    def _forget_old(self) -> None:
        for path in self._folder.glob("*.part"):
            if time.time() - path.stat().st_mtime > _KEEP_S:
                path.unlink(missing_ok=True)
