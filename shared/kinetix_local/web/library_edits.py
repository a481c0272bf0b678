"""`/_local/library/…`: rename, tag, delete and bring back emotes on the library page, and what the hub has to take over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from kinetix_core.protocol.local.models import AppliedEdits, LibraryEdit
from kinetix_core.values.identity import EmoteId
from kinetix_local.api.instance import Service
from kinetix_local.store import emotes, library_edits

T = TypeVar("T")
_EntryId = Annotated[int, Path(ge=0, lt=2**63)]  # what a database can hold


class Change(BaseModel):
    """A change of an emote; omitted values stay."""

    model_config = ConfigDict(extra="forbid")
    name: str | None = Field(None, max_length=400)
    tags: list[Annotated[str, Field(max_length=200)]] | None = Field(None, max_length=100)


def create(service: Service) -> APIRouter:
    router = APIRouter(prefix="/library", tags=["library"])

    def edited(entry: int, edit: Callable[[Connection, library_edits.Entry], T]) -> T:
        """Carry `edit` out, and lets the bags and the emote's JSON that show it be made anew."""

        def carry_out(db: Connection) -> tuple[T, str, set[int]]:
            found = library_edits.find(db, entry)
            result = edit(db, found)
            return result, found.emote_uuid, {*emotes.holders(db, found.emote_uuid), found.user_id}

        result, emote, shown_to = service.database.carry_out(carry_out)
        service.changed_for(shown_to, emote)
        return result

    @router.patch("/emotes/{entry}", status_code=204)
    def change(entry: _EntryId, wanted: Change) -> None:
        """Renames an emote or gives it other tags."""

        def carry_out(db: Connection, found: library_edits.Entry) -> None:
            if wanted.name is not None:
                library_edits.rename(db, found, wanted.name, service.clock.now())
            if wanted.tags is not None:
                library_edits.set_tags(db, found, wanted.tags)

        edited(entry, carry_out)

    @router.delete("/emotes/{entry}", status_code=204)
    def delete(entry: _EntryId) -> None:
        """Into the bin: it leaves the user's bag, and can be brought back for 30 days."""
        edited(entry, lambda db, found: library_edits.put_in_bin(db, found, service.clock.now()))

    @router.post("/emotes/{entry}/bring-back", status_code=204)
    def bring_back(entry: _EntryId) -> None:
        """Out of the bin, into the bag again."""
        edited(entry, library_edits.bring_back)

    @router.get("/edits")
    def edits() -> list[LibraryEdit]:
        """For the hub: what it has not taken over into its own library."""
        with service.database.read() as db:
            return [
                LibraryEdit(
                    version=edit.version,
                    emote=EmoteId(edit.emote_uuid),
                    user=edit.external_id,
                    name=edit.name,
                    deleted=edit.deleted,
                )
                for edit in library_edits.waiting(db)
            ]

    @router.post("/edits/taken-over", status_code=204)
    def taken_over(applied: AppliedEdits) -> None:
        """The hub's library shows these now."""
        with service.database.write() as db:
            library_edits.taken_over(db, applied.versions)

    return router
