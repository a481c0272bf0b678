"""Everything under `/_local/`: what is ours and not part of the API. Its own application with its own description."""

from __future__ import annotations

import functools
import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Protocol
from urllib.parse import urlsplit

from fastapi import Body, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from kinetix_capture.interface import ClipPart
from kinetix_core import __version__
from kinetix_core.protocol.local.models import ClipLocation, ClipToCheck, SignInLink
from kinetix_core.serving.listeners import recognize
from kinetix_core.values.clip_length import ClipLength
from kinetix_core.values.errors import HTTP_STATUS, KinetixError
from kinetix_local.api.instance import MakePages, Service, log_failure
from kinetix_local.api.private import operations
from kinetix_local.api.private.sessions import COOKIE, SECRET_HEADER, SESSION_S, Sessions
from kinetix_local.extensions import every
from kinetix_local.queue.interface import LeaseLost
from kinetix_local.store import admin, audit, emotes, process_steps
from kinetix_local.store import processes as process_store
from kinetix_local.store.blobs import StorageError
from kinetix_local.store.sql.database import AWAY_RETRY_S, is_away
from kinetix_local.store.sql.tables import deliveries, processes

_Name = Annotated[str, Body(embed=True, min_length=1, max_length=1024)]
_LARGEST_BODY = 64 << 10  # names, flags, a world's configuration
_LARGEST_PIECE = 9 << 20  # of a clip (web/clips.py says the same more narrowly)


class Guard:
    """Access control: the holder of the admin token in serve.json, or a browser that signed in by a one-time link.

    A request with a foreign Host is refused first (a web page can point its own name at this machine), then one whose
    Origin is another page's.
    """

    def __init__(self, service: Service) -> None:
        self.sessions = Sessions(service.admin_token)
        self._token = service.admin_token
        names = {"localhost", "127.0.0.1", "::1", "testserver"}
        self._hosts = names | {urlsplit(url).hostname or "" for url in (service.base_url, service.listen_url)}

    def host(self, request: Request) -> None:
        try:
            name = urlsplit(f"//{request.headers.get('host', '')}").hostname
        except ValueError:
            name = None
        if name not in self._hosts:
            raise HTTPException(403, "This host name is not ours.")
        origin = request.headers.get("origin")
        if origin and origin.partition("://")[2] != request.headers.get("host"):
            raise HTTPException(403, "Another page may not call this.")

    def admin(self, request: Request) -> str | None:
        """The session, or None for the holder of the token."""
        self.host(request)
        kind, _, value = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer" and self._token and hmac.compare_digest(value.encode(), self._token.encode()):
            recognize(request.scope)
            return None
        session = request.cookies.get(COOKIE, "")
        if not self.sessions.valid(session, request.headers.get(SECRET_HEADER, "")):
            raise HTTPException(401, "Sign in with the link that `kinetix local sign-in` prints.")
        recognize(request.scope)
        return session

    def hub(self, request: Request) -> None:
        """The holder of the token alone: a browser has no business with this machine's files."""
        if self.admin(request) is not None:
            raise HTTPException(403, "Only the hub may ask this.")


class PrivateRoutes(Protocol):
    """Further routes under `/_local/` (entry points `kinetix.local.routes`); those below `PREFIX` limit their own bodies."""

    PREFIX: str

    def add_to(self, app: FastAPI, service: Service, admin: Callable[[Request], Any]) -> None:
        """`admin` lets only administrators in."""

    def largest_body(self, path: str) -> int: ...


@functools.cache
def _added() -> list[PrivateRoutes]:
    return every("routes")


def largest_body(path: str) -> int:
    """Bytes that a request to this path may have."""
    for routes in _added():
        if path.startswith(f"{routes.PREFIX}/"):
            return routes.largest_body(path)
    return _LARGEST_PIECE if path.startswith("/_local/page/") and path.endswith("/clip") else _LARGEST_BODY


