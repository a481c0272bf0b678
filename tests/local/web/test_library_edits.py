"""Changes of the library page (`/_local/library/…`), their delivery to the hub, and the zip of several emotes."""

from __future__ import annotations

import contextlib
import io
import itertools
import sqlite3
import zipfile
from typing import Any

import pytest

from kinetix_local.store import damage
from kinetix_local.store.library_edits import LONGEST_NAME
from tests.support.service import Running
from tests.support.waiting import LIMIT_S

_USERS = itertools.count(1)
Row = dict[str, Any]


@pytest.fixture
def user() -> str:
    """One who has nothing yet, as the service is shared."""
    return f"editor-{next(_USERS)}"


def made(service: Running, user: str, name: str = "victory spin") -> Row:
    """The row of a new emote on the page."""
    emote = service.emote(user, name=name)["emote"]
    (row,) = [row for row in listed(service, "emotes", user) if row["uuid"] == emote]
    return row


def listed(service: Running, kind: str, user: str) -> list[Row]:
    return [row for row in service.admin("GET", "/library").json()[kind] if row["user"] == user]


def change(service: Running, row: Row, **wanted: Any) -> int:
    return service.admin("PATCH", f"/library/emotes/{row['entry']}", json=wanted).status_code


def waiting(service: Running, user: str) -> list[Row]:
    return [edit for edit in service.admin("GET", "/library/edits").json() if edit["user"] == user]


def test_a_new_name_is_seen_by_the_page_the_api_and_the_hub(service: Running, user: str) -> None:
    row = made(service, user)
    path = f"/v1/users/{user}/emotes"
    assert service.call("GET", path).json()[0]["data"]["name"] == "victory spin"
    wanted = "A name that is longer than the API lets a game give"
    assert change(service, row, name=f"  {wanted}\n") == 204
    assert listed(service, "emotes", user)[0]["name"] == wanted
    assert service.call("GET", path).json()[0]["data"]["name"] == wanted, "a cached bag is made anew"
    assert service.call("GET", f"/v1/emotes/{row['uuid']}").json()["name"] == wanted
    (edit,) = waiting(service, user)
    assert (edit["emote"], edit["name"], edit["deleted"]) == (row["uuid"], wanted, None)


@pytest.mark.parametrize("name", ["", " \u200b\n", "x" * (LONGEST_NAME + 1)])
def test_a_name_that_is_none_changes_nothing(service: Running, user: str, name: str) -> None:
    row = made(service, user)
    answer = service.admin("PATCH", f"/library/emotes/{row['entry']}", json={"name": name, "tags": ["kept"]})
    assert answer.status_code == 400 and answer.json()["error"]["code"] == "badName"
    assert listed(service, "emotes", user) == [row] and not waiting(service, user)


def test_tags_are_kept_once_and_in_order(service: Running, user: str) -> None:
    row = made(service, user)
    assert change(service, row, tags=["loop", " Greeting ", "LOOP", "", "two words"]) == 204
    assert listed(service, "emotes", user)[0]["tags"] == ["LOOP", "Greeting", "two words"]
    assert not waiting(service, user), "they are the page's own"
    assert (
        change(service, row, tags=["x" * 33]) == 400 and change(service, row, tags=[str(n) for n in range(21)]) == 400
    )
    assert change(service, row, tags=[]) == 204 and listed(service, "emotes", user)[0]["tags"] == []


def test_what_was_deleted_here_comes_back_as_it_was(service: Running, user: str) -> None:
    row = made(service, user)
    place = f"/library/emotes/{row['entry']}"
    before = service.call("GET", f"/v1/users/{user}/emotes").json()
    assert service.admin("DELETE", place).status_code == 204
    assert service.admin("DELETE", place).status_code == 404, "it is gone already"
    assert not listed(service, "emotes", user) and service.call("GET", f"/v1/users/{user}/emotes").json() == []
    assert [found["entry"] for found in listed(service, "bin", user)] == [row["entry"]]
    assert waiting(service, user)[0]["deleted"] is True
    assert service.admin("POST", f"{place}/bring-back").status_code == 204
    assert listed(service, "emotes", user) == [row] and not listed(service, "bin", user)
    assert service.call("GET", f"/v1/users/{user}/emotes").json() == before
    assert waiting(service, user)[0]["deleted"] is False


def test_what_a_game_took_away_is_not_brought_back_here(service: Running, user: str) -> None:
    row = made(service, user)
    taken = service.call("DELETE", f"/v1/users/{user}/emotes/{row['uuid']}", json={"reason": "a reason"})
    assert taken.status_code == 200
    assert not listed(service, "bin", user)
    assert service.admin("POST", f"/library/emotes/{row['entry']}/bring-back").status_code == 404


