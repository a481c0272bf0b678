"""Differences of the default mode from the published server, each in both modes (the table in docs/local.md)."""

from __future__ import annotations

from urllib.parse import quote

from tests.support.fast_capture import held_clip

from .. import world as w
from ..forms import form, page
from ..suite import DEFAULT, STRICT, Bench, answers, by_mode, ours, row
from .bag import LIST, bag, ids
from .emotes import OFFERED, SEARCH, gallery
from .giving import GIVE, REMOVE, RENAME
from .process import PROCESS, STATE, V1, V2, token_of
from .upload import POST, WITH_CAPTURE, finished, upload

ANY, DEV = "any", "GET /v1/process/dev-token"
RETAKE, VALIDATE = "POST /v1/process/{uuid}/retake", "POST /v1/process/{uuid}/validate"
JSON = [("Content-Type", "application/json")]
USERS, POST_USER = "/v1/virtual-world/users", "POST /v1/virtual-world/users"


def names(bench: Bench, target: str) -> list[str]:
    return [entry["name"] for entry in bench.expect(200, "GET", target, key="valid")]


# --- lists of processes ---

_STATUSES = {"decided": "validated", "baking": "processing", "rendering": "rejected", "ml_done": "rejected"}
_PROCESSING = (["baking"], ["decided", "rendering", "ml_done", "ml_running"])
_BY_NAME = (["ml_done", "ml_running"], ["decided", "baking", "rendering"])


@by_mode(V2, "200 processing=true and processing=false", "2.6, 3.1", _PROCESSING, _BY_NAME)
def _(bench: Bench, found: tuple[list[str], list[str]]) -> None:
    """The published server knows two steps of this group by name; any other is neither let in nor kept out."""
    rows = bench.expect(200, "GET", "/v2/users/halfway/processes", key="valid")
    assert {entry["name"]: entry["status"] for entry in rows} == {**_STATUSES, "ml_running": "rejected"}
    for value, expected in zip(("true", "false"), found, strict=True):
        assert names(bench, f"/v2/users/halfway/processes?processing={value}") == expected


_ONGOING = (["failed", "failed", "failed", "validated"], ["baking"])
_BY_STEP = (["processing", "processing", "failed", "done"], ["baking", "rendering", "ml_done", "ml_running"])


@by_mode(V1, "200 a capture that failed, and what is under way", "2.6, 11.11", _ONGOING, _BY_STEP)
def _(bench: Bench, told: tuple[list[str], list[str]]) -> None:
    """The published list has no `ml_failed`, no group for decisions, and tells by the step alone what is under way."""
    found = {
        entry["name"]: entry["status"]
        for user in ("states", "halfway")
        for entry in bench.expect(200, "GET", f"/v1/users/{user}/processes?ongoingOnly=false", key="valid")
    }
    assert [found[name] for name in ("many", "unknown", "association_failed", "decided")] == told[0]
    assert names(bench, "/v1/users/halfway/processes") == told[1]


@row(PROCESS, "200 an update told at the moment of creation", "documented", "2.7")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", f"/v1/process/{w.TOUCHED}", key="valid")
    assert value["lastUpdateAt"] == value["createdAt"]


@by_mode(PROCESS, "200 an attempt that was retaken twice", "2.7", 2, 1)
def _(bench: Bench, child: int) -> None:
    """The published server follows the oldest retake of an attempt."""
    hierarchy = bench.expect(200, "GET", f"/v1/process/{w.FORKED}", key="valid")["hierarchy"]
    assert (hierarchy["children"], hierarchy["child"]) == (1, {"uuid": w.uuid(37, child)})


# --- tokens ---


@row(STATE, "200 and no tag: a token's state is never taken from before", "ours", "11.27", modes=DEFAULT)
def _(bench: Bench) -> None:
    path = f"/v1/process/token/{bench.token('player')}"
    reply = bench.ask("GET", path, key=None)
    assert reply.status == 200 and reply.header("etag") is None
    bench.expect(200, "GET", path, key=None, headers=[("If-None-Match", "*")])


@by_mode(STATE, "200 the end as told a moment later", "2.7", False, True, needs=("world", "clock"))
def _(bench: Bench, moves: bool) -> None:
    """The published server adds whole seconds to the time of each answer, so that its tag never fits the next one."""
    path = f"/v1/process/token/{bench.token('player')}"
    first = bench.ask("GET", path, key=None)
    bench.target.shift(0.7)
    known = [("If-None-Match", first.header("etag") or "")]
    second = bench.ask("GET", path, key=None, headers=known)
    bench.target.shift(-0.7)
    assert (first.status, second.status) == (200, 200)
    assert (first.json["expire"] != second.json["expire"]) is moves


