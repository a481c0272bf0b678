"""Blobs in object storage that speaks S3. Every answer is measured, and every whole file held against its hash."""

from __future__ import annotations

import contextlib
import hashlib
import re
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.store import S3Store

from kinetix_core.io import files
from kinetix_core.values.identity import Extension
from kinetix_local.store.blobs.content_types import content_type
from kinetix_local.store.blobs.interface import BlobDamaged, StagingBlobs, StorageError, content_name
from kinetix_studio.storage.address import StorageAddress
from kinetix_studio.storage.s3_access import BACKGROUND, QUICK, code_of, explained, open_store

if TYPE_CHECKING:
    from obstore import GetResult

_PART = 5 << 20
"""Bytes of one request, the least that S3 takes as a part. Limits of time are for one: a slow line carries a large clip too."""
_PARTS_AT_ONCE = 4
_TRIES = 3  # at an answer that is too short
_FRESH_S = 5.0
_LINK_LIVES = timedelta(hours=1)
_OWNER = "owner"
_LONGEST_OWNER = 1000
_STAGED = "incoming"
_HASH = "sha256"
_CONTENT = re.compile(r"([0-9a-f]{2})/([0-9a-f]{62})\.[a-z0-9]+")
_OURS = re.compile(r"[0-9a-f]{2}/[^/]+|uploads/[^/]+|incoming/[^/]+(?:/[^/]+)?")


