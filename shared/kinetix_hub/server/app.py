"""The hub's HTTP and WebSocket interface (docs/hub-protocol.md). Handlers that may block are plain functions: they run on threads.

A handler's return type is the form of its answer, also in /v1/openapi.json and in the document.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request, WebSocket
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocketDisconnect

from kinetix_core import __version__
from kinetix_core.errors import KinetixError
from kinetix_core.hub_protocol.answers import (
    ClipVerdict,
    CutProposal,
    Decision,
    DeletedEmote,
    DoctorReport,
    EmoteList,
    EmoteVersionList,
    Fixed,
    Given,
    Health,
    JobList,
    KeptKey,
    LibraryPage,
    MoveList,
    ProcessList,
    ProfileList,
    Refreshed,
    RemovedFromList,
    Stopping,
)
from kinetix_core.hub_protocol.bodies import (
    MOST_CUTS,
    ClipCheckBody,
    CutBody,
    EmotePatch,
    GiveBody,
    JobBody,
    KeyBody,
    PhoneBody,
    ProfileBody,
    RefineBody,
    RetakeBody,
    Seconds,
    UninstallBody,
    malformed_request,
)
from kinetix_core.hub_protocol.enumerations import FileKind
from kinetix_core.hub_protocol.info import PROTOCOL
from kinetix_core.hub_protocol.models import Connection, Emote, EventPage, Job, Model, Process, Snapshot, SnapshotHead
from kinetix_core.identity import EmoteId, JobId, ProcessId
from kinetix_core.peer_identity import PeerIdentity
from kinetix_core.services import Route
from kinetix_core.strict_json import read_json
from kinetix_hub.hub import Hub
from kinetix_hub.server.answers import Answer, answer_errors, answered, array, file_answer

__all__ = ["build_app"]

_PING_S = 15.0
_MAX_WAIT_S = 25.0
Wait = Annotated[float, Query(allow_inf_nan=False)]


def build_app(hub: Hub, stop: Callable[[], None], identity: PeerIdentity) -> FastAPI:
    """The application; `stop` asks the server to end, `identity` is this start of the hub."""
    app = FastAPI(
        title="Kinetix Bridge hub",
        version=__version__,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        default_response_class=Answer,
    )
    answer_errors(app)
    started = time.monotonic()
    v1 = APIRouter(prefix="/v1", default_response_class=Answer)
    _life(v1, hub, stop, started, identity)
    _jobs(v1, hub)
    _emotes(v1, hub)
    _profiles(v1, hub)
    app.router.routes.extend(v1.routes)  # an included router would look through them all twice
    return app


def add_service_routes(app: FastAPI, routes: list[tuple[str, Route]]) -> None:
    """Mounts the routes of the services."""
    for name, route in routes:
        app.add_api_route(
            route.path, _call_service(route), methods=[route.method], tags=[name], response_model=route.answer
        )


def _call_service(route: Route) -> Callable[[Request], object]:
    async def handle(request: Request) -> Model:
        raw = await request.body()
        try:
            body = read_json(raw) if raw else {}
        except ValueError as error:
            raise malformed_request(str(error)) from error
        if not isinstance(body, dict):
            raise malformed_request("The body is no JSON object.")
        return await run_in_threadpool(route.handle, request.path_params, body)

    return handle


def _life(v1: APIRouter, hub: Hub, stop: Callable[[], None], started: float, identity: PeerIdentity) -> None:
    events = hub.events

    @v1.get("/health")
    async def health() -> Health:
        return Health(
            protocol=PROTOCOL,
            version=__version__,
            start_id=events.start_id,
            pid=os.getpid(),
            uptime_s=round(time.monotonic() - started, 3),
            unfinished_jobs=hub.unfinished(),
        )

    @v1.post("/shutdown", status_code=202)
    async def shutdown() -> Stopping:
        """Ends the hub. Jobs go on when it is started again."""
        stop()
        return Stopping(stopping=True)

    @v1.post("/uninstall", status_code=202)
    def uninstall(body: UninstallBody) -> Stopping:
        """Removes what was made on this machine; `everything` takes the library along. The hub ends meanwhile."""
        from kinetix_hub import uninstalling  # brings the command line, which no hub needs otherwise

        uninstalling.begin(everything=body.everything)
        return Stopping(stopping=True)

    @v1.get("/snapshot", response_model=Snapshot)
    def snapshot() -> Response:
        """The whole state. Events after its `seq` are what happened since."""
        head = SnapshotHead(
            protocol=PROTOCOL,
            version=__version__,
            start_id=events.start_id,
            seq=events.seq,  # read first: what changes while we look is told again as an event
            connection=hub.connections.state,
            profiles=hub.connections.profiles(),
            jobs=hub.store.shown(),
            services=hub.services.snapshot(),
        )

        def parts() -> Iterator[bytes]:
            yield head.to_json()[:-1] + b',"emotes":'
            yield from array(emote.public(hub.library.root) for emote in hub.library.index.all())
            yield b"}"

        return StreamingResponse(parts(), media_type="application/json")

    @v1.get("/events", response_model=EventPage)
    async def poll(start: str = "", since: int = 0, wait: Wait = 0.0) -> Response:
        """What happened after `since`; waits up to `wait` seconds, 25 at most, for something to tell."""
        return answered(await events.wait(start, since, min(max(wait, 0.0), _MAX_WAIT_S)))

    @v1.websocket("/events/ws")
    async def push(socket: WebSocket, start: str = "", since: int = 0, nonce: str = "") -> None:
        """`nonce`: the first message then proves that this hub speaks."""
        await socket.accept()
        if nonce:
            await socket.send_text(json.dumps(identity.answer(nonce)))
        reader: asyncio.Future[None] = asyncio.ensure_future(_until_closed(socket))
        waiting: asyncio.Future[EventPage] | None = None
        try:
            while True:
                waiting = asyncio.ensure_future(events.wait(start, since, _PING_S))
                await asyncio.wait((reader, waiting), return_when=asyncio.FIRST_COMPLETED)
                if reader.done() or not events.attached:
                    break
                found = waiting.result()
                if found.reset or found.events:
                    start, since = found.start_id, found.seq
                    await socket.send_text(found.to_json().decode())
                else:
                    await socket.send_text('{"ping":true}')
        except (WebSocketDisconnect, RuntimeError, OSError):
            return  # the front end went away
        finally:
            reader.cancel()
            if waiting is not None:
                waiting.cancel()

    @v1.get("/doctor")
    def doctor() -> DoctorReport:
        """Checks everything and changes nothing."""
        from kinetix_hub.doctor import examine

        return examine(hub)

    @v1.post("/doctor/fix")
    def doctor_fix() -> Fixed:
        """Repairs the library, and moves aside what else is damaged."""
        from kinetix_hub.doctor import cure

        return Fixed(done=cure(hub), evicted=hub.evictor.run())

    @v1.post("/connection/check")
    def check() -> Connection:
        """Tries the active profile now."""
        return hub.connections.check()


async def _until_closed(socket: WebSocket) -> None:
    """Reads what a front end sends (nothing is expected) so that its going away is noticed."""
    try:
        while True:
            await socket.receive_text()
    except (WebSocketDisconnect, RuntimeError, KeyError):
        return


def _jobs(v1: APIRouter, hub: Hub) -> None:
    store, commands = hub.store, hub.commands

    @v1.post("/jobs", status_code=201)
    def create(body: JobBody) -> Job:
        return commands.create(body.clip, body.name, body.settings(), body.profile, body.user)

    @v1.post("/jobs/phone", status_code=201)
    def phone(body: PhoneBody) -> Job:
        """A job in `awaitingUpload` with the link for a phone."""
        return commands.create_phone(body.name, body.profile, body.user, ask_first=body.ask_first)

    @v1.post("/clips/check")
    def check_clip(body: ClipCheckBody) -> ClipVerdict:
        """Whether anybody is seen in a clip, within about two seconds; a profile that sends clips away looks at the file alone."""
        return hub.check_clip(body)

    @v1.get("/jobs")
    def search(q: str = "", state: str = "", limit: int = 50, before: str = "") -> JobList:
        """`state` takes several with commas; `before` is the id of the last one seen."""
        return JobList(jobs=store.search(q, state, limit, before))

    @v1.get("/jobs/{job_id}", response_model=Job)
    async def one(job_id: JobId) -> Response:
        found = store.quick(job_id)
        return answered(found if found is not None else await run_in_threadpool(store.public, job_id))

    @v1.get("/jobs/{job_id}/moves")
    def moves(job_id: JobId) -> MoveList:
        return MoveList(moves=store.moves(job_id))

    @v1.delete("/jobs/{job_id}")
    def remove(job_id: JobId) -> RemovedFromList:
        """Of an ended job; its emote stays."""
        store.remove(job_id)
        hub.library.clear(job_id)
        return RemovedFromList(removed=job_id)

    @v1.post("/jobs/{job_id}/cancel")
    def cancel(job_id: JobId) -> Job:
        return commands.cancel(job_id)

    @v1.post("/jobs/{job_id}/retry")
    def retry(job_id: JobId) -> Job:
        """Keeps id and settings and sends nothing again that may have arrived."""
        return commands.retry(job_id)

    @v1.post("/jobs/{job_id}/validate")
    def validate(job_id: JobId) -> Job:
        return commands.validate(job_id)

    @v1.post("/jobs/{job_id}/retake")
    def retake(job_id: JobId, body: RetakeBody) -> Job:
        given = {name for name in body.model_fields_set if name not in ("clip", "name", "user", "profile")}
        return commands.retake(job_id, body.clip, body.settings() if given else None, body.name)

    @v1.get("/processes")
    def processes(user: str = "", profile: str = "") -> ProcessList:
        """The service's own processes of a user, also those that no job of this hub made."""
        return ProcessList(processes=hub.processes(profile, user))

    @v1.get("/processes/{uuid}")
    def process(uuid: ProcessId, profile: str = "") -> Process:
        return hub.process(profile, uuid)

    @v1.post("/processes/{uuid}/validate")
    def validate_process(uuid: ProcessId, profile: str = "") -> Decision:
        return Decision(hub.decide(profile, uuid, accept=True))

    @v1.post("/processes/{uuid}/retake")
    def retake_process(uuid: ProcessId, profile: str = "") -> Decision:
        return Decision(hub.decide(profile, uuid, accept=False))


