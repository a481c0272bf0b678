"""Tokens and processes (docs/api-contract.md#2.6, #2.7, #3)."""

from __future__ import annotations

from .. import world as w
from ..suite import Bench, answers, row

GET_TOKEN, POST_TOKEN, STATE = "GET /v1/process/token", "POST /v1/process/token", "GET /v1/process/token/{uuid}"
PROCESS = "GET /v1/process/{uuid}"
V2, V1 = "GET /v2/users/{userId}/processes", "GET /v1/users/{userId}/processes"
ALL = list(w.STATES)


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


answers(GET_TOKEN, "404 nobody, with a final dot", "11.15", token_of("nobody"), "User not found.", mark="recorded")
answers(GET_TOKEN, "400 without any query", "11.3", "/v1/process/token", '"query" is required', mark="recorded")


@row(GET_TOKEN, "200 the day's limit counts only what was the player's own", "documented", "2.7")
def _(bench: Bench) -> None:
    """Not retakes, not what failed by the service's fault, not what is older than a day."""
    bench.expect(200, "GET", token_of("forgiven"), key="daily")
    message = "Too many processes for today for this user."
    bench.refuse(429, "tooManyUserProcesses", message, "GET", token_of("spent"), key="daily")


@row(GET_TOKEN, "400 without the user", "documented", "5")
def _(bench: Bench) -> None:
    bench.malformed('"query.userId" is required, "query.user" is not allowed', "GET", "/v1/process/token?user=x")


@row(GET_TOKEN, "403 the world allows no emotes of players", "documented", "2.7, 5")
def _(bench: Bench) -> None:
    bench.refuse(403, "noUGC", "Virtual world does not allow UGC", "GET", token_of("player"), key="no_ugc")


answers(
    GET_TOKEN, "403 the plan's emotes are used up", "2.7, 5", token_of("player"), "Plan limit reached", key="no_uge"
)


@row(GET_TOKEN, "403 the plan comes before the user", "recorded", "11.8")
def _(bench: Bench) -> None:
    bench.refuse(403, "planLimitReached", "Plan limit reached", "GET", token_of("nobody"), key="no_uge")


@row(GET_TOKEN, "404 the user comes before the world's permission", "recorded", "11.8")
def _(bench: Bench) -> None:
    bench.refuse(404, "notFound", "User not found.", "GET", token_of("nobody"), key="no_ugc")


@row(POST_TOKEN, "200 with an object as metadata", "documented", "2.7", modes=("1.4.45",))
def _(bench: Bench) -> None:
    expect_token(bench, bench.expect(200, "POST", token_of("player"), json={"price": 3, "tags": ["a"]}))


@row(POST_TOKEN, "200 with an empty object", "documented", "2.7", modes=("1.4.45",))
def _(bench: Bench) -> None:
    expect_token(bench, bench.expect(200, "POST", token_of("player"), json={}))


answers(
    POST_TOKEN, "400 metadata that is no object", "2.7", token_of("player"), json=[1, 2], modes=("1.4.45",), mark="ours"
)
answers(POST_TOKEN, "404 nobody", "2.7", token_of("nobody"), "User not found.", json={}, modes=("1.4.45",))


@row(POST_TOKEN, "400 without any query", "ours", "2.7", modes=("1.4.45",))
def _(bench: Bench) -> None:
    bench.malformed('"query" is required', "POST", "/v1/process/token", json={})


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
    bench.refuse(404, "notFound", "Token not found", "GET", f"/v1/process/token/{uuid}", key=None)
    bench.target.shift(-301)


answers(STATE, "400 an id that is none", "2.7", "/v1/process/token/abc", '"params.uuid" must be a valid GUID', key=None)


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


answers(PROCESS, "404 no such process", "2.7", f"/v1/process/{w.NOBODY}", "Process not found")


@row(PROCESS, "404 of another world", "ours", "11.23")
def _(bench: Bench) -> None:
    """The published server does not check the world."""
    bench.refuse(404, "notFound", "Process not found", "GET", f"/v1/process/{w.state('done')}", key="main")


answers(PROCESS, "400 an id that is none", "2.7", "/v1/process/abc", '"params.uuid" must be a valid GUID')


