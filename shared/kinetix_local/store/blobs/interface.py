"""Interface of the blob storage. A file is complete there before a row of the database names it."""

from __future__ import annotations

import secrets
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path

from kinetix_core.values.errors import KinetixError
from kinetix_core.values.identity import Extension

RESERVED_BYTES = 256 << 20
"""Of the disk, kept free: one long 4K clip."""
PIECE = 1 << 20
"""Bytes that are read or written at once."""


class StorageError(KinetixError):
    """The storage could not do what was asked, and may be able to later: nothing is wrong with the file, and no row was written."""


class BlobDamaged(KinetixError):
    """Raised when the storage returns other data than was stored, and a retry will not help."""


def content_name(digest: str, extension: Extension) -> str:
    """The name of a file by its SHA-256."""
    return f"{digest[:2]}/{digest[2:]}.{extension.lower()}"


class Blobs(ABC):
    """Emote files by content hash (`ab/cdef….glb`), uploads by their uuid (`uploads/….mp4`).

    A blob never changes: what has a name has it for the same content, or is gone.

    Functions block. They raise StorageError where the storage does not do its part, and OSError where this machine's disk does not.

    Attributes:
        root: a folder on this machine, where files are until they are kept.
    public_origin: where links for players and pages lead; None where the service gives them the files itself.
    """

    public_origin: str | None = None

    def __init__(self, root: Path, owner: str = "") -> None:
        """`owner` is which of several services this is, where they have `root` in common: each tidies its own incoming files only."""
        self.root = root
        self.incoming = root / "incoming" / owner
        self.incoming.mkdir(parents=True, exist_ok=True)

    def clear_incoming(self) -> None:
        """At a start: what is here belongs to uploads that nobody finished."""
        for path in self.incoming.iterdir():
            path.unlink(missing_ok=True)

    def temporary(self) -> Path:
        return self.incoming / secrets.token_hex(12)

    def free_bytes(self) -> int:
        """Return the free bytes of the disk with `root`."""
        return shutil.disk_usage(self.root).free

    @abstractmethod
    def add(self, source: Path, extension: Extension | None = None) -> tuple[str, int]:
        """Copy `source` in by content hash; return the blob's name and its size in bytes.

        `extension` is the file's own unless given. Raises BadIdentity when it can be none.
        """

    @abstractmethod
    def keep(self, temporary: Path, blob: str) -> str:
        """Take a synced temporary file, which is gone then, as `blob`."""

    @abstractmethod
    def size(self, blob: str) -> int | None:
        """In bytes; None where there is no such blob."""

    @abstractmethod
    def read(self, blob: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Its bytes from `start` up to before `end`, in pieces.

        Raises:
            FileNotFoundError: there is no such blob.
        """

    @abstractmethod
    def fetch(self, blob: str, folder: Path, heard: Callable[[], None] | None = None) -> Path:
        """A file on this machine with the blob's content, to be read only: in `folder`, which is made, unless it is here anyway.

        Args:
            heard: called after each piece, as a large file takes long.

        Raises:
            FileNotFoundError: there is no such blob.
            BlobDamaged: its content is another than was put there.
        """

    def link(self, blob: str) -> str | None:
        """Give the file for an hour to whoever has the link, without this service; None where only this service can."""
        return None

    def upload_link(self, blob: str) -> str | None:
        """Return a link to PUT a file. Its holder may replace the file later, so it is kept only after it was read here."""
        return None

    @abstractmethod
    def remove(self, blob: str) -> None:
        """Also where there is none."""

    @abstractmethod
    def sweep(self, named: set[str], older_than_s: float = 86_400.0) -> int:
        """Delete blobs that are not `named` and a day old (a younger one may be about to be named); return how many."""

    @abstractmethod
    def check(self) -> None:
        """Raises StorageError where the storage could not be reached just now."""


class StagingBlobs(Blobs):
    """One that also takes what is no blob yet, so that any of several services can go on with it. It is swept away after a day."""

    @abstractmethod
    def stage(self, name: str, data: bytes) -> None:
        """Put a small file there; `name` is `folder/file`."""

    @abstractmethod
    def staged(self, folder: str) -> list[tuple[str, int]]:
        """Files of a folder with their sizes in bytes, by name."""

    @abstractmethod
    def read_staged(self, name: str) -> bytes: ...

    @abstractmethod
    def unstage(self, folder: str) -> None:
        """Forget the folder."""