def create(service: Service, make_pages: MakePages | None) -> FastAPI:
    """Create the application, with the routes of the pages if there are any."""
    guard = Guard(service)
    app = FastAPI(
        title="Kinetix Local: administration",
        version=__version__,
        openapi_url="/_local/openapi.json",
        docs_url=None,
        redoc_url=None,
        description="Health, administration, captures in progress and webhook deliveries. The cloud has none of this.",
    )
    app.state.service = service
    app.state.guard = guard
    _errors(app)
    _health(app, service)
    _clips(app, service, guard)
    _signing_in(app, service, guard)
    _phones(app, service, guard)
    _administration(app, service, guard)
    app.include_router(operations.create(service, guard.admin), prefix="/_local")
    for routes in _added():
        routes.add_to(app, service, guard.admin)
    if make_pages is not None:
        app.include_router(make_pages(service), prefix="/_local")
    return app


def _errors(app: FastAPI) -> None:
    def answer(status: int, error: dict[str, Any]) -> JSONResponse:
        return JSONResponse({"error": error}, status)

    def silent(code: str, title: str) -> JSONResponse:
        """Something that the service needs does not answer it."""
        body = {"code": code, "title": title, "detail": "", "nextStep": "Try again."}
        return JSONResponse({"error": body}, 503, {"retry-after": str(AWAY_RETRY_S)})

    @app.exception_handler(KinetixError)
    async def ours(_request: Request, error: KinetixError) -> JSONResponse:
        return answer(HTTP_STATUS[error.kind], error.as_dict())

    @app.exception_handler(LeaseLost)
    async def lost(_request: Request, _error: LeaseLost) -> JSONResponse:
        title = "The capture was cancelled, or another worker has it."
        return answer(410, {"code": "leaseLost", "title": title, "detail": "", "nextStep": ""})

    @app.exception_handler(RequestValidationError)
    async def malformed(_request: Request, error: RequestValidationError) -> JSONResponse:
        # Not what was sent: it may be what no answer can hold.
        wrong = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        body = {"code": "badRequest", "title": "The request is not right.", "detail": wrong, "nextStep": ""}
        return answer(422, body)

    @app.exception_handler(SQLAlchemyError)
    async def away(request: Request, error: SQLAlchemyError) -> JSONResponse:
        if not is_away(error):
            raise error
        log_failure(request.url.path, error)
        return silent("databaseAway", "The database does not answer.")

    @app.exception_handler(StorageError)
    async def storage_away(request: Request, error: StorageError) -> JSONResponse:
        log_failure(request.url.path, error)
        # What is wrong with it is for those who run it: a page may be anybody's.
        return silent(error.code, "The storage of files does not answer.")

    @app.exception_handler(HTTPException)
    async def refused(_request: Request, error: HTTPException) -> JSONResponse:
        words = {401: "notSignedIn", 403: "forbidden", 404: "notFound", 413: "tooLarge"}
        body = {"code": words.get(error.status_code, "error"), "title": str(error.detail), "detail": "", "nextStep": ""}
        return answer(error.status_code, body)


def _health(app: FastAPI, service: Service) -> None:
    @app.get("/_local/health")
    def health() -> dict[str, Any]:
        """Details that the API's own health check has no room for. Needs no key: the hub asks before it has one."""
        with service.database.read() as db:
            by_step = select(processes.c.step, func.count()).group_by(processes.c.step)
            counts: dict[str, int] = dict(db.execute(by_step).all())
            waiting = db.execute(
                select(func.count()).select_from(deliveries).where(deliveries.c.state == "waiting")
            ).scalar()
        return {
            "status": "ok",
            "version": __version__,
            "startId": service.start_id,
            "strict": service.settings.strict,
            "uptimeS": (service.clock.now() - service.started_at) / 1000,
            "processes": counts,
            "captures": sum(counts.get(step, 0) for step in process_steps.ALIVE),
            "deliveriesWaiting": waiting or 0,
            "diskFreeBytes": service.blobs.free_bytes(),
            "database": "sqlite" if service.database.is_sqlite else "postgresql",
        }


def _part(wanted: ClipToCheck) -> ClipPart:
    length = ClipLength(wanted.least, wanted.most)
    return ClipPart(Path(wanted.clip), wanted.start, wanted.end, wanted.crop, length)