for _name, _text in (
    ("many", "Too much characters detected in the video"),
    ("nobody", "No character detected in the video"),
    ("small", "Character too small in the video"),
):

    def _failed(bench: Bench, name: str = _name, text: str = _text) -> None:
        value = bench.expect(200, "GET", f"/v1/process/{w.state(name)}", key="valid")
        assert value["step"] == "ml_failed" and value["errorMessage"] == text

    row(PROCESS, f"200 failed: {_name}", "documented", "2.7, 7")(_failed)


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


for _modes, _flag, _step in ((("1.4.45",), 1, 0), (("2024",), 0, 1)):

    def _by_step(bench: Bench, by_flag: int = _flag, by_step: int = _step) -> None:
        """The published server filters by the step and shows the flag."""
        value = bench.expect(200, "GET", "/v2/users/flagged/processes", key="valid")[0]
        assert (value["step"], value["status"]) == ("done", "validated")
        for group, count in (("validated", by_flag), ("done", by_step)):
            rows = bench.expect(200, "GET", f"/v2/users/flagged/processes?{group}=true", key="valid")
            assert len(rows) == count, group

    row(V2, "200 a flag that says other than the step", "documented", "2.6, 3.1", modes=_modes)(_by_step)


@row(V2, "400 several filters, in the schema's order", "documented", "2.6, 11.14")
def _(bench: Bench) -> None:
    details = '"query.validated" must be a boolean, "query.done" must be a boolean, "query.since" must be a valid date'
    bench.malformed(details, "GET", "/v2/users/player/processes?since=soon&done=1&validated=0")


@row(V2, "200 newest first, each with status and hierarchy", "documented", "2.6, 3.1")
def _(bench: Bench) -> None:
    rows = bench.expect(200, "GET", "/v2/users/states/processes", key="valid")
    assert [entry["name"] for entry in rows] == ALL[::-1]
    groups = dict.fromkeys(ALL, "failed") | {
        "done": "done",
        "render_done": "done",
        "validated": "validated",
        "rejected": "rejected",
    }
    assert {entry["name"]: entry["status"] for entry in rows} == groups
    assert all(isinstance(entry["hierarchy"]["children"], int) for entry in rows)


for _query, _names in [
    ("done=true", {"done", "render_done"}),
    ("failed=true", set(ALL) - {"done", "render_done", "validated", "rejected"}),
    ("validated=true", {"validated"}),
    ("rejected=true&validated=true", {"validated", "rejected"}),
    ("done=true&failed=false", {"done", "render_done"}),
    ("failed=false", {"done", "render_done", "validated", "rejected"}),
    ("done=false&failed=false", {"validated", "rejected"}),
    ("pending=true", set()),
    ("processing=true", set()),
    ("since=2024-05-08", set(ALL[7:])),
    ("since=2024-05-09T12:00:00Z&failed=true", {"association_failed"}),
]:

    def _filtered(bench: Bench, query: str = _query, names: set[str] = _names) -> None:
        rows = bench.expect(200, "GET", f"/v2/users/states/processes?{query}", key="valid")
        found = {entry["name"] for entry in rows}
        assert found == names, found

    row(V2, f"200 {_query}", "documented", "2.6")(_filtered)


@row(V2, "200 none", "documented", "12.3.8")
def _(bench: Bench) -> None:
    assert bench.expect(200, "GET", "/v2/users/empty/processes") == []


answers(V2, "404 nobody, with a final dot", "11.15", "/v2/users/nobody/processes", "User not found.", mark="recorded")


@row(V2, "400 a filter that is no boolean", "recorded", "11.16")
def _(bench: Bench) -> None:
    bench.malformed('"query.done" must be a boolean', "GET", "/v2/users/player/processes?done=1")


@row(V1, "200 nothing under way", "documented", "2.6")
def _(bench: Bench) -> None:
    assert bench.expect(200, "GET", "/v1/users/states/processes", key="valid") == []


@row(V1, "200 all, without hierarchy", "documented", "2.6, 11.11")
def _(bench: Bench) -> None:
    rows = bench.expect(200, "GET", "/v1/users/states/processes?ongoingOnly=false", key="valid")
    assert len(rows) == len(ALL)
    assert not any({"hierarchy", "thumbnailUrl", "ml", "errorMessage"} & set(entry) for entry in rows)


answers(V1, "404 nobody, with a final dot", "11.15", "/v1/users/nobody/processes", "User not found.", mark="recorded")
