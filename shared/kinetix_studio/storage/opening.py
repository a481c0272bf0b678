"""Opens object storage, and sees to it that its files are those of this database (`Storage` of Kinetix Local's `blobs`)."""

from __future__ import annotations

import secrets
from pathlib import Path
from tempfile import TemporaryDirectory

from kinetix_core.values.errors import KinetixError
from kinetix_local.store.blobs import Blobs
from kinetix_local.store.blobs.opening import MARK, has_files
from kinetix_local.store.sql import settings
from kinetix_local.store.sql.database import Database, explained
from kinetix_studio.storage.address import parse
from kinetix_studio.storage.s3 import S3Blobs


def open_blobs(address: str, root: Path, owner: str, database: Database) -> Blobs:
    blobs = S3Blobs(parse(address), root, owner)
    with explained():
        _claim(blobs, database)
    return blobs


def try_out(address: str) -> None:
    with TemporaryDirectory(prefix="kinetix-") as folder:
        S3Blobs(parse(address), Path(folder)).try_out()


def _claim(blobs: S3Blobs, database: Database) -> None:
    """A service deletes what its database does not name, so storage and database have to be of one another.

    The mark in the storage comes after that in the database: of two services that start at once both write the same.
    """
    marked = blobs.owner()
    with database.read() as db:
        own = settings.get(db, MARK)
    if marked is not None and marked != own:
        raise KinetixError(
            "This storage holds the files of another database.",
            code="storageOfAnother",
            next_step="Use another folder in the bucket. If this database was restored or moved here, delete the object `owner`.",
        )
    if marked is not None:
        blobs.belong_to(marked)
        return
    if not has_files(database, blobs.has):
        raise KinetixError(
            "The files of this database are not in this storage.",
            code="storageOfAnother",
            next_step="Check the address, or copy the folder `files` into the storage first (docs/how-to/object-storage.md).",
        )
    with database.write() as db:
        settings.put_missing(db, MARK, secrets.token_hex(16))
        own = settings.get(db, MARK)
    blobs.own(str(own))
