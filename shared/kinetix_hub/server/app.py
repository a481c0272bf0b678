"""The hub's HTTP and WebSocket interface (docs/hub-protocol.md). Blocking handlers are plain functions, run on threads.

A handler's return type is the form of its answer, also in /v1/openapi.json and in the reference.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterable
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request, WebSocket
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.websockets import WebSocketDisconnect

from kinetix_core import __version__
from kinetix_core.io.untrusted_json import read_json
from kinetix_core.protocol.hub.answers import (
    DoctorReport,
    Fixed,
    Health,
    KeptKey,
    ProfileList,
    Stopping,
)
from kinetix_core.protocol.hub.base_models import Model
from kinetix_core.protocol.hub.bodies import (
    ClipLengthBody,
    KeyBody,
    ProfileBody,
    UninstallBody,
    malformed_request,
)
from kinetix_core.protocol.hub.info import PROTOCOL
from kinetix_core.protocol.hub.models import Connection, EventPage, Snapshot, SnapshotHead
from kinetix_core.serving.listeners import share_of_descriptors
from kinetix_core.serving.peer_identity import PeerIdentity
from kinetix_core.sync_service import Route
from kinetix_core.values.errors import ErrorKind, KinetixError
from kinetix_hub.hub import Hub
from kinetix_hub.installation import uninstalling
from kinetix_hub.server.answers import Answer, answer_errors, answered, array_answer, error_answer
from kinetix_hub.server.emote_routes import add_emote_routes
from kinetix_hub.server.job_routes import add_job_routes

_PING_S = 15.0
_MAX_WAIT_S = 25.0
_LISTENERS_SHARE, _MOST_LISTENERS = 0.3, 200
Wait = Annotated[float, Query(allow_inf_nan=False)]


def build_app(hub: Hub, stop: Callable[[], None], identity: PeerIdentity) -> FastAPI:
    """Return the application. `stop` asks the server to end; `identity` is of this start of the hub."""
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
    add_job_routes(v1, hub)
    add_emote_routes(v1, hub)
    _profiles(v1, hub)
    app.router.routes.extend(v1.routes)  # an included router would look through them all twice
    return app


def add_sync_routes(app: FastAPI, routes: Iterable[Route]) -> None:
    """Mount the routes of the sync."""
    for route in routes:
        app.add_api_route(route.path, _call_sync(route), methods=[route.method], response_model=route.answer)


def _call_sync(route: Route) -> Callable[[Request], object]:
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
    listeners = 0  # open web sockets

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
        """End the hub. Jobs continue at the next start."""
        stop()
        return Stopping(stopping=True)

    @v1.post("/uninstall", status_code=202)
    def uninstall(body: UninstallBody) -> Stopping:
        """Remove what was created on this machine, with `everything` also the library. The hub ends meanwhile."""
        uninstalling.begin(everything=body.everything)
        return Stopping(stopping=True)

    @v1.get("/snapshot", response_model=Snapshot)
    def snapshot() -> Response:
        """Return the whole state. Events after its `seq` are newer."""
        head = SnapshotHead(
            protocol=PROTOCOL,
            version=__version__,
            start_id=events.start_id,
            seq=events.seq,  # read first: later changes come as events too
            connection=hub.connections.state,
            profiles=hub.connections.profiles(),
            jobs=hub.store.shown(),
            services=hub.sync.snapshot(),
        )
        emotes = (emote.public(hub.library.root) for emote in hub.library.index.all())
        return array_answer(head.to_json()[:-1] + b',"emotes":', emotes)

    @v1.get("/events", response_model=EventPage)
    async def poll(start: str = "", since: int = 0, wait: Wait = 0.0) -> Response:
        """Return the events after `since`; wait up to `wait` seconds (25 at most) for one."""
        return answered(await events.wait(start, since, min(max(wait, 0.0), _MAX_WAIT_S)))

    @v1.websocket("/events/ws")
    async def push(socket: WebSocket, start: str = "", since: int = 0, nonce: str = "") -> None:
        """`nonce`: the first message then proves the hub's identity."""
        nonlocal listeners
        if listeners >= share_of_descriptors(_LISTENERS_SHARE, _MOST_LISTENERS):
            await socket.send_denial_response(error_answer(_too_many_listeners()))
            return
        listeners += 1
        try:
            await _push(socket, start, since, nonce)
        finally:
            listeners -= 1

    async def _push(socket: WebSocket, start: str, since: int, nonce: str) -> None:
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
        """Run every check; nothing is changed."""
        from kinetix_hub.doctor import examine

        return examine(hub)

    @v1.post("/doctor/fix")
    def doctor_fix() -> Fixed:
        """Repair the library, and move other damaged files aside."""
        from kinetix_hub.doctor import cure

        return Fixed(done=cure(hub), evicted=hub.evictor.run())

    @v1.post("/connection/check")
    def check() -> Connection:
        """Try the active profile now."""
        return hub.connections.check()

    @v1.put("/connection/clip-length")
    def clip_length(body: ClipLengthBody) -> Connection:
        """Set the length of a clip for one emote; the active profile must be `local`."""
        return hub.connections.set_clip_length(body.min_seconds, body.max_seconds)


def _too_many_listeners() -> KinetixError:
    return KinetixError(
        "Too many programs are connected to Kinetix.",
        code="tooManyListeners",
        next_step="Close unused editors, or restart Kinetix.",
        kind=ErrorKind.BUSY,
    )


async def _until_closed(socket: WebSocket) -> None:
    """Wait until the front end disconnects."""
    try:
        while True:
            await socket.receive_text()
    except (WebSocketDisconnect, RuntimeError, KeyError):
        return


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
