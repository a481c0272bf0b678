"""Opens the place where files are, and sees to it that they are those of this database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from sqlalchemy import not_, select

from kinetix_core.values.errors import InputError, KinetixError
from kinetix_local.extensions import find
from kinetix_local.store.blobs.folder import FolderBlobs
from kinetix_local.store.blobs.interface import Blobs
from kinetix_local.store.sql import settings
from kinetix_local.store.sql.database import Database, explained
from kinetix_local.store.sql.tables import files

FOLDER = "folder"
"""Instead of an address: files are to be in a folder of this machine again."""
MARK = "storage"
"""The setting that holds by which name the database marked its storage."""


class Storage(Protocol):
    """Object storage at an address (entry points `kinetix.local.storage`, by its scheme).

    Both raise InputError for the address or the keys, and KinetixError where the storage does not answer.
    """

    def open_blobs(self, address: str, root: Path, owner: str, database: Database) -> Blobs:
        """Also raises KinetixError when the files of this database are elsewhere. `root` is for files on their way."""

    def try_out(self, address: str) -> None:
        """Check that it works, whoever owns its files."""


def object_storage() -> Storage:
    """Raises InputError where it is not installed."""
    try:
        found: Storage | None = find("storage", "s3")
        if found is None:
            raise ImportError("kinetix_studio")
        return found
    except ImportError as error:
        raise InputError(
            "Object storage needs a package that is not installed.",
            code="storageNotInstalled",
            next_step="Install `kinetix-bridge[local,s3]`.",
        ) from error


def open_blobs(storage: str | None, root: Path, owner: str, database: Database) -> Blobs:
    """Files in `root`, or in object storage at the address `storage`. `FOLDER` leads back into `root`. Raises as `Storage`."""
    if storage and storage != FOLDER:
        return object_storage().open_blobs(storage, root, owner, database)
    folder = FolderBlobs(root, owner)
    _leave(folder, database, asked=storage == FOLDER)
    return folder


def _leave(folder: FolderBlobs, database: Database, *, asked: bool) -> None:
    """A command that does not know of the storage would put files where no service looks."""
    with explained(), database.read() as db:
        if settings.get(db, MARK) is None:
            return
    if not asked:
        raise KinetixError(
            "The files of this database are in object storage.",
            code="storageNotTold",
            next_step="Set KINETIX_LOCAL_STORAGE to its address (or to `folder`, to leave it: docs/how-to/object-storage.md).",
        )
    if not has_files(database, lambda blob: folder.size(blob) is not None):
        raise KinetixError(
            "The files of this database are not in the folder.",
            code="storageOfAnother",
            next_step=f"Copy them out of the storage first, into {folder.root}.",
        )
    with database.write() as db:
        settings.remove(db, MARK)


def has_files(database: Database, has: Callable[[str], bool]) -> bool:
    """Return whether the newest file that a row names exists; true if none is named."""
    newest = select(files.c.blob).where(not_(files.c.blob.like("http%"))).order_by(files.c.id.desc()).limit(1)
    with database.read() as db:
        kept = db.execute(newest).scalar()
    return kept is None or has(kept)
