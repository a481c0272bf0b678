"""Every route of the hub with requests that no front end of ours sends: an answer with a message, never a 500."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.hub.conftest import HubProcess, ask
from tests.support.hub_json import HubLink

pytestmark = pytest.mark.xdist_group("hub-server")

LEFT_OUT = {
    "/v1/shutdown", "/v1/uninstall", "/v1/doctor", "/v1/doctor/fix", "/v1/events/ws", "/v1/library-page", "/v1/jobs/phone",
}  # fmt: skip
"""They end the hub, take long or start the service; none of them reads a body or only one of a form that others have."""

VALUES: list[Any] = [
    None, True, -1, 0, 1.5, 10**30, "", "x", "..", "../../etc/passwd", "a\0b", "\ud800", "\u202e", "x" * 5000, [], {}, [[]],
    {"a": {"a": {}}}, "C:\\x", "/none/x", "nul", "/" + "x" * 4000, "💃" * 300,
]  # fmt: skip
BODIES = [
    b"", b"{", b"null", b"7", b"[]", b'"text"', b"\xff\xfe", b"\0", b"NaN", b"[" * 100_000, b'{"a":' * 50_000,
    b'{"clip":' + b"9" * 5000 + b"}", b'{"clip":NaN}', b'{"trimStart":1e999}', b'{"trimStart":' + b"9" * 400 + b"}",
    b'{"clip":"x","clip":"y"}', b'{"\\ud800":1}', b'{"' + b"k" * 100_000 + b'":1}', b"[{}]" * 1000,
]  # fmt: skip
IDS = [
    "..", "%2e%2e", "%00", "a%00b", "%ff", "%ed%a0%80", "x" * 300, "nul", "%F0%9F%92%83", "a%2fb", "a%5cb", "%20", "-1", "none",
]  # fmt: skip
QUERIES = ["-1", "0", "1e999", "nan", "9" * 5000, "9" * 30, "x", "%00", "%ff", "%ed%a0%80", "", "..", "'"]
NO_NAMES = {"9" * 5000, "%00", "%ff", "%ed%a0%80"}
"""Of no user and no profile. Any other starts the service."""


def routes(link: HubLink) -> list[tuple[str, str, dict[str, Any]]]:
    spec = link.get("/openapi.json")
    return [
        (method.upper(), path, found)
        for path, methods in spec["paths"].items()
        for method, found in methods.items()
        if path not in LEFT_OUT
    ]


def check(what: object, status: int, answer: Any) -> None:
    assert status < 500 or status in {502, 503}, (what, status, answer)
    if status >= 400:
        assert answer["error"]["title"] and answer["error"]["code"] not in {"internal"}, (what, answer)
        assert len(json.dumps(answer)) < 20_000, what


def test_any_body(shared_hub: HubProcess) -> None:
    link = shared_hub.link
    for method, path, _ in routes(link):
        if method in {"POST", "PUT", "PATCH"}:
            for body in BODIES:
                status, _, answer = ask(link, method, path.format(**dict.fromkeys(_names(path), "none")), body)
                check((method, path, body[:40]), status, answer)
                assert status != 404 or "{" in path, (method, path)
    assert link.get("/health")["pid"] == link.info.pid


def test_any_value_of_any_field(shared_hub: HubProcess, tmp_path: Path) -> None:
    link = shared_hub.link
    (tmp_path / "project.godot").touch()
    schemas = link.get("/openapi.json")["components"]["schemas"]
    fields = sorted({name for schema in schemas.values() for name in schema.get("properties", {})})
    sync = ["project", "folder", "source", "preset", "glb", "name", "godot", "file", "choice", "dryRun", "acceptEmpty"]
    for method, path, found in routes(link):
        if method not in {"POST", "PUT", "PATCH"}:
            continue
        reference = found.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        known = schemas.get(reference.get("$ref", "").rpartition("/")[2], {}).get("properties", {})
        names = list(known) or (sync if path.startswith("/v1/sync") else fields[:1])
        for name in names:
            for value in VALUES:
                body = {"project": str(tmp_path), name: value} if path.startswith("/v1/sync") else {name: value}
                place = path.format(**dict.fromkeys(_names(path), "none"))
                status, _, answer = ask(link, method, place, json.dumps(body).encode())
                check((method, path, name, value), status, answer)
    for target in link.get("/sync/targets")["targets"]:
        link.call("DELETE", f"/sync/targets/{target['id']}")


def test_any_id_in_any_path(shared_hub: HubProcess) -> None:
    link = shared_hub.link
    for method, path, _ in routes(link):
        for name in _names(path):
            for value in IDS:
                given = {**dict.fromkeys(_names(path), "none"), name: value}
                body = b"{}" if method in {"POST", "PUT", "PATCH"} else None
                status, _, answer = ask(link, method, path.format(**given), body)
                check((method, path, value), status, answer)
                assert status >= 400, (method, path, value)


@pytest.mark.parametrize("value", QUERIES)
def test_any_query(shared_hub: HubProcess, value: str) -> None:
    link = shared_hub.link
    for method, path, found in routes(link):
        if method == "GET" and not _names(path):
            for row in found.get("parameters", []):
                if row["name"] in {"profile", "user"} and value not in NO_NAMES:
                    continue
                if row["name"] == "wait":
                    continue
                status, _, answer = ask(link, method, f"{path}?{row['name']}={value}")
                check((path, row["name"], value[:20]), status, answer)
    status, _, answer = ask(link, "GET", f"/v1/events?wait={value}&since=-1")
    check(("wait", value), status, answer)


def test_a_name_that_is_no_text_reaches_nobody(shared_hub: HubProcess, tmp_path: Path) -> None:
    link = shared_hub.link
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"x")
    for name in ("a\0b", "\ud800"):
        status, _, answer = ask(link, "POST", "/v1/jobs", json.dumps({"clip": str(clip), "name": name}).encode())
        assert (status, answer["error"]["code"]) == (400, "badRequest")
    status, _, _ = ask(link, "GET", "/v1/jobs?q=" + quote("a\0b"))
    assert status == 200


def _names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def test_a_removal_that_is_asked_for_wrongly_removes_nothing(shared_hub: HubProcess) -> None:
    link = shared_hub.link
    for body in (*BODIES, b'{"everything":"x"}', b'{"everything":null}', b'{"everything":[]}', b'{"another":true}'):
        status, _, answer = ask(link, "POST", "/v1/uninstall", body)
        check(body[:40], status, answer)
        assert 400 <= status < 500, body[:40]
    assert link.get("/health")["pid"] == link.info.pid and (shared_hub.home / "hub").is_dir()