@row(DEV, "200 a QR code, with a key in the address", "documented", "2.7, 11.29")
def _(bench: Bench) -> None:
    reply = bench.ask("GET", f"{DEV[4:]}?userId=player&key={w.KEYS['main']}", key=None)
    assert (reply.status, reply.header("content-type")) == (200, "image/png")
    assert reply.body.startswith(b"\x89PNG\r\n\x1a\n") and reply.header("etag") is None


_query = f"userId=nobody&key={w.KEYS['main']}"
answers(DEV, "404 nobody, without a final dot", "2.7", "User not found", query=_query, key=None)


@row(DEV, "400 without any query, and an unknown one", "documented", "2.7, 11.14")
def _(bench: Bench) -> None:
    bench.malformed('"query" is required', "GET", DEV[4:], key=None)
    bench.malformed('"query.a" is not allowed', "GET", f"{DEV[4:]}?userId=player&a=1", key=None)


@row(DEV, "401 no key, 403 one that may not", "ours", "2.7")
def _(bench: Bench) -> None:
    """The published server takes its first world where there is no key, and answers 500 to a wrong one."""
    path = f"{DEV[4:]}?userId=player"
    bench.refuse(401, "Missing API key", "GET", path, key=None)
    bench.refuse(403, "Unknown API key", "GET", f"{path}&key={w.NO_KEY}", key=None)
    bench.refuse(403, "Wrong API key", "GET", f"{path}&key={w.KEYS['reader']}", key=None)


@by_mode(STATE, "{} an id in upper case, a process's too", "2.7, 11.16", 200, 404)
def _(bench: Bench, status: int) -> None:
    """The published server tells ids of processes and tokens apart by letter case."""
    bench.expect(status, "GET", f"/v1/process/{w.MARKED.upper()}", key="valid")
    token = next(one for one in (bench.token("player") for _ in range(20)) if one != one.upper())
    bench.expect(status, "GET", f"/v1/process/token/{token.upper()}", key=None)


# --- bags ---


@by_mode(RENAME, "200 the cached bags of others who have the emote", "2.5, 11.20", (200, "renamed"), (208, "a take"))
def _(bench: Bench, other: tuple[int, str]) -> None:
    """The published server forgets the cached bag of the one who renames; others see the old name until theirs runs out."""
    process, emote, user = bench.take("valid")
    friend, stranger = bench.user("valid"), bench.user("valid")
    bench.expect(200, "POST", f"/v1/process/{process}/validate", key="valid")
    bench.expect(200, "POST", f"{bag(friend)}/{emote}", key="valid")
    for name in (user, friend, stranger):
        bench.expect(200, "GET", bag(name), key="valid")
    bench.expect(200, "PUT", f"{bag(user)}/{emote}", key="valid", json={"name": "renamed"})
    bench.expect(208, "GET", bag(stranger), key="valid")
    assert bench.expect(200, "GET", bag(user), key="valid")[0]["data"]["name"] == "renamed"
    friends_bag = bench.ask("GET", bag(friend), key="valid")
    assert (friends_bag.status, friends_bag.json[0]["data"]["name"]) == other


@row(LIST, "208 after another world has changed its default avatar", "documented", "2.2")
def _(bench: Bench) -> None:
    user = bench.bag_user()
    bench.expect(200, "GET", bag(user))
    bench.expect(200, "PUT", "/v1/virtual-world/config", key="config", json={"defaultAvatarUuid": w.AVATAR})
    bench.expect(208, "GET", bag(user))


@by_mode(LIST, "200 an offset beyond the end", "11.19", 5, 95, mark="recorded")
def _(bench: Bench, last: int) -> None:
    """The published server leads back a page at a time, through empty ones."""
    reply = bench.ask("GET", bag(bench.bag_user(), "limit=5&offset=100"))
    assert reply.json == [] and str(reply.header("x-pagination-previous-page")).endswith(f"offset={last}")