def _clips(app: FastAPI, service: Service, guard: Guard) -> None:
    hub = [Depends(guard.hub)]

    @app.post("/_local/clip-checks", dependencies=hub)
    async def check_clip(wanted: ClipToCheck) -> dict[str, Any] | None:
        """Why no emote can become of a clip on this machine, at a quick look; null when nothing is seen against it."""
        found = await service.runner.precheck(_part(wanted))
        return None if found is None else found.as_dict()

    @app.post("/_local/clip-people", dependencies=hub)
    async def people_in_clip(wanted: ClipToCheck) -> list[dict[str, Any]]:
        """Return the people in a clip on this machine, at a quick look: a JPEG of each, and how to select that one."""
        found = await service.runner.seen_people(_part(wanted))
        return [one.as_json() for one in found]

    @app.get("/_local/processes/{uuid}/clip", dependencies=hub)
    def clip_of(uuid: str, camera: Annotated[int, Query(ge=0)] = 0) -> ClipLocation:
        """Return the path of a process's clip on this machine, and the second at which the emote was asked to begin.

        `camera`: of several clips of one take which one, in the order in which they were given.
        """
        with service.database.read() as db:
            row = process_store.find(db, uuid)
            first, further = emotes.clips_of(db, row.video) if row is not None else (None, [])
        blob = dict(enumerate((first, *further))).get(camera)
        if row is None or blob is None:
            raise HTTPException(404, "The clip is not here.")
        try:
            clip = service.blobs.fetch(blob, service.folder / "clips")
        except FileNotFoundError as error:
            raise HTTPException(404, "The clip is not here.") from error
        return ClipLocation(path=str(clip), start=process_store.asked_start(row.request))


def _signing_in(app: FastAPI, service: Service, guard: Guard) -> None:
    @app.post("/_local/sign-in-links", dependencies=[Depends(guard.admin)])
    def new_link() -> SignInLink:
        """A link that signs a browser in, once, within five minutes."""
        return SignInLink(url=f"{service.listen_url}/?sign-in={guard.sessions.link()}")

    @app.post("/_local/session")
    def sign_in(
        code: Annotated[str, Body(embed=True, max_length=64)], request: Request, response: Response
    ) -> dict[str, str]:
        """Sign in with the code of a link: the answer has the secret that goes with every request, beside the cookie."""
        guard.host(request)
        session = guard.sessions.sign_in(code)
        if session is None:
            raise HTTPException(403, "This link was used or is too old. `kinetix local sign-in` prints a new one.")
        response.set_cookie(COOKIE, session, max_age=SESSION_S, httponly=True, samesite="strict", path="/_local")
        response.headers["cache-control"] = "no-store"
        return {"secret": guard.sessions.secret(session)}

    @app.post("/_local/sign-out")
    def sign_out(request: Request) -> dict[str, str]:
        found = guard.admin(request)
        if found:
            guard.sessions.sign_out(found)
        return {}


def _phones(app: FastAPI, service: Service, guard: Guard) -> None:
    @app.post("/_local/lan", dependencies=[Depends(guard.admin)])
    async def let_phones_in() -> dict[str, Any]:
        """Opens the upload page to phones on this network, until no link for one is good any more."""
        if service.phones is None:
            raise HTTPException(503, "The service is starting or ending.")
        return await service.phones.let_in()

    @app.delete("/_local/links/{token}", status_code=204, dependencies=[Depends(guard.hub)])
    def end_link(token: str) -> Response:
        """For the hub: the generation token of a job that a person stopped. Its page takes no clip any more."""
        with service.database.write() as db:
            process_store.spend_token(db, token)
        if service.phones is not None:
            service.phones.end_link(token)
        return Response(status_code=204)


