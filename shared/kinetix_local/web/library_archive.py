"""`/_local/library/archive`: one file of each of several emotes, as a zip that is made while it is sent."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from sqlalchemy import select

from kinetix_core.io.file_names import fold, free_name
from kinetix_core.values.wording import worded
from kinetix_local.api.instance import Service
from kinetix_local.store import emotes
from kinetix_local.store.blobs import Blobs
from kinetix_local.store.sql import rows
from kinetix_local.store.sql.rows import FileRow
from kinetix_local.store.sql.tables import assets, bag
from kinetix_local.web.errors import PageError, PageRoute

_MOST_EMOTES = 200
_OLDEST_S, _NEWEST_S = 315_619_200, 4_354_732_800  # an archive knows the years 1980 to 2107; an import may tell others
_BEST = ("animation-v2", "animation")


class _Named(NamedTuple):
    id: int
    uuid: str
    name: str


class _Packed(NamedTuple):
    """A file and its name in the archive; its size in bytes, and when it was made, in ms."""

    name: str
    blob: str
    bytes: int
    created_at: int


class _Pipe(io.RawIOBase):
    """Holds what the archive wrote until it is sent. It cannot go back, so the zip is written in one go."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # any buffer, as zipfile hands it
        self._waiting += data
        return len(data)

    def take(self) -> bytes:
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken


def _pack(blobs: Blobs, files: list[_Packed]) -> Iterator[bytes]:
    """The archive in pieces of about 1 MiB: however much it holds, no more than that is in memory.

    Nothing is packed tighter: an emote is mostly numbers that hardly shrink, and the page waits for the first byte.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(
                file.name, time.localtime(min(max(file.created_at // 1000, _OLDEST_S), _NEWEST_S))[:6]
            )
            entry.external_attr, entry.file_size = 0o644 << 16, file.bytes
            with archive.open(entry, "w") as target:
                for piece in blobs.read(file.blob):
                    target.write(piece)
                    yield pipe.take()
            yield pipe.take()
    yield pipe.take()


def create(service: Service) -> APIRouter:
    router = APIRouter(prefix="/library", tags=["library"], route_class=PageRoute)

    def chosen(uuids: list[str], extension: str) -> list[_Packed]:
        """Emotes that are in no bag, and such without the format, are left out."""
        found: list[_Packed] = []
        taken: set[str] = set()
        with service.database.read() as db:
            query = (
                select(assets.c.id, assets.c.uuid, assets.c.name)
                .join(bag, bag.c.emote_uuid == assets.c.uuid)
                .where(assets.c.uuid.in_(uuids), assets.c.type == "emote", bag.c.is_deleted.is_(False))
                .distinct()
                .order_by(assets.c.id)
            )
            named = rows.every(db, _Named, query)
            of = emotes.files_of(db, [row.id for row in named])
        for row in named:
            file = _best(of[row.id], extension)
            size = None if file is None else service.blobs.size(file.blob)
            if file is not None and size is not None:
                name = free_name(row.name, taken)
                taken.add(fold(name))
                found.append(_Packed(f"{name}.{extension}", file.blob, size, file.created_at))
        return found

    @router.get("/archive")
    def archive(
        emote: Annotated[list[str], Query(max_length=_MOST_EMOTES)],
        format: Annotated[str, Query(pattern="glb|fbx|bvh|kinanim")] = "glb",
    ) -> StreamingResponse:
        """`emote` once for each emote's uuid."""
        files = chosen(emote, format)
        if not files:
            title = worded("None of these emotes has a {format} file.", format=format.upper())
            raise PageError(404, "noSuchFile", title, "Choose GLB.")
        headers = {
            "content-disposition": f'attachment; filename="emotes-{format}.zip"',
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        }
        return StreamingResponse(_pack(service.blobs, files), media_type="application/zip", headers=headers)

    return router


def _best(files: list[FileRow], extension: str) -> FileRow | None:
    """The newest bone names first; files elsewhere (of an import) are not fetched for this."""
    own = {
        file.name: file
        for file in files
        if file.extension == extension and file.avatar_uuid is None and not file.blob.startswith("http")
    }
    return next((own[name] for name in _BEST if name in own), None)
