"""Three routes of the API as FastAPI would have them: its router, its dependencies, pydantic's validation, its OpenAPI.

Same handlers, same caches, same store. All other routes are registered, so that the router has as much to look through, but
not measured. Annotations are evaluated at once here: FastAPI reads them, and the dependencies are made in a function.
`python -m kinetix_bench.service.fastapi_twin HOME PORT own|fastapi` serves one of the two.
"""

import contextlib
import datetime
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from kinetix_core.listeners import Budget, Limits
from kinetix_local.api import cors
from kinetix_local.api.app import App
from kinetix_local.api.errors import ApiError, Malformed
from kinetix_local.api.instance import Service, Store, default_world
from kinetix_local.api.listener import configuration
from kinetix_local.api.wire import ROUTES, Answer, Call, Route, etag, json_answer
from kinetix_local.store.clock import Clock

__all__ = ["create"]

_CONFIG, _USER, _BAG = "/v1/virtual-world/config", "/v1/virtual-world/users/{userId}", "/v1/users/{userId}/emotes"
# What pydantic calls a fault → what clients of the API know it as.
_TEXTS = {
    "missing": "is required",
    "extra_forbidden": "is not allowed",
    "int_parsing": "must be a number",
    "int_type": "must be a number",
    "int_from_float": "must be an integer",
    "bool_parsing": "must be a boolean",
    "bool_type": "must be a boolean",
    "string_type": "must be a string",
    "string_too_short": "is not allowed to be empty",
    "datetime_from_date_parsing": "must be a valid date",
    "datetime_parsing": "must be a valid date",
    "datetime_type": "must be a valid date",
}


class Nothing(BaseModel):
    """A route without a query: whatever is given is refused."""

    model_config = ConfigDict(extra="forbid")


class BagQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")
    mature: bool | None = None
    limit: int = Field(1000, ge=0)
    offset: int = Field(0, ge=0)
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None


def create(service: Service) -> FastAPI:
    own = App(service)
    routes = {(route.method, route.path): route for route in ROUTES}

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await service.start()
        yield
        await service.stop()

    app = FastAPI(lifespan=lifespan, openapi_url="/swagger.json", docs_url="/documentation", redoc_url=None)

    def caller(path: str) -> Any:
        """The dependency that checks the key and counts the call, for one route."""
        route = routes["GET", path]

        async def admit(request: Request) -> Call:
            call = Call(service, request.scope, request.receive, route)
            value = call.header(b"x-api-key")
            if not value:
                raise ApiError(401, "Missing API key", "missingApiKey")
            entry = service.keys.cached(value) or service.keys.load(service.database.reader, value)
            call.key = service.keys.admit(entry[1], route.auth)
            service.limiter.call(call.key.world_id, request.url.path[1:].split("/", 2)[1], call.strict)
            if route.metered:
                service.meter.call(call.key)
            return call

        return Depends(admit)

    def sent(call: Call, answer: Answer) -> Response:
        answer.headers.append((b"etag", etag(answer.body)))
        return _response(answer, call.scope, service)

    @app.get(_CONFIG)
    async def config(query: Annotated[Nothing, Query()], call: Annotated[Call, caller(_CONFIG)]) -> Response:
        return sent(call, await own.handle(call))

    @app.get(_USER)
    async def user(userId: str, query: Annotated[Nothing, Query()], call: Annotated[Call, caller(_USER)]) -> Response:
        call.params = {"userId": userId}
        return sent(call, await own.handle(call))

    @app.get(_BAG)
    async def bag(userId: str, query: Annotated[BagQuery, Query()], call: Annotated[Call, caller(_BAG)]) -> Response:
        call.params = {"userId": userId}
        call.query = query.model_dump(exclude_none=True)
        return sent(call, await own.handle(call))

    for route in ROUTES:
        if route.method != "GET" or route.path not in {_CONFIG, _USER, _BAG}:
            app.add_api_route(route.path, _unmeasured(route), methods=[route.method])

    @app.exception_handler(ApiError)
    async def refused(request: Request, error: ApiError) -> Response:
        return _response(json_answer(error.body(strict=False), error.status, error.headers), request.scope, service)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        faults = error.errors()
        texts = [_text(one) for one in faults]
        if request.scope["route"].path != _BAG and any(one["loc"][0] == "query" for one in faults):
            texts = ['"query" is not allowed']
        return await refused(request, Malformed(", ".join(texts)))

    @app.exception_handler(HTTPException)
    async def unknown(request: Request, error: HTTPException) -> Response:
        from kinetix_local.api import pages

        return _response(pages.not_found(request.method, request.scope), request.scope, service)

    return app


def _unmeasured(route: Route) -> Any:
    async def handle(request: Request) -> Response:
        return Response(route.path, 501)

    return handle


def _response(answer: Answer, scope: Any, service: Service) -> Response:
    origin = next((value for name, value in scope["headers"] if name == b"origin"), None)
    result = Response(answer.body, answer.status)
    result.raw_headers.extend([*answer.headers, *cors.headers(origin, service.page_origins)])
    return result


def _text(error: Any) -> str:
    place, name = {"path": "params"}.get(error["loc"][0], error["loc"][0]), error["loc"][-1]
    label, kind = f'"{place}.{name}"', error["type"]
    if kind == "greater_than_equal":
        return f"{label} must be larger than or equal to {error['ctx']['ge']}"
    return f"{label} {_TEXTS.get(kind) or error['msg']}"


def main(home: Path, port: int, kind: str) -> None:
    import uvicorn

    store = Store(home)
    default_world(store, Clock())
    service = Service(store, f"http://127.0.0.1:{port}", rate_limit=0)
    app: Any = App(service) if kind == "own" else create(service)
    config = configuration(app, Budget(Limits(connections=256, strangers=256)), lifespan="on", loop="auto", port=port)
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