def test_an_edit_waits_until_it_was_taken_over_and_no_newer_one_goes_with_it(service: Running, user: str) -> None:
    row = made(service, user)
    assert change(service, row, name="First name") == 204
    (first,) = waiting(service, user)
    assert service.admin("DELETE", f"/library/emotes/{row['entry']}").status_code == 204
    (both,) = waiting(service, user)
    assert (both["name"], both["deleted"]) == ("First name", True), "one row with everything that waits"
    take = {"versions": [first["version"]]}
    assert service.admin("POST", "/library/edits/taken-over", json=take).status_code == 204
    assert waiting(service, user) == [both]
    take = {"versions": [both["version"]]}
    assert service.admin("POST", "/library/edits/taken-over", json=take).status_code == 204
    assert not waiting(service, user)


def test_nobody_edits_without_having_signed_in(service: Running, user: str) -> None:
    row = made(service, user)
    for method, path in (
        ("PATCH", f"/library/emotes/{row['entry']}"),
        ("DELETE", f"/library/emotes/{row['entry']}"),
        ("POST", f"/library/emotes/{row['entry']}/bring-back"),
        ("GET", "/library/edits"),
        ("POST", "/library/edits/taken-over"),
        ("GET", f"/library/archive?emote={row['uuid']}"),
        ("GET", "/library/audit"),
    ):
        assert service.call(method, f"/_local{path}", json={}).status_code == 401, path
    assert service.admin("DELETE", "/library/emotes/999999999").status_code == 404


def test_several_emotes_in_one_zip(service: Running, user: str) -> None:
    rows = [made(service, user, name) for name in ("Wave", "wave", 'a<b>:"c"/..', "CON.x")]
    deleted = made(service, user, "Gone")
    assert service.admin("DELETE", f"/library/emotes/{deleted['entry']}").status_code == 204
    with contextlib.closing(sqlite3.connect(service.home / "local" / damage.DATABASE, timeout=LIMIT_S)) as db, db:
        ancient = "UPDATE files SET created_at = 0 WHERE asset_id = (SELECT id FROM assets WHERE uuid = ?)"
        db.execute(ancient, [rows[0]["uuid"]])  # as an import may tell it, and no archive can
    asked = [("emote", row["uuid"]) for row in [*rows, deleted]]
    answer = service.admin("GET", "/library/archive", params=[*asked, ("format", "glb")])
    assert answer.status_code == 200 and 'filename="emotes-glb.zip"' in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["Wave.glb", "wave 2.glb", "a-b---c--.glb", "CON emote.x.glb"]
        for row, name in zip(rows, archive.namelist(), strict=True):
            (file,) = [each for each in row["files"] if (each["name"], each["extension"]) == ("animation-v2", "glb")]
            assert archive.read(name) == service.call("GET", file["url"]).content
    none = service.admin("GET", "/library/archive", params=[("emote", deleted["uuid"])])
    assert none.status_code == 404 and none.json()["error"]["code"] == "noSuchFile"
    assert service.admin("GET", "/library/archive", params=[*asked, ("format", "exe")]).status_code == 422


def test_the_audit_log_is_read_page_by_page(service: Running) -> None:
    def read(query: str) -> dict[str, Any]:
        return dict(service.admin("GET", f"/library/audit?{query}").json())

    world = service.admin("GET", "/worlds").json()[0]["uuid"]
    for _ in range(51):
        assert service.admin("PATCH", f"/worlds/{world}", json={"whiteList": False}).status_code == 200
    first = read("actor=administrator")
    ids = [row["id"] for row in first["entries"]]
    assert len(ids) == 50 and first["more"] and ids == sorted(ids, reverse=True)
    rest = read(f"actor=administrator&before={ids[-1]}")["entries"]
    assert rest[0]["id"] < ids[-1] and rest[0]["action"] == "change_world"
    assert read("actor=nobody")["entries"] == []


@pytest.mark.parametrize("entry", ["9223372036854775808", "-1", "1e3", "%00", "9" * 400])
def test_an_entry_that_no_database_can_hold_is_refused(service: Running, entry: str) -> None:
    for method, path in (("PATCH", entry), ("DELETE", entry), ("POST", f"{entry}/bring-back")):
        answer = service.admin(method, f"/library/emotes/{path}", json={})
        assert answer.status_code == 422, (method, path, answer.text)