@by_mode(GIVE, "200 the own emote comes back", "2.5", True, False)
def _(bench: Bench, own: bool) -> None:
    process, emote, user = bench.take("valid")
    bench.expect(200, "POST", f"/v1/process/{process}/validate", key="valid")
    for method in ("DELETE", "POST"):
        bench.expect(200, method, f"{bag(user)}/{emote}", key="valid")
    assert bench.expect(200, "GET", bag(user), key="valid")[0]["isUGE"] is own
    friend = bench.user("valid")
    bench.expect(200, "POST", f"{bag(friend)}/{emote}", key="valid")
    assert bench.expect(200, "GET", bag(friend), key="valid")[0]["isUGE"] is False


@by_mode(GIVE, "{} held already, and not offered any more", "2.5", 403, 200)
def _(bench: Bench, cached: int) -> None:
    """The published server looks into the cached bag first."""
    for user, status in (("keeper-0", 403), ("keeper-1", cached)):
        if user == "keeper-1":
            assert ids(bench.expect(200, "GET", bag(user))) == [w.KEPT]
        value = bench.expect(status, "POST", f"{bag(user)}/{w.KEPT}")
        assert value["message"] == (
            "Emote not available on SDK" if status == 403 else "Emote already attributed to user"
        )


@by_mode(REMOVE, "404 or 400 a reason of 256 characters", "2.5", 404, 403, mark="ours")
def _(bench: Bench, status: int) -> None:
    """Longer than what the published database keeps: it answers 500."""
    path, body = f"{bag('player')}/{w.PLAIN}", {"reason": "a" * 256}
    if status == 404:
        bench.refuse(404, "Emote not attributed to user", "DELETE", path, json=body)
    else:
        details = '"body.reason" length must be less than or equal to 255 characters long'
        bench.malformed(details, "DELETE", path, json=body)


@row(POST_USER, "200 an id of 256 characters", "ours", "2.1", modes=DEFAULT)
def _(bench: Bench) -> None:
    name = bench.fresh().ljust(256, "x")
    assert bench.expect(200, "POST", USERS, json={"id": name})["virtualWorldId"] == name
    bench.expect(200, "GET", f"{USERS}/{name}")


# The published database keeps 255; the server answers 500.
_body, _details = {"id": "x" * 256}, '"body.id" length must be less than or equal to 255 characters long'
ours(POST_USER, "400 an id of 256 characters", "2.1", _details, json=_body, modes=STRICT)


# --- the player's decision ---


@by_mode(RETAKE, "{} after a retake that failed", "2.7", 200, 404)
def _(bench: Bench, status: int) -> None:
    """One retake is allowed here; it failed. The published server counts it."""
    value = bench.expect(status, "POST", f"/v1/process/{w.FAILING}/retake", key="valid")
    assert value.get("message") == (None if status == 200 else "Process retake limit reached")


_outcome = "404 after a retake that failed and one that did not"
answers(RETAKE, _outcome, "2.7", "Process retake limit reached", uuid=w.FAILED, key="valid")


@by_mode(VALIDATE, "{} validated by its flag, not by its step", "2.7, 11.24", 403, 200)
def _(bench: Bench, status: int) -> None:
    """The published server looks at the step alone."""
    bench.expect(status, "POST", f"/v1/process/{w.WAVERING}/validate", key="valid")


# --- emotes ---


@by_mode("GET /v1/emotes/{uuid}", "{} still in the making", "2.7", 404, 200, needs=WITH_CAPTURE)
def _(bench: Bench, status: int) -> None:
    """The published server makes the emote with the process, its files come later."""
    user = bench.user()
    with held_clip() as clip:
        process = upload(bench, 201, bench.token(user), page(clip=clip, mature="true"))
        path = f"/v1/emotes/{process['emote']}"
        value = bench.expect(status, "GET", path)
    if status == 200:
        assert (value["files"], value["name"], value["metadata"]) == ([], "victory spin", {"maturity": True})
    finished(bench, process["uuid"], "main")
    whole = bench.expect(200, "GET", path)
    assert whole["files"] and whole["metadata"]["duration"]


@by_mode(SEARCH, "200 what players made, where the world lists it", "2.4", {w.ACCEPTED}, set(), mark="ours")
def _(bench: Bench, seen: set[str]) -> None:
    """Only where the world asks for it, and only what the player accepted."""
    found = bench.expect(200, "GET", "/v1/emotes/search?q=dance", key="shown")
    assert {emote["uuid"] for emote in found} == {w.DANCE, w.MATURE} | seen
    assert gallery(bench, "/v1/virtual-world/emotes", "shown") == OFFERED | seen


