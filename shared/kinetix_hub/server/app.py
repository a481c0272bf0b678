"""The hub's HTTP and WebSocket interface (docs/hub-protocol.md). Handlers that may block are plain functions: they run on threads."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Query, Request, WebSocket
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.websockets import WebSocketDisconnect

from kinetix_core import __version__
from kinetix_core.identity import EmoteId, JobId, ProcessId
from kinetix_core.peer_identity import PeerIdentity
from kinetix_core.services import Route
from kinetix_core.strict_json import read_json
from kinetix_hub.hub import Hub
from kinetix_hub.server.answers import answer, answer_errors, array, file_answer, malformed_request, packed
from kinetix_hub.server.bodies import (
    EmotePatch,
    GiveBody,
    JobBody,
    KeyBody,
    PhoneBody,
    ProfileBody,
    RetakeBody,
)
from kinetix_hub.server.life import PROTOCOL

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
    )
    answer_errors(app)
    started = time.monotonic()
    v1 = APIRouter(prefix="/v1")
    _life(v1, hub, stop, started, identity)
    _jobs(v1, hub)
    _emotes(v1, hub)
    _profiles(v1, hub)
    app.include_router(v1)
    return app


def add_service_routes(app: FastAPI, routes: list[tuple[str, Route]]) -> None:
    """Mounts the routes of the services below /v1."""
    for name, route in routes:
        path = route.path if route.path.startswith("/v1/") else f"/v1/{route.path.lstrip('/')}"
        app.add_api_route(path, _call_service(route), methods=[route.method.upper()], tags=[name])


def _call_service(route: Route) -> Callable[[Request], Any]:
    async def handle(request: Request) -> Response:
        raw = await request.body()
        try:
            body = read_json(raw) if raw else {}
        except ValueError as error:
            raise malformed_request(str(error)) from error
        if not isinstance(body, dict):
            raise malformed_request("The body is no JSON object.")
        found = await run_in_threadpool(route.handle, request.path_params, dict(request.query_params), body)
        return answer(found)

    return handle


def _life(v1: APIRouter, hub: Hub, stop: Callable[[], None], started: float, identity: PeerIdentity) -> None:
    events = hub.events

    @v1.get("/health")
    async def health() -> Response:
        return answer(
            {
                "protocol": PROTOCOL,
                "version": __version__,
                "startId": events.start_id,
                "pid": os.getpid(),
                "uptimeS": round(time.monotonic() - started, 3),
                "unfinishedJobs": hub.unfinished(),
            }
        )

    @v1.post("/shutdown")
    async def shutdown() -> Response:
        stop()
        return answer({"stopping": True}, 202)

    @v1.get("/snapshot")
    def snapshot() -> Response:
        """The whole state. Events after its `seq` are what happened since."""
        head = {
            "protocol": PROTOCOL,
            "version": __version__,
            "startId": events.start_id,
            "seq": events.seq,  # read first: what changes while we look is told again as an event
            "connection": hub.connections.state,
            "profiles": hub.connections.profiles(),
            "jobs": hub.store.shown(),
            "services": hub.services.snapshot(),
        }

        def parts() -> Iterator[bytes]:
            yield packed(head)[:-1] + b',"emotes":'
            yield from array(emote.public(hub.library.root) for emote in hub.library.index.all())
            yield b"}"

        return StreamingResponse(parts(), media_type="application/json")

    @v1.get("/events")
    async def poll(start: str = "", since: int = 0, wait: Wait = 0.0) -> Response:
        return answer(await events.wait(start, since, min(max(wait, 0.0), _MAX_WAIT_S)))

    @v1.websocket("/events/ws")
    async def push(socket: WebSocket, start: str = "", since: int = 0, nonce: str = "") -> None:
        """`nonce`: the first message then proves that this hub speaks."""
        await socket.accept()
        if nonce:
            await socket.send_text(json.dumps(identity.answer(nonce)))
        reader: asyncio.Future[None] = asyncio.ensure_future(_until_closed(socket))
        told: asyncio.Future[dict[str, Any]] | None = None
        try:
            while True:
                told = asyncio.ensure_future(events.wait(start, since, _PING_S))
                await asyncio.wait((reader, told), return_when=asyncio.FIRST_COMPLETED)
                if reader.done() or not events.attached:
                    break
                found = told.result()
                if found["reset"] or found["events"]:
                    start, since = found["startId"], found["seq"]
                    await socket.send_text(packed(found).decode())
                else:
                    await socket.send_text('{"ping":true}')
        except (WebSocketDisconnect, RuntimeError, OSError):
            return  # the front end went away
        finally:
            reader.cancel()
            if told is not None:
                told.cancel()

    @v1.get("/doctor")
    def doctor() -> Response:
        from kinetix_hub.doctor import examine

        return answer(examine(hub))

    @v1.post("/doctor/fix")
    def doctor_fix() -> Response:
        from kinetix_hub.doctor import cure

        return answer({"done": cure(hub), "evicted": hub.evictor.run()})

    @v1.post("/connection/check")
    def check() -> Response:
        return answer(hub.connections.check())


async def _until_closed(socket: WebSocket) -> None:
    """Reads what a front end sends (nothing is expected) so that its going away is noticed."""
    try:
        while True:
            await socket.receive_text()
    except (WebSocketDisconnect, RuntimeError, KeyError):
        return


def _jobs(v1: APIRouter, hub: Hub) -> None:
    store, commands = hub.store, hub.commands

    @v1.post("/jobs")
    def create(body: JobBody) -> Response:
        return answer(commands.create(body.clip, body.name, body.settings(), body.profile, body.user), 201)

    @v1.post("/jobs/phone")
    def phone(body: PhoneBody) -> Response:
        return answer(commands.create_phone(body.name, body.profile, body.user), 201)

    @v1.get("/jobs")
    def search(q: str = "", state: str = "", limit: int = 50, before: str = "") -> Response:
        return answer({"jobs": store.search(q, state, limit, before)})

    @v1.get("/jobs/{job_id}")
    async def one(job_id: JobId) -> Response:
        found = store.quick(job_id)
        return answer(found if found is not None else await run_in_threadpool(store.public, job_id))

    @v1.get("/jobs/{job_id}/moves")
    def moves(job_id: JobId) -> Response:
        return answer({"moves": store.moves(job_id)})

    @v1.delete("/jobs/{job_id}")
    def remove(job_id: JobId) -> Response:
        store.remove(job_id)
        hub.library.clear(job_id)
        return answer({"removed": job_id})

    @v1.post("/jobs/{job_id}/cancel")
    def cancel(job_id: JobId) -> Response:
        return answer(commands.cancel(job_id))

    @v1.post("/jobs/{job_id}/retry")
    def retry(job_id: JobId) -> Response:
        return answer(commands.retry(job_id))

    @v1.post("/jobs/{job_id}/validate")
    def validate(job_id: JobId) -> Response:
        return answer(commands.validate(job_id))

    @v1.post("/jobs/{job_id}/retake")
    def retake(job_id: JobId, body: RetakeBody) -> Response:
        given = {name for name in body.model_fields_set if name not in ("clip", "name", "user", "profile")}
        return answer(commands.retake(job_id, body.clip, body.settings() if given else None, body.name))

    @v1.get("/processes")
    def processes(user: str = "", profile: str = "") -> Response:
        return answer({"processes": hub.processes(profile, user)})

    @v1.get("/processes/{uuid}")
    def process(uuid: ProcessId, profile: str = "") -> Response:
        return answer(hub.process(profile, uuid))

    @v1.post("/processes/{uuid}/validate")
    def validate_process(uuid: ProcessId, profile: str = "") -> Response:
        return answer(hub.decide(profile, uuid, accept=True))

    @v1.post("/processes/{uuid}/retake")
    def retake_process(uuid: ProcessId, profile: str = "") -> Response:
        return answer(hub.decide(profile, uuid, accept=False))


def _emotes(v1: APIRouter, hub: Hub) -> None:
    library = hub.library

    @v1.get("/emotes")
    def search(q: str = "") -> Response:
        def parts() -> Iterator[bytes]:
            yield b'{"emotes":'
            yield from array(emote.public(library.root) for emote in library.index.all(text=q))
            yield b"}"

        return StreamingResponse(parts(), media_type="application/json")

    @v1.post("/emotes/refresh")
    def refresh(profile: str = "", user: str = "") -> Response:
        return answer(hub.refresh(profile, user))

    @v1.get("/emotes/deleted")
    def deleted() -> Response:
        return answer({"emotes": [emote.public(library.root) for emote in library.index.all(deleted=True)]})

    @v1.get("/emotes/{emote_id}")
    def one(emote_id: EmoteId) -> Response:
        return answer(library.index.get(emote_id).public(library.root))

    @v1.patch("/emotes/{emote_id}")
    def change(emote_id: EmoteId, body: EmotePatch) -> Response:
        found = library.index.get(emote_id).public(library.root)
        if body.pinned is not None:
            found = library.pin(emote_id, body.pinned)
        if body.name is not None:
            found = hub.rename(emote_id, body.name)
        return answer(found)

    @v1.delete("/emotes/{emote_id}")
    def delete(emote_id: EmoteId, bag: bool = False) -> Response:
        hub.delete(emote_id, bag=bag)
        return answer({"deleted": emote_id})

    @v1.post("/emotes/{emote_id}/restore")
    def restore(emote_id: EmoteId) -> Response:
        return answer(library.restore(emote_id))

    @v1.post("/emotes/{emote_id}/give")
    def give(emote_id: EmoteId, body: GiveBody) -> Response:
        hub.give(emote_id, body.user)
        return answer({"given": emote_id, "user": body.user.strip()})

    @v1.post("/library-page")
    def library_page(emote: str = "") -> Response:
        return answer({"url": hub.watch(emote)})

    @v1.get("/emotes/{emote_id}/files/{kind}")
    def file(emote_id: EmoteId, kind: str) -> Response:
        return file_answer(lambda: hub.file(emote_id, kind))


def _profiles(v1: APIRouter, hub: Hub) -> None:
    @v1.get("/profiles")
    async def all_profiles() -> Response:
        return answer({"profiles": hub.connections.profiles()})

    @v1.put("/profiles/{name}")
    def put(name: str, body: ProfileBody) -> Response:
        hub.profiles.put(name, body.kind, body.url, body.user)
        return answer({"profiles": hub.profiles_changed()})

    @v1.delete("/profiles/{name}")
    def remove(name: str) -> Response:
        hub.profiles.remove(name)
        return answer({"profiles": hub.profiles_changed()})

    @v1.post("/profiles/{name}/activate")
    def activate(name: str) -> Response:
        hub.profiles.activate(name)
        return answer({"profiles": hub.profiles_changed(check=True)})

    @v1.put("/profiles/{name}/key")
    def put_key(name: str, body: KeyBody) -> Response:
        profile = hub.profiles.get(name)
        source = hub.keys.put(profile.name, body.key)
        return answer({"keySource": source, "profiles": hub.profiles_changed(check=True)})

    @v1.delete("/profiles/{name}/key")
    def remove_key(name: str) -> Response:
        hub.keys.remove(hub.profiles.get(name).name)
        return answer({"profiles": hub.profiles_changed(check=True)})
