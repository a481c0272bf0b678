"""`/_local/library/emotes/{entry}/cut`: emotes of the parts of a long take, made on the library page."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, TypeVar

from fastapi import APIRouter
from fastapi import Path as PathParameter
from pydantic import BaseModel, ConfigDict, Field

from kinetix_capture.interface import Delivery
from kinetix_core.protocol.hub.answers import CutProposal
from kinetix_core.values.take_parts import NamedPart
from kinetix_local.api.instance import Service
from kinetix_local.queue import task
from kinetix_local.store import library_edits, parts
from kinetix_local.store.cleaning import removals

T = TypeVar("T")
_EntryId = Annotated[int, PathParameter(ge=0, lt=2**63)]  # what a database can hold
_Seconds = Annotated[float, Field(ge=0, le=86400, allow_inf_nan=False)]
_MOST_PARTS = 100


class WantedPart(BaseModel):
    """Seconds of the emote, and the name of what is made of them."""

    model_config = ConfigDict(extra="forbid")
    startS: _Seconds
    endS: _Seconds
    name: str = Field(max_length=400)


class Cut(BaseModel):
    model_config = ConfigDict(extra="forbid")
    parts: list[WantedPart] = Field(min_length=1, max_length=_MOST_PARTS)


def create(service: Service) -> APIRouter:
    router = APIRouter(prefix="/library/emotes", tags=["library"])

    async def on_thread(work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(service.file_threads, work)

    def fetched(entry: int, folder: Path) -> Path:
        with service.database.read() as db:
            found = parts.take(db, entry)
        return service.blobs.fetch(found.glb, folder)

    def kept(entry: int, named: list[NamedPart], made: list[Delivery]) -> None:
        """All of them, or none."""
        told = [
            parts.Made(
                one.name,
                delivery.duration_s,
                [parts.MadeFile(name, *service.blobs.add(path)) for name, path in delivery.files.items()],
            )
            for one, delivery in zip(named, made, strict=True)
        ]
        with service.database.write() as db:
            removals.check_there(db, service.blobs, [file.blob for one in told for file in one.files])
            found = parts.keep(db, entry, told, service.clock.now())
        service.bags.drop(found.entry.user_id)

    @router.get("/{entry}/cut")
    async def propose(entry: _EntryId) -> CutProposal:
        """The parts of which emotes can be made, in order; a single one where nothing rests or repeats."""
        with TemporaryDirectory(prefix="kinetix-", ignore_cleanup_errors=True) as folder:
            emote = await on_thread(lambda: fetched(entry, Path(folder)))
            return CutProposal(parts=await service.runner.run_beside(task.propose_parts, emote))

    @router.post("/{entry}/cut", status_code=204)
    async def cut(entry: _EntryId, wanted: Cut) -> None:
        """Puts an emote of each part into the user's bag, all or none; what is cut stays as it is."""
        named = [NamedPart(one.startS, one.endS, library_edits.checked_name(one.name)) for one in wanted.parts]
        with TemporaryDirectory(prefix="kinetix-", ignore_cleanup_errors=True) as folder:
            emote = await on_thread(lambda: fetched(entry, Path(folder)))
            made = await service.runner.run_beside(task.cut, emote, named, Path(folder))
            await on_thread(lambda: kept(entry, named, made))

    return router