def _emotes(v1: APIRouter, hub: Hub) -> None:
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

    @v1.post("/emotes/{emote_id}/refine/{number}/current")
    def go_to(emote_id: EmoteId, number: int) -> EmoteVersionList:
        """Back to a version: the user has it from now on."""
        return hub.refining.go_to(emote_id, number)

    @v1.post("/library-page")
    def library_page(emote: str = "") -> LibraryPage:
        """A link that opens the library page of Kinetix Local, on that emote where one is named."""
        return LibraryPage(url=hub.watch(emote))

    @v1.get("/emotes/{emote_id}/files/{kind}", response_class=Response)
    def file(emote_id: EmoteId, kind: str) -> Response:
        """The file itself. One that is not here is fetched from the service first."""
        wanted = _file_kind(kind)
        return file_answer(lambda: hub.file(emote_id, wanted))


def _file_kind(text: str) -> FileKind:
    try:
        return FileKind(text)
    except ValueError as error:
        raise KinetixError(
            f"There is no kind of file called {text!r}.",
            code="noSuchFile",
            next_step=f"Ask for one of {', '.join(FileKind)}.",
        ) from error


def _profiles(v1: APIRouter, hub: Hub) -> None:
    @v1.get("/profiles")
    async def all_profiles() -> ProfileList:
        return ProfileList(profiles=hub.connections.profiles())

    @v1.put("/profiles/{name}")
    def put(name: str, body: ProfileBody) -> ProfileList:
        hub.profiles.put(name, body.kind, body.url, body.user)
        return ProfileList(profiles=hub.profiles_changed())

    @v1.delete("/profiles/{name}")
    def remove(name: str) -> ProfileList:
        hub.profiles.remove(name)
        return ProfileList(profiles=hub.profiles_changed())

    @v1.post("/profiles/{name}/activate")
    def activate(name: str) -> ProfileList:
        hub.profiles.activate(name)
        return ProfileList(profiles=hub.profiles_changed(check=True))

    @v1.put("/profiles/{name}/key")
    def put_key(name: str, body: KeyBody) -> KeptKey:
        profile = hub.profiles.get(name)
        source = hub.keys.put(profile.name, body.key)
        return KeptKey(key_source=source, profiles=hub.profiles_changed(check=True))

    @v1.delete("/profiles/{name}/key")
    def remove_key(name: str) -> ProfileList:
        hub.keys.remove(hub.profiles.get(name).name)
        return ProfileList(profiles=hub.profiles_changed(check=True))
