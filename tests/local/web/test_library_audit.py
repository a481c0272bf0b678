"""The audit log as the library page reads it: names instead of identifiers, one person, page by page."""

from __future__ import annotations

from typing import Any

import requests

from tests.local.conftest import World
from tests.support.waiting import LIMIT_S


def read(world: World, query: str = "") -> dict[str, Any]:
    answer = world.service.admin("GET", f"/library/audit{query}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_things_are_told_by_their_names(world: World) -> None:
    world.configure(ugcValidation=True)
    lead = world.new_key(name="bo", role="lead")
    process = world.emote()["uuid"]
    assert world.call("POST", f"/v1/process/{process}/validate", key=lead["key"]).status_code == 200
    assert world.service.admin("DELETE", f"/keys/{lead['uuid']}").status_code == 204
    name = next(row["name"] for row in world.service.admin("GET", "/worlds").json() if row["uuid"] == world.uuid)
    deleted, validated, added = read(world)["entries"][:3]
    assert [row["action"] for row in (deleted, validated, added)] == ["delete_key", "validate", "add_key"]
    assert (deleted["about"], deleted["world"]) == ("bo", "")
    assert validated["actor"] == "key bo" and "-" not in validated["about"]
    assert (added["about"], added["role"], added["world"]) == ("bo", "lead", name)
    assert lead["key"] not in str(read(world))


def test_it_is_read_page_by_page_and_of_one_person(world: World) -> None:
    for _ in range(51):
        assert world.service.admin("PATCH", f"/worlds/{world.uuid}", json={"whiteList": False}).status_code == 200
    first = read(world, "?actor=administrator")
    assert len(first["entries"]) == 50 and first["more"] and "administrator" in first["actors"]
    ids = [row["id"] for row in first["entries"]]
    assert ids == sorted(ids, reverse=True)
    rest = read(world, f"?actor=administrator&before={ids[-1]}")["entries"]
    assert rest[0]["id"] < ids[-1] and rest[0]["action"] == "change_world"
    nobody = read(world, "?actor=nobody")
    assert (nobody["entries"], nobody["more"]) == ([], False)


def test_it_is_for_those_who_signed_in(world: World) -> None:
    address = f"{world.service.url}/_local/library/audit"
    assert requests.get(address, timeout=LIMIT_S).status_code == 401
