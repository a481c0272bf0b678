"""Opens the place where files are, and sees to it that they are those of this database."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy import not_, select

from kinetix_core.values.errors import InputError, KinetixError
from kinetix_local.store.blobs.address import FOLDER, parse
from kinetix_local.store.blobs.folder import FolderBlobs
from kinetix_local.store.blobs.interface import Blobs
from kinetix_local.store.sql import settings
from kinetix_local.store.sql.database import Database, explained
from kinetix_local.store.sql.tables import files

if TYPE_CHECKING:
    from kinetix_local.store.blobs.s3 import S3Blobs

__all__ = ["open_blobs", "try_out"]

_STORAGE = "storage"  # the setting that holds by which name the database marked its storage


def open_blobs(storage: str | None, root: Path, owner: str, database: Database) -> Blobs:
    """Files in `root`, or in object storage at the address `storage` and in `root` only on their way. `FOLDER` leads back into `root`.

    Raises:
        InputError: the address, or the keys.
        KinetixError: the storage does not answer, or the files of this database are elsewhere.
    """
    if not storage or storage == FOLDER:
        folder = FolderBlobs(root, owner)
        _leave(folder, database, asked=storage == FOLDER)
        return folder
    blobs = _open(storage, root, owner)
    with explained():
        _claim(blobs, database)
    return blobs


def try_out(storage: str) -> None:
    """Check that object storage works, whoever owns its files. Raises as `open_blobs`."""
    with TemporaryDirectory(prefix="kinetix-") as folder:
        _open(storage, Path(folder), "").try_out()


def _open(storage: str, root: Path, owner: str) -> S3Blobs:
    address = parse(storage)
    try:
        from kinetix_local.store.blobs.s3 import S3Blobs
    except ImportError as error:
        raise InputError(
            "Object storage needs a package that is not installed.",
            code="storageNotInstalled",
            next_step="Install `kinetix-bridge[local,s3]`.",
        ) from error
    return S3Blobs(address, root, owner)


def _claim(blobs: S3Blobs, database: Database) -> None:
    """A service deletes what its database does not name, so storage and database have to be of one another.

    The mark in the storage comes after that in the database: of two services that start at once both write the same.
    """
    marked = blobs.owner()
    with database.read() as db:
        own = settings.get(db, _STORAGE)
    if marked is not None and marked != own:
        raise KinetixError(
            "This storage holds the files of another database.",
            code="storageOfAnother",
            next_step="Use another folder in the bucket. If this database was restored or moved here, delete the object `owner`.",
        )
    if marked is not None:
        blobs.belong_to(marked)
        return
    if not _has_files(database, blobs.has):
        raise KinetixError(
            "The files of this database are not in this storage.",
            code="storageOfAnother",
            next_step="Check the address, or copy the folder `files` into the storage first (docs/how-to/object-storage.md).",
        )
    with database.write() as db:
        settings.put_missing(db, _STORAGE, secrets.token_hex(16))
        own = settings.get(db, _STORAGE)
    blobs.own(str(own))


def _leave(folder: FolderBlobs, database: Database, *, asked: bool) -> None:
    """A command that does not know of the storage would put files where no service looks."""
    with explained(), database.read() as db:
        if settings.get(db, _STORAGE) is None:
            return
    if not asked:
        raise KinetixError(
            "The files of this database are in object storage.",
            code="storageNotTold",
            next_step="Set KINETIX_LOCAL_STORAGE to its address (or to `folder`, to leave it: docs/how-to/object-storage.md).",
        )
    if not _has_files(database, lambda blob: folder.size(blob) is not None):
        raise KinetixError(
            "The files of this database are not in the folder.",
            code="storageOfAnother",
            next_step=f"Copy them out of the storage first, into {folder.root}.",
        )
    with database.write() as db:
        settings.remove(db, _STORAGE)


def _has_files(database: Database, has: Callable[[str], bool]) -> bool:
    """Return whether the newest file that a row names exists; true if none is named."""
    newest = select(files.c.blob).where(not_(files.c.blob.like("http%"))).order_by(files.c.id.desc()).limit(1)
    with database.read() as db:
        kept = db.execute(newest).scalar()
    return kept is None or has(kept)
