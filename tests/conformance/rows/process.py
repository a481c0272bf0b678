"""Tokens and processes (docs/api-contract.md#2.6, #2.7, #3)."""

from __future__ import annotations

from .. import world as w
from ..suite import DEFAULT, Bench, answers, by_mode, each, ours, recorded, row

GET_TOKEN, POST_TOKEN, STATE = "GET /v1/process/token", "POST /v1/process/token", "GET /v1/process/token/{uuid}"
PROCESS = "GET /v1/process/{uuid}"
V2, V1 = "GET /v2/users/{userId}/processes", "GET /v1/users/{userId}/processes"
ALL = list(w.STATES)
PLAYER, NOBODY = "userId=player", "userId=nobody"


def token_of(user: str) -> str:
    return f"/v1/process/token?userId={user}"


def expect_token(bench: Bench, value: dict[str, str]) -> None:
    assert set(value) == {"uuid", "expire", "url"}, value
    # The token comes first in the address and is enough alone.
    assert value["url"].partition("?")[2].startswith(f"token={value['uuid']}&expire="), value["url"]


# --- tokens ---


@row(GET_TOKEN, "200 token, end and address", "documented", "2.7")
def _(bench: Bench) -> None:
    expect_token(bench, bench.expect(200, "GET", token_of("player")))


@row(GET_TOKEN, "200 several are valid at once", "recorded", "11.18")
def _(bench: Bench) -> None:
    user = bench.user()
    first, second = bench.token(user), bench.token(user)
    assert first != second
    for uuid in (first, second):
        bench.expect(200, "GET", f"/v1/process/token/{uuid}", key=None)  # a second may pass meanwhile


recorded(GET_TOKEN, "404 nobody, with a final dot", "11.15", "User not found.", query=NOBODY)
recorded(GET_TOKEN, "400 without any query", "11.3", '"query" is required')


@row(GET_TOKEN, "200 the day's limit counts only what was the player's own", "documented", "2.7")
def _(bench: Bench) -> None:
    """Not retakes, not what failed by the service's fault, not what is older than a day."""
    bench.expect(200, "GET", token_of("forgiven"), key="daily")
    bench.refuse(429, "Too many processes for today for this user.", "GET", token_of("spent"), key="daily")


_details = '"query.userId" is required, "query.user" is not allowed'
answers(GET_TOKEN, "400 without the user", "5", _details, query="user=x")
_details = "Virtual world does not allow UGC"
answers(GET_TOKEN, "403 the world allows no emotes of players", "2.7, 5", _details, query=PLAYER, key="no_ugc")
answers(GET_TOKEN, "403 the plan's emotes are used up", "2.7, 5", "Plan limit reached", query=PLAYER, key="no_uge")
recorded(GET_TOKEN, "403 the plan comes before the user", "11.8", "Plan limit reached", query=NOBODY, key="no_uge")
_outcome = "404 the user comes before the world's permission"
recorded(GET_TOKEN, _outcome, "11.8", "User not found.", query=NOBODY, key="no_ugc")


@row(POST_TOKEN, "200 with an object as metadata", "documented", "2.7", modes=DEFAULT)
def _(bench: Bench) -> None:
    expect_token(bench, bench.expect(200, "POST", token_of("player"), json={"price": 3, "tags": ["a"]}))


@row(POST_TOKEN, "200 with an empty object", "documented", "2.7", modes=DEFAULT)
def _(bench: Bench) -> None:
    expect_token(bench, bench.expect(200, "POST", token_of("player"), json={}))


ours(POST_TOKEN, "400 metadata that is no object", "2.7", query=PLAYER, json=[1, 2], modes=DEFAULT)
answers(POST_TOKEN, "404 nobody", "2.7", "User not found.", query=NOBODY, json={}, modes=DEFAULT)
ours(POST_TOKEN, "400 without any query", "2.7", '"query" is required', json={}, modes=DEFAULT)


@row(STATE, "200 seconds left, without a key", "documented", "2.7")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", f"/v1/process/token/{bench.token('player')}", key=None)
    assert set(value) == {"expireIn", "retake", "expire"} and value["retake"] is False
    assert isinstance(value["expireIn"], int) and 280 <= value["expireIn"] <= 300


@row(STATE, "200 asking does not use it up", "recorded", "12.1.3", source="page")
def _(bench: Bench) -> None:
    uuid = bench.token("player")
    for _ in range(6):
        bench.expect(200, "GET", f"/v1/process/token/{uuid}", key=None)  # a second may pass meanwhile


@row(STATE, "404 once it has run out", "documented", "1.3, 2.7", needs=("world", "clock"))
def _(bench: Bench) -> None:
    uuid = bench.token("player")
    bench.target.shift(295)
    assert bench.expect(200, "GET", f"/v1/process/token/{uuid}", key=None)["expireIn"] <= 5
    bench.target.shift(6)
    bench.refuse(404, "Token not found", "GET", f"/v1/process/token/{uuid}", key=None)
    bench.target.shift(-301)


answers(STATE, "400 an id that is none", "2.7", '"params.uuid" must be a valid GUID', uuid="abc", key=None)


# --- processes ---


@row(PROCESS, "200 with its hierarchy, and no status", "documented", "2.7, 11.25")
def _(bench: Bench) -> None:
    process, emote, _ = bench.take("valid")
    value = bench.expect(200, "GET", f"/v1/process/{process}", key="valid")
    assert (value["uuid"], value["emote"], value["step"], value["progression"]) == (process, emote, "done", 100)
    assert "status" not in value and "parent" not in value
    assert value["hierarchy"] == {"parents": 0, "parent": {}, "children": 0, "child": {}}
    assert all(isinstance(value[name], int) for name in ("vw", "user", "key"))
    assert None not in value.values()


