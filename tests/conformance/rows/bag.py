"""The bag (docs/api-contract.md#2.5): paging, and the cache with its 208."""

from __future__ import annotations

from .. import world as w
from ..suite import Bench, answers, by_mode, recorded, row

LIST = "GET /v1/users/{userId}/emotes"
NEWEST_FIRST = list(reversed(w.BAG))


def bag(user: str, query: str = "") -> str:
    return f"/v1/users/{user}/emotes{'?' + query if query else ''}"


def ids(value: list[dict[str, object]]) -> list[object]:
    return [entry["emoteUuid"] for entry in value]


@row(LIST, "200 newest first, with files", "documented", "2.5")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", bag(bench.bag_user()))
    assert ids(value) == NEWEST_FIRST
    for entry in value:
        assert isinstance(entry["data"]["files"], list) and isinstance(entry["data"]["avatars"], dict)
        assert entry["data"]["uuid"] == entry["emoteUuid"] and "tags" not in entry["data"]


@row(LIST, "200 then 208 from the cache, with the same rows", "documented", "2.5")
def _(bench: Bench) -> None:
    user = bench.bag_user()
    assert bench.expect(200, "GET", bag(user)) == bench.expect(208, "GET", bag(user))


@row(LIST, "200 again once the cache has run out", "documented", "2.5", needs=("world", "clock"))
def _(bench: Bench) -> None:
    user = bench.bag_user()
    bench.expect(200, "GET", bag(user))
    bench.target.shift(240)
    bench.expect(208, "GET", bag(user))
    bench.target.shift(60)
    bench.expect(200, "GET", bag(user))
    bench.target.shift(-300)


answers(LIST, "200 an empty bag", "2.5", [], userId=Bench.user)
recorded(LIST, "404 nobody, with a final dot", "11.15", "User not found.", userId="nobody")
answers(LIST, "404 the user of another world", "2.5", "User not found.", userId="bag-0", key="other")


@row(LIST, "200 pages by headers", "recorded", "2.5, 11.19")
def _(bench: Bench) -> None:
    found, statuses = [], []
    target: str | None = bag(bench.bag_user(), "limit=3")
    while target:
        reply = bench.ask("GET", target)
        assert reply.header("x-pagination-length") == "7"
        statuses.append(reply.status)
        found += ids(reply.json)
        target = reply.header("x-pagination-next-page")
    assert (statuses, found) == ([200, 208, 208], NEWEST_FIRST)


@row(LIST, "200 the first page names no previous, the last no next", "documented", "2.5")
def _(bench: Bench) -> None:
    user = bench.bag_user()
    first = bench.ask("GET", bag(user, "limit=3&offset=0"))
    last = bench.ask("GET", bag(user, "limit=3&offset=6"))
    assert first.header("x-pagination-previous-page") is None and first.header("x-pagination-next-page")
    assert last.header("x-pagination-next-page") is None and last.header("x-pagination-previous-page")
    assert len(last.json) == 1


@row(LIST, "200 the first call pages as well", "ours", "2.5, 10")
def _(bench: Bench) -> None:
    """The published server ignores limit and offset on the first, uncached call."""
    assert ids(bench.expect(200, "GET", bag(bench.bag_user(), "limit=2&offset=1"))) == NEWEST_FIRST[1:3]


recorded(LIST, "200 a limit of 0", "11.19", [], userId=Bench.bag_user, query="limit=0")


@row(LIST, "200 the query stays as it came in the addresses", "recorded", "11.19")
def _(bench: Bench) -> None:
    user = bench.bag_user()
    reply = bench.ask("GET", bag(user, "offset=2&limit=2&mature=false"))
    assert reply.header("x-pagination-next-page") is None
    assert reply.header("x-pagination-first-page") == f"/v1/users/{user}/emotes?offset=0&limit=2&mature=false"
    reply = bench.ask("GET", bag(user, "since=2024-01-01T00%3A00%3A00Z&limit=2"))
    assert reply.header("x-pagination-first-page") == bag(user, "since=2024-01-01T00:00:00Z&limit=2&offset=0")


@row(LIST, "200 the path stays as it came in the addresses", "documented", "2.5, 11.27")
def _(bench: Bench) -> None:
    user = bench.bag_user().replace("-", "%2D")
    reply = bench.ask("GET", f"/V1/users/{user}/Emotes/")
    assert reply.header("x-pagination-first-page") == f"/V1/users/{user}/Emotes/?offset=0"


@by_mode(LIST, "200 an offset between two pages", "2.5", 3, 4)
def _(bench: Bench, following: int) -> None:
    """The published server takes an offset between two pages for the later one; then a row is left out."""
    reply = bench.ask("GET", bag(bench.bag_user(), "offset=1&limit=2"))
    assert (reply.header("x-pagination-next-page") or "").endswith(f"?offset={following}&limit=2")
    assert (reply.header("x-pagination-previous-page") or "").endswith("?offset=0&limit=2")


@row(LIST, "200 dates as HTTP, as a plain day and as a time stamp", "recorded", "11.16")
def _(bench: Bench) -> None:
    user = bench.bag_user()
    for since in ("2024-01-03", "2024-1-3", "Wed,%2003%20Jan%202024%2000:00:00%20GMT", "1704240000000", "2024"):
        rows = bench.expect(200, "GET", bag(user, f"since={since}"))
        assert len(rows) == (7 if since == "2024" else 5), since


