"""Clips that arrive in pieces from the upload page. A piece that was answered is kept, also after a restart."""

from __future__ import annotations

import contextlib
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from kinetix_core.io import files
from kinetix_local.api.bodies.multipart import File
from kinetix_local.store.blobs import RESERVED_BYTES, Blobs, StagingBlobs
from kinetix_local.web.errors import PageError

MOST_PIECE = 2 << 20  # twice what the page sends; as many as there are connections are in memory
_KEEP_S = 3600
_EXTENSION = re.compile(r"[a-z0-9]{1,5}")


def extension_of(name: str) -> str:
    found = Path(name).suffix.lower().lstrip(".")
    return found if _EXTENSION.fullmatch(found) else "mp4"


def open_clips(blobs: Blobs, most_bytes: int) -> Clips:
    """Return the stored clips that are open; `most_bytes` limits one clip."""
    return _StagedClips(blobs, most_bytes) if isinstance(blobs, StagingBlobs) else _FolderClips(blobs, most_bytes)


class Clips(ABC):
    """One clip per token. Tokens are checked before they come here, and one is used by one request at a time."""

    def __init__(self, blobs: Blobs, most_bytes: int) -> None:
        self._most = most_bytes
        self._local = blobs

    @abstractmethod
    def received(self, token: str) -> int:
        """Return how many bytes of the clip have arrived."""

    def add(self, token: str, name: str, offset: int, total: int, piece: bytes) -> int:
        """Append a piece that begins at byte `offset`; return how many bytes are there now.

        Raises:
            PageError: 409 with `received` when the piece does not fit on, 413 too large, 507 disk full.
        """
        if total > self._most:
            raise PageError(413, "tooLarge", "This file is too large.", "Choose a shorter clip or film it in 1080p.")
        if offset + len(piece) > total:
            raise PageError(400, "badPiece", "The clip is larger than announced.", "Choose the file again.")
        self._check_room(len(piece))
        if offset == 0:
            self.forget(token)
        have = self.received(token)
        if have != offset:
            raise PageError(409, "otherOffset", "The upload goes on elsewhere.", received=have)
        self._append(token, extension_of(name), offset, piece)
        return have + len(piece)

    @abstractmethod
    def _append(self, token: str, extension: str, offset: int, piece: bytes) -> None: ...

    @abstractmethod
    def taken(self, token: str) -> contextlib.AbstractContextManager[File | None]:
        """The clip as one file on this machine, which may be moved away; None where nothing has arrived."""

    @abstractmethod
    def forget(self, token: str) -> None: ...

    def _check_room(self, size: int) -> None:
        if self._local.free_bytes() < size + RESERVED_BYTES:
            raise PageError(507, "diskFull", "The disk of the computer is full.")


class _FolderClips(Clips):
    """Each is the file `pages/<token>.<extension>.part`."""

    def __init__(self, blobs: Blobs, most_bytes: int) -> None:
        super().__init__(blobs, most_bytes)
        self._folder = blobs.root / "pages"

    def received(self, token: str) -> int:
        found = self._find(token)
        with contextlib.suppress(FileNotFoundError):  # it became a process just now
            return found.stat().st_size if found else 0
        return 0

    def _append(self, token: str, extension: str, offset: int, piece: bytes) -> None:
        if offset == 0:
            self._forget_old()
        with files.open_log(self._find(token) or self._folder / f"{token}.{extension}.part") as file:
            file.write(piece)

    @contextlib.contextmanager
    def taken(self, token: str) -> Iterator[File | None]:
        part = self._find(token)
        size = part.stat().st_size if part else 0
        yield File(f"clip.{part.suffixes[-2].lstrip('.')}", part, size) if part and size else None

    def forget(self, token: str) -> None:
        found = self._find(token)
        if found:
            found.unlink(missing_ok=True)

    def _find(self, token: str) -> Path | None:
        return next(iter(self._folder.glob(f"{token}.*.part")), None) if self._folder.is_dir() else None

    def _forget_old(self) -> None:
        for path in self._folder.glob("*.part"):
            with contextlib.suppress(FileNotFoundError):  # another player's became a process just now
                if time.time() - path.stat().st_mtime > _KEEP_S:
                    path.unlink()


class _StagedClips(Clips):
    """Each piece is a file of its own in the storage, by its offset: the next one may come to another service."""

    def __init__(self, blobs: StagingBlobs, most_bytes: int) -> None:
        super().__init__(blobs, most_bytes)
        self._blobs = blobs

    def received(self, token: str) -> int:
        return sum(size for _, size in self._pieces(token))

    def _append(self, token: str, extension: str, offset: int, piece: bytes) -> None:
        if piece:
            self._blobs.stage(f"{token}/{offset:015d}.{extension}", piece)

    @contextlib.contextmanager
    def taken(self, token: str) -> Iterator[File | None]:
        pieces = self._pieces(token)
        if not pieces:
            yield None
            return
        size = sum(length for _, length in pieces)
        self._check_room(size)
        path = self._blobs.temporary()
        try:
            with files.open_new(path) as whole:
                for name, _ in pieces:
                    whole.write(self._blobs.read_staged(name))
            yield File(f"clip{PurePosixPath(pieces[0][0]).suffix}", path, size)
        finally:
            path.unlink(missing_ok=True)

    def forget(self, token: str) -> None:
        self._blobs.unstage(token)

    def _pieces(self, token: str) -> list[tuple[str, int]]:
        """Return those that follow on one another from the first byte on."""
        found, have = [], 0
        for name, size in self._blobs.staged(token):
            if int(PurePosixPath(name).stem) != have:
                break
            found.append((name, size))
            have += size
        return found
