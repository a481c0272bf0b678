"""The description and the service agree: schemathesis finds no 500 and no answer outside the description."""

from __future__ import annotations

import os
import subprocess
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import Case

from kinetix_local.api.routes import load
from tests.local.conftest import new_world
from tests.support import tools
from tests.support.service import Running
from tests.support.waiting import LIMIT_S

pytestmark = pytest.mark.xdist_group("local")

# A path that the API does not have answers with a page (404), as its own server does.
_CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")


@pytest.fixture(scope="module")
def api(service: Running) -> Any:
    world = new_world(service)
    world.configure(ugcValidation=True)
    process = world.emote()
    spec = requests.get(f"{service.url}/swagger.json", timeout=LIMIT_S).json()
    return schemathesis.openapi.from_dict(spec), world, process


def test_every_route_is_described(service: Running) -> None:
    spec = service.call("GET", "/swagger.json").json()
    described = {(method.upper(), path) for path, rows in spec["paths"].items() for method in rows}
    assert described == {(route.method, route.path) for route in load()}
    for rows in spec["paths"].values():
        for operation in rows.values():
            assert operation["summary"] and operation["tags"][0]
    assert "x-signature" in spec["info"]["description"] and spec["info"]["version"] == "1.4.45"
    assert service.call("GET", "/documentation/swagger.json").json() == spec


def test_documentation_works_without_a_network(service: Running) -> None:
    assert service.call("GET", "/documentation", allow_redirects=False).headers["location"] == "/documentation/"
    page = service.call("GET", "/documentation")
    assert page.status_code == 200 and "https://" not in page.text and "http://" not in page.text
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "start.js", "favicon-32x32.png"):
        assert service.call("GET", f"/documentation/{name}").status_code == 200


def test_documentation_in_a_browser(service: Running) -> None:
    """Swagger UI shows every operation, with nothing fetched from elsewhere."""
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--virtual-time-budget=15000")
    done = subprocess.run(
        [tools.chromium(), *options, "--dump-dom", f"{service.url}/documentation"],
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        stdin=subprocess.DEVNULL,
    )
    assert done.stdout.count("opblock-summary-path") >= len(load())
    assert "CONSOLE" not in done.stderr, done.stderr[-2000:]


EXAMPLES = int(os.environ.get("KINETIX_EXAMPLES", "8"))
_OPERATIONS = sorted({(route.method, route.path) for route in load()})


@pytest.mark.parametrize(("method", "path"), _OPERATIONS, ids=[f"{method} {path}" for method, path in _OPERATIONS])
def test_answers_are_as_described(api: Any, method: str, path: str) -> None:
    schema, world, process = api
    checks = [getattr(schemathesis.checks, name) for name in _CHECKS]
    known = {"uuid": process["emote"], "emoteUuid": process["emote"], "userId": "player-1", "name": "daily"}
    count = 0

    operation = schema[path][method]

    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def each(case: Case[Any]) -> None:
        nonlocal count
        count += 1
        if count % 2 and case.path_parameters:  # half of them ask for what is there
            names = {name: value for name, value in known.items() if name in case.path_parameters}
            if path.startswith("/v1/process/{uuid}"):
                names["uuid"] = process["uuid"]
            case.path_parameters.update(names)
        headers = {"x-api-key": world.key}
        if operation.definition.raw.get("security") == [{"token": []}] and count % 2:
            headers["x-api-token"] = world.token()["uuid"]
        case.call_and_validate(base_url=world.service.url, checks=checks, headers=headers, timeout=LIMIT_S)

    given(case=operation.as_strategy())(each)()
    assert count