@row(PROCESS, "200 a parent shows its child, a child its parent", "recorded", "11.25")
def _(bench: Bench) -> None:
    first, second = w.uuid(31, 0), w.uuid(31, 1)
    parent = bench.expect(200, "GET", f"/v1/process/{first}", key="valid")["hierarchy"]
    child = bench.expect(200, "GET", f"/v1/process/{second}", key="valid")
    assert (parent["parents"], parent["children"], parent["child"]["uuid"]) == (0, 1, second)
    assert (child["hierarchy"]["parents"], child["hierarchy"]["parent"]["uuid"], child["parent"]) == (1, first, first)


answers(PROCESS, "404 no such process", "2.7", "Process not found", uuid=w.NOBODY)
# The published server does not check the world.
ours(PROCESS, "404 of another world", "11.23", "Process not found", uuid=w.state("done"), key="main")
answers(PROCESS, "400 an id that is none", "2.7", '"params.uuid" must be a valid GUID', uuid="abc")


@each(PROCESS, "2.7, 7", {
    "200 failed: many": ("many", "Too much characters detected in the video"),
    "200 failed: nobody": ("nobody", "No character detected in the video"),
    "200 failed: small": ("small", "Character too small in the video"),
})  # fmt: skip
def _(bench: Bench, failed: tuple[str, str]) -> None:
    value = bench.expect(200, "GET", f"/v1/process/{w.state(failed[0])}", key="valid")
    assert (value["step"], value["errorMessage"]) == ("ml_failed", failed[1])


@row(PROCESS, "200 failed for an unknown reason: no message", "documented", "2.7")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", f"/v1/process/{w.state('unknown')}", key="valid")
    assert value["mlReturnCode"] == -1 and "errorMessage" not in value


@row(PROCESS, "200 what nobody told is absent", "recorded", "11.5")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", f"/v1/process/{w.BARE}", key="valid")
    assert set(value) == {
        "uuid", "name", "animation", "emote", "user", "video", "vw", "step", "progression", "maturity", "validated", "rejected",
        "key", "createdAt", "hierarchy",
    }  # fmt: skip


@row(PROCESS, "200 marks and the picture of an imported video", "documented", "2.7")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", f"/v1/process/{w.MARKED}", key="valid")
    assert (value["fastML"], value["postMLError"]) == (True, False)
    assert value["thumbnailUrl"].endswith(f"{w.FILMED}-thumbnail.jpg")
    row = bench.expect(200, "GET", "/v2/users/marked/processes", key="valid")[0]
    assert row["thumbnailUrl"] == value["thumbnailUrl"]


@by_mode(V2, "200 a flag that says other than the step", "2.6, 3.1", 1, 0)
def _(bench: Bench, by_flag: int) -> None:
    """The published server filters by the step and shows the flag."""
    value = bench.expect(200, "GET", "/v2/users/flagged/processes", key="valid")[0]
    assert (value["step"], value["status"]) == ("done", "validated")
    for group, count in (("validated", by_flag), ("done", 1 - by_flag)):
        rows = bench.expect(200, "GET", f"/v2/users/flagged/processes?{group}=true", key="valid")
        assert len(rows) == count, group


_details = '"query.validated" must be a boolean, "query.done" must be a boolean, "query.since" must be a valid date'
_query = "since=soon&done=1&validated=0"
answers(V2, "400 several filters, in the schema's order", "2.6, 11.14", _details, query=_query)


@row(V2, "200 newest first, each with status and hierarchy", "documented", "2.6, 3.1")
def _(bench: Bench) -> None:
    rows = bench.expect(200, "GET", "/v2/users/states/processes", key="valid")
    assert [entry["name"] for entry in rows] == ALL[::-1]
    groups = {"done": "done", "render_done": "done", "validated": "validated", "rejected": "rejected"}
    assert {entry["name"]: entry["status"] for entry in rows} == dict.fromkeys(ALL, "failed") | groups
    assert all(isinstance(entry["hierarchy"]["children"], int) for entry in rows)


FILTERS: dict[str, set[str]] = {
    "done=true": {"done", "render_done"},
    "failed=true": set(ALL) - {"done", "render_done", "validated", "rejected"},
    "validated=true": {"validated"},
    "rejected=true&validated=true": {"validated", "rejected"},
    "done=true&failed=false": {"done", "render_done"},
    "failed=false": {"done", "render_done", "validated", "rejected"},
    "done=false&failed=false": {"validated", "rejected"},
    "pending=true": set(),
    "processing=true": set(),
    "since=2024-05-08": set(ALL[7:]),
    "since=2024-05-09T12:00:00Z&failed=true": {"association_failed"},
}


@each(V2, "2.6", {f"200 {query}": query for query in FILTERS})
def _(bench: Bench, query: str) -> None:
    rows = bench.expect(200, "GET", f"/v2/users/states/processes?{query}", key="valid")
    assert {entry["name"] for entry in rows} == FILTERS[query], rows


answers(V2, "200 none", "12.3.8", [], userId="empty")
recorded(V2, "404 nobody, with a final dot", "11.15", "User not found.", userId="nobody")
recorded(V2, "400 a filter that is no boolean", "11.16", '"query.done" must be a boolean', query="done=1")
answers(V1, "200 nothing under way", "2.6", [], userId="states", key="valid")


@row(V1, "200 all, without hierarchy", "documented", "2.6, 11.11")
def _(bench: Bench) -> None:
    rows = bench.expect(200, "GET", "/v1/users/states/processes?ongoingOnly=false", key="valid")
    assert len(rows) == len(ALL)
    assert not any({"hierarchy", "thumbnailUrl", "ml", "errorMessage"} & set(entry) for entry in rows)


recorded(V1, "404 nobody, with a final dot", "11.15", "User not found.", userId="nobody")
