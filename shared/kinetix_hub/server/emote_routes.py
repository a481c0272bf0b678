"""Routes about the library's emotes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from kinetix_core.protocol.hub.answers import (
    CutProposal,
    DeletedEmote,
    EmoteList,
    EmoteVersionList,
    Given,
    LibraryPage,
    Refreshed,
)
from kinetix_core.protocol.hub.bodies import MOST_CUTS, CutBody, EmotePatch, GiveBody, RefineBody
from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.protocol.hub.models import Emote, Job
from kinetix_core.values.capture_settings import Seconds
from kinetix_core.values.errors import MissingError
from kinetix_core.values.identity import EmoteId
from kinetix_core.values.wording import worded
from kinetix_hub.hub import Hub
from kinetix_hub.server.answers import array_answer, file_answer


def add_emote_routes(v1: APIRouter, hub: Hub) -> None:
    library = hub.library

    @v1.get("/emotes", response_model=EmoteList)
    def search(q: str = "") -> Response:
        return array_answer(b'{"emotes":', (emote.public(library.root) for emote in library.index.all(text=q)))

    @v1.post("/emotes/refresh")
    def refresh(profile: str = "", user: str = "") -> Refreshed:
        """Fetch the emotes of the user's bag that are not in the library."""
        return hub.refresh(profile, user)

    @v1.get("/emotes/deleted")
    def deleted() -> EmoteList:
        """List the bin, which keeps an emote for 30 days."""
        return EmoteList(emotes=[emote.public(library.root) for emote in library.index.all(deleted=True)])

    @v1.get("/emotes/{emote_id}")
    def one(emote_id: EmoteId) -> Emote:
        return library.index.get(emote_id).public(library.root)

    @v1.patch("/emotes/{emote_id}")
    def change(emote_id: EmoteId, body: EmotePatch) -> Emote:
        found = library.index.get(emote_id).public(library.root)
        if body.pinned is not None:
            found = library.pin(emote_id, body.pinned)
        if body.name is not None:
            found = hub.rename(emote_id, body.name)
        return found

    @v1.delete("/emotes/{emote_id}")
    def delete(emote_id: EmoteId, bag: bool = False) -> DeletedEmote:
        """Move an emote to the bin; with `bag` also remove it from the user's bag."""
        hub.delete(emote_id, bag=bag)
        return DeletedEmote(deleted=emote_id)

    @v1.post("/emotes/{emote_id}/restore")
    def restore(emote_id: EmoteId) -> Emote:
        """Restore an emote from the bin."""
        return library.restore(emote_id)

    @v1.post("/emotes/{emote_id}/give")
    def give(emote_id: EmoteId, body: GiveBody) -> Given:
        """Add an emote to the bag of another user."""
        hub.give(emote_id, body.user)
        return Given(given=emote_id, user=body.user.strip())

    @v1.get("/emotes/{emote_id}/cut")
    def parts(emote_id: EmoteId, at: Annotated[tuple[Seconds, ...], Query(max_length=MOST_CUTS)] = ()) -> CutProposal:
        """List the parts of a take: between these seconds, or as proposed."""
        return hub.cutting.parts(emote_id, at)

    @v1.post("/emotes/{emote_id}/cut", status_code=201)
    def cut(emote_id: EmoteId, body: CutBody) -> EmoteList:
        """Create emotes of parts of this one: all or none. The original stays."""
        return EmoteList(emotes=hub.cutting.cut(emote_id, body.at, body.parts))

    @v1.get("/emotes/{emote_id}/refine")
    def versions(emote_id: EmoteId) -> EmoteVersionList:
        """List the versions of an emote of Kinetix Local, the captured one first."""
        return hub.refining.versions(emote_id)

    @v1.post("/emotes/{emote_id}/refine")
    def refine(emote_id: EmoteId, body: RefineBody) -> Job:
        """Create a version with exactly these corrections, as a job."""
        return hub.refining.refine(emote_id, body.corrections)

    @v1.post("/emotes/{emote_id}/current")
    def make_current(emote_id: EmoteId) -> EmoteVersionList:
        """Make this version the user's current one."""
        return hub.refining.make_current(emote_id)

    @v1.post("/emotes/{emote_id}/refine/{number}/current")
    def go_to(emote_id: EmoteId, number: int) -> EmoteVersionList:
        """Make the version of this number the user's current one."""
        return hub.refining.go_to(emote_id, number)

    @v1.post("/library-page")
    def library_page(emote: str = "", frame: int | None = None) -> LibraryPage:
        """Return a link to the library page of Kinetix Local: to an emote, and to *Correct* at a frame of it."""
        return LibraryPage(url=hub.watch(emote, frame))

    @v1.get("/emotes/{emote_id}/files/{kind}", response_class=Response)
    def file(emote_id: EmoteId, kind: str) -> Response:
        """Return the file, fetched from the service if needed."""
        wanted = _file_kind(kind)
        return file_answer(lambda: hub.file(emote_id, wanted))


def _file_kind(text: str) -> FileKind:
    try:
        return FileKind(text)
    except ValueError as error:
        raise MissingError(
            worded("There is no kind of file called “{kind}”.", kind=text),
            code="noSuchFile",
            next_step=worded("Request one of {kinds}.", kinds=", ".join(FileKind)),
        ) from error