@row(LIST, "200 only mature ones, fresh and cached", "ours", "2.5, 11.19")
def _(bench: Bench) -> None:
    """The published server ignores the filter on a cached call, and a filtered first call spoils its cache."""
    user = bench.bag_user()
    mature = [emote for index, emote in enumerate(w.BAG) if index % 2][::-1]
    assert ids(bench.expect(200, "GET", bag(user, "mature=true"))) == mature
    assert ids(bench.expect(208, "GET", bag(user, "mature=true"))) == mature
    assert ids(bench.expect(208, "GET", bag(user, "mature=false"))) == [e for e in NEWEST_FIRST if e not in mature]
    assert ids(bench.expect(208, "GET", bag(user))) == NEWEST_FIRST


@row(LIST, "200 since and until, never from the cache", "documented", "2.5")
def _(bench: Bench) -> None:
    user = bench.bag_user()
    bench.expect(200, "GET", bag(user))
    for query in ("since=2024-01-03&until=2024-01-05T23:59:59.000Z", "since=1704240000000&until=1704499199000"):
        assert ids(bench.expect(200, "GET", bag(user, query))) == w.BAG[2:5][::-1]


@row(LIST, "200 since with a limit goes on to the next page", "ours", "11.19")
def _(bench: Bench) -> None:
    reply = bench.ask("GET", bag(bench.bag_user(), "since=2024-01-01&limit=3"))
    assert reply.header("x-pagination-length") == "7" and reply.header("x-pagination-next-page")


for _query, _details in [
    ("limit=-1", '"query.limit" must be larger than or equal to 0'),
    ("limit=x", '"query.limit" must be a number'),
    ("limit=1.5", '"query.limit" must be an integer'),
    ("offset=-1", '"query.offset" must be larger than or equal to 0'),
    ("mature=1", '"query.mature" must be a boolean'),
    ("mature=yes", '"query.mature" must be a boolean'),
    ("page=2", '"query.page" is not allowed'),
]:
    recorded(LIST, f"400 {_query}", "11.14, 11.16", _details, query=_query)


answers(LIST, "400 a day that is none", "2.5", '"query.since" must be a valid date', query="since=soon")


@row(LIST, "200 booleans in any letter case", "recorded", "11.16")
def _(bench: Bench) -> None:
    assert len(bench.expect(200, "GET", bag(bench.bag_user(), "mature=TRUE"))) == 3


# --- what drops the cache ---


def _drops(bench: Bench, user: str, key: str, action: tuple[str, str, object]) -> None:
    bench.expect(200, "GET", bag(user), key=key)
    bench.expect(208, "GET", bag(user), key=key)
    method, target, body = action
    bench.expect(200, method, target, key=key, json=body)
    bench.expect(200, "GET", bag(user), key=key)


@row(LIST, "200 after giving", "recorded", "11.20")
def _(bench: Bench) -> None:
    user = bench.bag_user()
    _drops(bench, user, "main", ("POST", f"{bag(user)}/{w.DANCE}", ...))


@row(LIST, "200 after taking away", "recorded", "11.20")
def _(bench: Bench) -> None:
    user = bench.bag_user()
    _drops(bench, user, "main", ("DELETE", f"{bag(user)}/{w.BAG[3]}", ...))


@row(LIST, "200 after renaming", "recorded", "11.20")
def _(bench: Bench) -> None:
    process, emote, user = bench.take("valid")
    bench.expect(200, "POST", f"/v1/process/{process}/validate", key="valid")
    _drops(bench, user, "valid", ("PUT", f"{bag(user)}/{emote}", {"name": "other name"}))


@row(LIST, "200 after validating", "recorded", "11.20")
def _(bench: Bench) -> None:
    process, _, user = bench.take("valid")
    _drops(bench, user, "valid", ("POST", f"/v1/process/{process}/validate", ...))


@row(LIST, "200 after another default avatar", "recorded", "11.20")
def _(bench: Bench) -> None:
    user = bench.user("config")
    bench.expect(200, "POST", f"{bag(user)}/{w.DANCE}", key="config")
    _drops(bench, user, "config", ("PUT", "/v1/virtual-world/config", {"defaultAvatarUuid": w.AVATAR}))


@row(LIST, "208 after reading an emote", "recorded", "11.20")
def _(bench: Bench) -> None:
    user = bench.bag_user()
    bench.expect(200, "GET", bag(user))
    bench.expect(200, "GET", f"/v1/emotes/{w.DANCE}")
    bench.expect(208, "GET", bag(user))


@row(LIST, "208 after a change of the configuration that no bag shows", "recorded", "11.20")
def _(bench: Bench) -> None:
    user = bench.user("config")
    bench.expect(200, "POST", f"{bag(user)}/{w.DANCE}", key="config")
    bench.expect(200, "GET", bag(user), key="config")
    bench.expect(200, "PUT", "/v1/virtual-world/config", key="config", json={"website": "https://a.example"})
    bench.expect(208, "GET", bag(user), key="config")


@row(LIST, "208 carries a tag, and 304 answers it", "recorded", "11.27")
def _(bench: Bench) -> None:
    user = bench.bag_user()
    bench.expect(200, "GET", bag(user))
    tag = bench.ask("GET", bag(user)).header("etag")
    assert tag and tag.startswith('W/"')
    bench.expect(304, "GET", bag(user), headers=[("If-None-Match", tag)])
