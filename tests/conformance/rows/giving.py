"""Emotes of a bag: giving, renaming, removing (docs/api-contract.md#2.5)."""

from __future__ import annotations

from .. import world as w
from ..suite import DEFAULT, STRICT, Bench, answers, ours, recorded, row
from .bag import NEWEST_FIRST, bag, ids

ITEM = "/v1/users/{userId}/emotes/{emoteUuid}"
GIVE, RENAME, REMOVE = f"POST {ITEM}", f"PUT {ITEM}", f"DELETE {ITEM}"


@row(GIVE, "200 given", "documented", "2.5")
def _(bench: Bench) -> None:
    user = bench.user()
    value = bench.expect(200, "POST", f"{bag(user)}/{w.DANCE}")
    assert value == {"status": "success", "message": "Emote successfully attributed to user."}
    assert ids(bench.expect(200, "GET", bag(user))) == [w.DANCE]


@row(GIVE, "200 given already, in the shape of an error", "documented", "2.5")
def _(bench: Bench) -> None:
    user = bench.user()
    bench.expect(200, "POST", f"{bag(user)}/{w.DANCE}")
    bench.refuse(200, "Emote already attributed to user", "POST", f"{bag(user)}/{w.DANCE}")
    assert len(bench.expect(200, "GET", bag(user))) == 1


@row(GIVE, "200 given again after it was taken away", "documented", "2.5")
def _(bench: Bench) -> None:
    user = bench.user()
    for method in ("POST", "DELETE", "POST"):
        bench.expect(200, method, f"{bag(user)}/{w.DANCE}")
    assert ids(bench.expect(200, "GET", bag(user))) == [w.DANCE]


answers(GIVE, "404 no such user", "2.5", "User not found", userId="nobody")
answers(GIVE, "404 no such emote", "2.5", "Emote not found", emoteUuid=w.NOBODY)


@row(GIVE, "403 made by players, but not offered to games", "documented", "2.5, 5")
def _(bench: Bench) -> None:
    path = f"{bag('player')}/{w.KEPT}"
    bench.refuse(403, "Emote not available on SDK", "POST", path)
    bench.refuse(404, "User not found", "POST", f"{bag('nobody')}/{w.KEPT}")


# The published server asks nobody whose emote it is.
answers(GIVE, "200 the emote of another world", "2.4", userId=Bench.user, emoteUuid=w.FOREIGN, modes=STRICT)
ours(GIVE, "404 the emote of another world", "2.5", "Emote not found", emoteUuid=w.FOREIGN, modes=DEFAULT)
answers(GIVE, "403 not offered to games", "5", "Emote not available on SDK", emoteUuid=w.HIDDEN, modes=DEFAULT)
recorded(GIVE, "404 not offered to games", "11.2", "Emote not found", emoteUuid=w.HIDDEN, modes=STRICT)
answers(GIVE, "403 not in the world's own list", "5", "Emote not allowed", emoteUuid=w.PLAIN, key="listed")
answers(GIVE, "200 in the world's own list", "2.3, 2.5", userId=lambda bench: bench.user("listed"), key="listed")
recorded(GIVE, "400 an id that is none", "11.16", '"params.emoteUuid" must be a valid GUID', emoteUuid="abc")
recorded(GIVE, "200 an id in upper case", "11.16", userId=Bench.user, emoteUuid=w.DANCE.upper())


# --- renaming and taking away ---


@row(RENAME, "200 the renamed emote, and its process", "documented", "2.5")
def _(bench: Bench) -> None:
    process, emote, user = bench.take("valid")
    bench.expect(200, "POST", f"/v1/process/{process}/validate", key="valid")
    value = bench.expect(200, "PUT", f"{bag(user)}/{emote}", key="valid", json={"name": "new name"})
    assert (value["uuid"], value["name"]) == (emote, "new name")
    assert bench.expect(200, "GET", f"/v1/process/{process}", key="valid")["name"] == "new name"
    assert bench.expect(200, "GET", bag(user), key="valid")[0]["data"]["name"] == "new name"


NAME = {"name": "new name"}
answers(RENAME, "403 not owned", "2.5", "User does not own the specified emote.", emoteUuid=w.MATURE, json=NAME)
# The published server answers 500.
ours(RENAME, "404 no such user", "11.23", "User not found", userId="nobody", json=NAME)


for _name, _details in [
    ("abc", '"body.name" length must be at least 4 characters long'),
    ("a" * 17, '"body.name" length must be less than or equal to 16 characters long'),
    ("", '"body.name" is not allowed to be empty'),
    (7, '"body.name" must be a string'),
]:
    answers(RENAME, f"400 the name {_name!r}", "2.5", _details, json={"name": _name})


recorded(RENAME, "400 no body", "11.3", '"body" is required')


@row(REMOVE, "200 taken away, with a reason", "documented", "2.5")
def _(bench: Bench) -> None:
    user = bench.bag_user()
    value = bench.expect(200, "DELETE", f"{bag(user)}/{w.BAG[0]}", json={"reason": "not mine"})
    assert value == {"status": "success", "message": "Emote successfully removed from user."}
    assert ids(bench.expect(200, "GET", bag(user))) == NEWEST_FIRST[:-1]


answers(REMOVE, "200 without a body", "2.5", userId=Bench.bag_user, emoteUuid=w.BAG[0])
answers(REMOVE, "404 not in the bag", "2.5", "Emote not attributed to user", emoteUuid=w.PLAIN)


@row(REMOVE, "404 the second time", "documented", "2.5")
def _(bench: Bench) -> None:
    user = bench.bag_user()
    bench.expect(200, "DELETE", f"{bag(user)}/{w.BAG[0]}")
    bench.refuse(404, "Emote not attributed to user", "DELETE", f"{bag(user)}/{w.BAG[0]}")


answers(REMOVE, "404 no such user", "2.5", "User not found", userId="nobody")


@row(REMOVE, "400 a reason that says nothing", "documented", "2.5")
def _(bench: Bench) -> None:
    path = f"{bag('player')}/{w.DANCE}"
    bench.malformed('"body.reason" is not allowed to be empty', "DELETE", path, json={"reason": ""})
    bench.malformed('"body.reason" must be a string', "DELETE", path, json={"reason": None})


answers(REMOVE, "400 an unknown key in the body", "2", '"body.why" is not allowed', json={"why": "x"})