class S3Blobs(StagingBlobs):
    """`root` is for files on their way only."""

    def __init__(self, address: StorageAddress, root: Path, owner: str = "") -> None:
        super().__init__(root, owner)
        self._store = open_store(address, address.endpoint, BACKGROUND)
        self._quick = open_store(address, address.endpoint, QUICK)
        self._outside = open_store(address, address.public or address.endpoint, BACKGROUND)
        self.public_origin = None if address.public is None else _origin(address.public)
        self._answered = float("-inf")
        self._mark: str | None = None  # what the owner is called once it is known to be our database

    def add(self, source: Path, extension: Extension | None = None) -> tuple[str, int]:
        ending = extension or Extension(source.suffix.removeprefix("."))
        digest = _digest(source)
        name = content_name(digest, ending)
        return name, self._put(source, name, digest)

    def keep(self, temporary: Path, blob: str) -> str:
        self._put(temporary, blob, _digest(temporary))
        temporary.unlink(missing_ok=True)
        return blob

    def _put(self, source: Path, blob: str, digest: str) -> int:
        """Always anew, also what is there: else it could be old enough to be swept before a row names it."""
        size = source.stat().st_size
        with self._asking():
            obstore.put(
                self._store,
                blob,
                source,
                attributes={"Content-Type": content_type(blob), _HASH: digest},
                chunk_size=_PART,
                max_concurrency=_PARTS_AT_ONCE,
            )
            kept = obstore.head(self._store, blob)["size"]
        if kept != size:
            raise _cut(blob, kept, size)
        return size

    def size(self, blob: str) -> int | None:
        found = self._size(blob)
        if found is None:
            self._look(self._store)  # a bucket that went away looks the same
        return found

    def has(self, blob: str) -> bool:
        """Return whether the file exists, before the storage is known to belong to this database."""
        return self._size(blob) is not None

    def _size(self, blob: str) -> int | None:
        if not _OURS.fullmatch(blob):
            return None
        try:
            with self._asking():
                return int(obstore.head(self._store, blob)["size"])
        except FileNotFoundError:
            return None

    def read(self, blob: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        piece, whole = self._part(blob, start, end)
        last = whole if end is None else min(end, whole)
        while piece:
            yield piece
            start += len(piece)
            piece = self._part(blob, start, last)[0] if start < last else b""

    def _part(self, blob: str, start: int, end: int | None) -> tuple[bytes, int]:
        """Up to one part, and the size of the whole."""
        wanted = _PART if end is None else min(_PART, end - start)
        for attempt in range(_TRIES):
            try:
                with self._asking():
                    answer = obstore.get(self._store, blob, options={"range": (start, start + wanted)})
                    got, whole = _taken(answer, wanted), int(answer.meta["size"])
            except StorageError as error:
                if start or code_of(error.__cause__ or error) != "InvalidRange":
                    raise
                return b"", 0  # an empty file has no first byte
            expected = min(start + wanted, whole) - start
            if len(got) == expected:
                return got, whole
            if attempt == _TRIES - 1:
                raise _cut(blob, len(got), expected)
        raise AssertionError("the loop returns or raises")

    def fetch(self, blob: str, folder: Path, heard: Callable[[], None] | None = None) -> Path:
        target = folder / blob.rpartition("/")[2]
        if target.exists():  # a blob never changes
            return target
        digest, size = hashlib.sha256(), 0
        with files.writing(target, private=True, durable=False) as file:
            for piece in self.read(blob):
                digest.update(piece)
                size += file.write(piece)
                if heard is not None:
                    heard()
            self._hold(blob, digest.hexdigest(), size)
        return target

    def _hold(self, blob: str, digest: str, size: int) -> None:
        """Raises BlobDamaged unless this is what was put there."""
        named = _CONTENT.fullmatch(blob)
        if named is not None:
            known = named[1] + named[2]
        else:
            with self._asking():
                answer = obstore.get(self._store, blob, options={"head": True})
                known = str(answer.attributes.get(_HASH) or digest)
        if known != digest:
            raise BlobDamaged(
                "The file in the storage is damaged.",
                code="clipDamaged",
                detail=f"{blob}: {size} bytes with another hash than they were stored with.",
                next_step="Upload it again, and look after the storage.",
            )

    def remove(self, blob: str) -> None:
        with self._asking():
            obstore.delete(self._store, blob)

    def sweep(self, named: set[str], older_than_s: float = 86_400.0) -> int:
        """Touch nothing but names as we give them, and nothing where another database has the storage by now."""
        self._look(self._store)
        limit, count = datetime.now(UTC) - timedelta(seconds=older_than_s), 0
        with self._asking():
            for page in obstore.list(self._store):
                for one in page:
                    blob = one["path"]
                    if blob in named or not _OURS.fullmatch(blob) or one["last_modified"] > limit:
                        continue
                    if self._is_still_old(blob, limit):
                        obstore.delete(self._store, blob)
                        count += 1
        return count

    def _is_still_old(self, blob: str, limit: datetime) -> bool:
        """The list is older than this moment, and somebody may have put the same content just now."""
        try:
            return obstore.head(self._store, blob)["last_modified"] <= limit
        except FileNotFoundError:
            return False

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            with explained():
                yield
        except FileNotFoundError:  # of the file, or of the whole bucket
            raise
        except StorageError as error:
            self._answered = float("-inf")
            if error.code == "storageRefused" and not code_of(error.__cause__ or error):
                with explained():  # the answer to HEAD has no room for the reason
                    obstore.get(self._quick, _OWNER)
            raise
        self._answered = time.monotonic()

    def check(self) -> None:
        if time.monotonic() - self._answered > _FRESH_S:
            self._look()

    def _look(self, store: S3Store | None = None) -> None:
        """Raises StorageError unless the storage answers, and is the one that it was."""
        mark = self.owner(store or self._quick)
        if mark is None:
            self._answered = float("-inf")
            raise StorageError(
                "The storage has lost its files.",
                code="storageLost",
                detail="The bucket or the folder in it is not the one that was there.",
                next_step="Bring it back; it goes on by itself then.",
            )
        if self._mark not in {None, mark}:
            self._answered = float("-inf")
            raise StorageError(
                "The storage belongs to another database by now.",
                code="storageOfAnother",
                detail="Somebody deleted the object `owner` while this service ran, and another service began.",
                next_step="Stop this service, or the other one, and give each a folder of its own.",
            )

    def stage(self, name: str, data: bytes) -> None:
        with self._asking():
            obstore.put(self._store, f"{_STAGED}/{name}", data)

    def staged(self, folder: str) -> list[tuple[str, int]]:
        with self._asking():
            found = [one for page in obstore.list(self._store, f"{_STAGED}/{folder}") for one in page]
        return sorted((one["path"].removeprefix(f"{_STAGED}/"), one["size"]) for one in found)

    def read_staged(self, name: str) -> bytes:
        return b"".join(self.read(f"{_STAGED}/{name}"))

    def unstage(self, folder: str) -> None:
        for name, _ in self.staged(folder):
            self.remove(f"{_STAGED}/{name}")

    def link(self, blob: str) -> str | None:
        if not _OURS.fullmatch(blob):
            return None
        with explained():
            return obstore.sign(self._outside, "GET", blob, _LINK_LIVES)

    def upload_link(self, blob: str) -> str | None:
        with explained():
            return obstore.sign(self._outside, "PUT", blob, _LINK_LIVES)

    def try_out(self) -> None:
        """Writes, reads and deletes a small file. Raises StorageError for the first of it that fails."""
        blob = f"incoming/{secrets.token_hex(12)}"
        with self._asking():
            obstore.put(self._store, blob, b"A file to look whether the storage does its part.")
        try:
            list(self.read(blob, 2, 6))
        finally:
            self.remove(blob)

    def owner(self, store: S3Store | None = None) -> str | None:
        """The name of the database whose files these are; None where there are none yet."""
        try:
            with self._asking():
                answer = obstore.get(store or self._store, _OWNER, options={"range": (0, _LONGEST_OWNER)})
                return _taken(answer, _LONGEST_OWNER).decode("ascii", "replace")
        except FileNotFoundError:
            return None

    def own(self, name: str) -> None:
        """These are the files of the database of this name from now on."""
        with self._asking():
            obstore.put(self._store, _OWNER, name.encode("ascii"))
        self.belong_to(name)

    def belong_to(self, name: str) -> None:
        """They are its files already, and nothing is to be done once they are another's."""
        self._mark = name


def _taken(answer: GetResult, most: int) -> bytes:
    """Return the body. Raises StorageError once it is longer than `most` bytes, whatever length its head has."""
    got = bytearray()
    for piece in answer.stream():
        got += piece
        if len(got) > most:
            raise _cut(answer.meta["path"], len(got), most)
    return bytes(got)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _cut(blob: str, got: int, expected: int) -> StorageError:
    return StorageError(
        "The storage sent a file of another length.",
        code="storageCut",
        detail=f"{blob}: {got} bytes instead of {expected}.",
        next_step="Look after what stands between this machine and the storage; it is tried again by itself.",
    )
