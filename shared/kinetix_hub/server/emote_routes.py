"""The hub's routes about the library's emotes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from kinetix_core.protocol.hub.answers import (
    CutProposal,
    DeletedEmote,
    EmoteList,
    EmoteVersionList,
    Given,
    LibraryPage,
    Refreshed,
)
from kinetix_core.protocol.hub.bodies import (
    MOST_CUTS,
    CutBody,
    EmotePatch,
    GiveBody,
    RefineBody,
    Seconds,
)
from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.protocol.hub.models import Emote, Job
from kinetix_core.values.errors import MissingError
from kinetix_core.values.identity import EmoteId
from kinetix_core.values.wording import worded
from kinetix_hub.hub import Hub
from kinetix_hub.server.answers import array, file_answer

__all__ = ["add_emote_routes"]


def add_emote_routes(v1: APIRouter, hub: Hub) -> None:
    library = hub.library

    @v1.get("/emotes", response_model=EmoteList)
    def search(q: str = "") -> Response:
        def parts() -> Iterator[bytes]:
            yield b'{"emotes":'
            yield from array(emote.public(library.root) for emote in library.index.all(text=q))
            yield b"}"

        return StreamingResponse(parts(), media_type="application/json")

    @v1.post("/emotes/refresh")
    def refresh(profile: str = "", user: str = "") -> Refreshed:
        """Takes over what is in the user's bag and not in the library."""
        return hub.refresh(profile, user)

    @v1.get("/emotes/deleted")
    def deleted() -> EmoteList:
        """The bin, which keeps an emote for 30 days."""
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
        """Into the bin; with `bag` also out of the user's bag."""
        hub.delete(emote_id, bag=bag)
        return DeletedEmote(deleted=emote_id)

    @v1.post("/emotes/{emote_id}/restore")
    def restore(emote_id: EmoteId) -> Emote:
        """Out of the bin again."""
        return library.restore(emote_id)

    @v1.post("/emotes/{emote_id}/give")
    def give(emote_id: EmoteId, body: GiveBody) -> Given:
        """Into the bag of another user."""
        hub.give(emote_id, body.user)
        return Given(given=emote_id, user=body.user.strip())

    @v1.get("/emotes/{emote_id}/cut")
    def parts(emote_id: EmoteId, at: Annotated[tuple[Seconds, ...], Query(max_length=MOST_CUTS)] = ()) -> CutProposal:
        """The parts of which emotes can be made: between these seconds, or as they are proposed."""
        return hub.cutting.parts(emote_id, at)

    @v1.post("/emotes/{emote_id}/cut", status_code=201)
    def cut(emote_id: EmoteId, body: CutBody) -> EmoteList:
        """Makes emotes of parts of this one, all or none; it stays as it is."""
        return EmoteList(emotes=hub.cutting.cut(emote_id, body.at, body.parts))

    @v1.get("/emotes/{emote_id}/refine")
    def versions(emote_id: EmoteId) -> EmoteVersionList:
        """The emote's versions, what was captured first; of an emote that Kinetix Local made."""
        return hub.refining.versions(emote_id)

    @v1.post("/emotes/{emote_id}/refine")
    def refine(emote_id: EmoteId, body: RefineBody) -> Job:
        """A further version, solved with exactly these corrections; the job brings it into the library."""
        return hub.refining.refine(emote_id, body.corrections)

    @v1.post("/emotes/{emote_id}/current")
    def make_current(emote_id: EmoteId) -> EmoteVersionList:
        """The user has this version of its emote from now on."""
        return hub.refining.make_current(emote_id)

    @v1.post("/emotes/{emote_id}/refine/{number}/current")
    def go_to(emote_id: EmoteId, number: int) -> EmoteVersionList:
        """Back to a version: the user has it from now on."""
        return hub.refining.go_to(emote_id, number)

    @v1.post("/library-page")
    def library_page(emote: str = "", frame: int | None = None) -> LibraryPage:
        """Return a link to the library page of Kinetix Local: on an emote, and on *Correct* at a frame of it."""
        return LibraryPage(url=hub.watch(emote, frame))

    @v1.get("/emotes/{emote_id}/files/{kind}", response_class=Response)
    def file(emote_id: EmoteId, kind: str) -> Response:
        """The file itself. One that is not here is fetched from the service first."""
        wanted = _file_kind(kind)
        return file_answer(lambda: hub.file(emote_id, wanted))


def _file_kind(text: str) -> FileKind:
    try:
        return FileKind(text)
    except ValueError as error:
        raise MissingError(
            worded("There is no kind of file called “{kind}”.", kind=text),
            code="noSuchFile",
            next_step=worded("Ask for one of {kinds}.", kinds=", ".join(FileKind)),
        ) from error