def _administration(app: FastAPI, service: Service, guard: Guard) -> None:
    allowed = [Depends(guard.admin)]

    def read(action: Callable[..., Any], *given: Any, **named: Any) -> Any:
        with service.database.read() as db:
            return action(db, *given, **named)

    def write(action: Callable[..., Any], *given: Any, **named: Any) -> Any:
        with audit.acting("administrator"):
            result = service.database.carry_out(lambda db: action(db, *given, **named))
        service.changed()
        return result

    def now() -> int:
        return service.clock.now()

    @app.get("/_local/worlds", dependencies=allowed)
    def worlds() -> Any:
        return read(admin.list_worlds, now())

    @app.post("/_local/worlds", dependencies=allowed, status_code=201)
    def new_world(name: _Name, plan: Annotated[str, Body(embed=True)] = "Unlimited") -> Any:
        return write(admin.add_world, now(), name, plan)

    @app.patch("/_local/worlds/{world}", dependencies=allowed)
    def change_world(
        world: str,
        name: Annotated[str | None, Body(embed=True)] = None,
        plan: Annotated[str | None, Body(embed=True)] = None,
        whiteList: Annotated[bool | None, Body(embed=True)] = None,
        configuration: Annotated[dict[str, Any] | None, Body(embed=True)] = None,
    ) -> Any:
        return write(
            admin.change_world, now(), world, name=name, plan=plan, white_list=whiteList, configuration=configuration
        )

    @app.delete("/_local/worlds/{world}", dependencies=allowed, status_code=204)
    def delete_world(world: str) -> None:
        write(admin.delete_world, world)

    @app.get("/_local/worlds/{world}/usage", dependencies=allowed)
    def usage(world: str) -> Any:
        return read(admin.usage_of, world)

    @app.get("/_local/worlds/{world}/keys", dependencies=allowed)
    def keys(world: str) -> Any:
        return read(admin.list_keys, world)

    @app.post("/_local/worlds/{world}/keys", dependencies=allowed, status_code=201)
    def new_key(
        world: str,
        name: Annotated[str, Body(embed=True)] = "",
        canRead: Annotated[bool, Body(embed=True)] = True,
        canWrite: Annotated[bool, Body(embed=True)] = True,
        expire: Annotated[str | None, Body(embed=True)] = None,
        role: Annotated[str | None, Body(embed=True)] = None,
    ) -> Any:
        """The answer is the only place that shows the key's value. `role`: `artist`, `lead`, or none as for a game."""
        flags = {"can_read": canRead, "can_write": canWrite, "expire": expire, "role": role}
        return write(admin.add_key, service.seal, now(), world, name=name, **flags)

    @app.delete("/_local/keys/{uuid}", dependencies=allowed, status_code=204)
    def delete_key(uuid: str) -> None:
        write(admin.delete_key, uuid)

    @app.get("/_local/worlds/{world}/users", dependencies=allowed)
    def users(world: str) -> Any:
        return read(admin.list_users, world)

    @app.post("/_local/worlds/{world}/users", dependencies=allowed, status_code=201)
    def new_user(world: str, id: _Name) -> Any:
        return write(admin.add_user, now(), world, id)

    @app.get("/_local/worlds/{world}/aliases", dependencies=allowed)
    def aliases(world: str) -> Any:
        return read(admin.list_aliases, world)

    @app.post("/_local/worlds/{world}/aliases", dependencies=allowed, status_code=201)
    def new_alias(
        world: str,
        name: _Name,
        emotes: Annotated[list[str], Body(embed=True)],
        interval: Annotated[int | None, Body(embed=True)] = None,
        startDate: Annotated[str | None, Body(embed=True)] = None,
    ) -> Any:
        return write(admin.add_alias, now(), world, name, emotes, interval_ms=interval, start=startDate)

    @app.delete("/_local/worlds/{world}/aliases/{name}", dependencies=allowed, status_code=204)
    def delete_alias(world: str, name: str) -> None:
        write(admin.delete_alias, world, name)

    @app.get("/_local/plans", dependencies=allowed)
    def plans() -> Any:
        return read(admin.list_plans)

    @app.get("/_local/audit", dependencies=allowed)
    def audit_log(limit: int = 100) -> Any:
        """Return the audit log, newest first."""
        return read(admin.list_audit, min(max(limit, 1), 10_000))

    @app.get("/_local/avatars", dependencies=allowed)
    def avatars() -> Any:
        return read(admin.list_avatars)

    @app.get("/_local/deliveries", dependencies=allowed)
    def all_deliveries(limit: int = 100, process: str | None = None) -> Any:
        """Webhooks out, newest first, with every attempt."""
        return read(admin.list_deliveries, min(max(limit, 1), 1000), process)