@by_mode("GET /v1/virtual-world/emotes", "200 the gallery, only mature ones", "2.3", {w.MATURE}, OFFERED)
def _(bench: Bench, true: set[str]) -> None:
    """The published server filters only a world's own list."""
    assert gallery(bench, "/v1/virtual-world/emotes?mature=true", "other") == true


# --- uploads ---


@by_mode(POST, "201 blanks around the name", "2.7", "two words", "  two words ", needs=WITH_CAPTURE)
def _(bench: Bench, name: str) -> None:
    sent = form([("name", "  two words "), ("video", b"clip")])
    assert upload(bench, 201, bench.token("player"), sent)["name"] == name


@by_mode(POST, "{} the video of another world", "2.7", 404, 201, needs=WITH_CAPTURE)
def _(bench: Bench, status: int) -> None:
    """The published server asks nobody whose video it is."""
    token = bench.token("player", "other")
    bench.expect(status, "POST", "/v1/process", token=token, json={"videoUuid": w.VIDEO, "name": "x"})


# --- HTTP ---


@row(ANY, "404 an unknown path, however broken its JSON", "ours", "11.27", modes=DEFAULT)
def _(bench: Bench) -> None:
    reply = bench.ask("POST", "/v1/nothing", headers=JSON, body=b"{")
    assert reply.status == 404 and (reply.header("content-type") or "").startswith("text/html")


@row(ANY, "400 broken JSON comes before an unknown path", "documented", "5, 11.27", modes=STRICT)
def _(bench: Bench) -> None:
    for method, path in (("POST", "/v1/nothing"), ("PATCH", "/v1/emotes/x"), ("GET", "/swagger.json")):
        value = bench.expect(400, method, path, headers=JSON, body=b"{")
        assert (value["errorCode"], value["message"]) == ("badRequest", "Malformed request")
    assert bench.ask("POST", "/v1/nothing", headers=JSON, body=b"{}").status == 404


ours(ANY, "400 a query with an escape that is none", "11.27", at="GET /v1/emotes/search?q=%ff", modes=DEFAULT)


@row(ANY, "200 a query with an escape that is none is taken as it stands", "documented", "11.27", modes=STRICT)
def _(bench: Bench) -> None:
    assert bench.expect(200, "GET", "/v1/emotes/search?q=%ff") == []
    bench.refuse(404, "User not found.", "GET", token_of("%zz%20a"))


@by_mode(ANY, "200 and 404 tags on other answers than lists and objects", "11.27", False, True)
def _(bench: Bench, tagged: bool) -> None:
    """The published server tags whatever it sends."""
    user = bench.user()
    for reply in (
        bench.ask("GET", f"/v1/emotes/{w.NOBODY}"),
        bench.ask("POST", f"{bag(user)}/{w.DANCE}"),
        bench.ask("GET", "/v1/emotes/abc"),
    ):
        assert (reply.header("etag") is not None) is tagged, reply


@row(ANY, "304 for any version, 200 for whoever wants no stored one", "documented", "11.27")
def _(bench: Bench) -> None:
    path = f"/v1/emotes/{w.DANCE}"
    bench.expect(304, "GET", path, headers=[("If-None-Match", "*")])
    tag = bench.ask("GET", path).header("etag") or ""
    for known in (tag, f'"other", {tag}', tag.removeprefix("W/")):
        bench.expect(304, "GET", path, headers=[("If-None-Match", known)])
    bench.expect(200, "GET", path, headers=[("If-None-Match", f"{tag}x")])
    bench.expect(200, "GET", path, headers=[("If-None-Match", tag), ("Cache-Control", "no-cache")])


@row(ANY, "404 the page names the path as it was sent", "documented", "11.27")
def _(bench: Bench) -> None:
    sent = "/v1/no%20thing/" + quote("<ä>")
    reply = bench.ask("DELETE", f"{sent}?a=1", key=None)
    assert f"<pre>Cannot DELETE {sent}</pre>".encode() in reply.body
    assert reply.header("content-security-policy") == "default-src 'none'"
    assert reply.header("x-content-type-options") == "nosniff"


@row(ANY, "301 from /documentation to its folder", "documented", "1.2")
def _(bench: Bench) -> None:
    reply = bench.ask("GET", "/Documentation?a=1", key=None)
    assert (reply.status, reply.header("location")) == (301, "/Documentation/?a=1")
    assert bench.ask("GET", "/documentation/", key=None).status == 200
