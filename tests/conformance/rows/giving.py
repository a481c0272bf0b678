"""Emotes of a bag: giving, renaming, removing (docs/api-contract.md#2.5)."""

from __future__ import annotations

from .. import world as w
from ..suite import Bench, answers, row
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
    assert bench.expect(200, "POST", f"{bag(user)}/{w.DANCE}") == {
        "message": "Emote already attributed to user",
        "data": {},
    }
    assert len(bench.expect(200, "GET", bag(user))) == 1


@row(GIVE, "200 given again after it was taken away", "documented", "2.5")
def _(bench: Bench) -> None:
    user = bench.user()
    for method in ("POST", "DELETE", "POST"):
        bench.expect(200, method, f"{bag(user)}/{w.DANCE}")
    assert ids(bench.expect(200, "GET", bag(user))) == [w.DANCE]


answers(GIVE, "404 no such user", "2.5", f"{bag('nobody')}/{w.DANCE}", "User not found")
answers(GIVE, "404 no such emote", "2.5", f"{bag('player')}/{w.NOBODY}", "Emote not found")


@row(GIVE, "403 made by players, but not offered to games", "documented", "2.5, 5")
def _(bench: Bench) -> None:
    path = f"{bag('player')}/{w.KEPT}"
    bench.refuse(403, "emoteNotAvailable", "Emote not available on SDK", "POST", path)
    bench.refuse(404, "notFound", "User not found", "POST", f"{bag('nobody')}/{w.KEPT}")


@row(GIVE, "200 the emote of another world", "documented", "2.4", modes=("2024",))
def _(bench: Bench) -> None:
    """The published server asks nobody whose emote it is."""
    bench.expect(200, "POST", f"{bag(bench.user())}/{w.FOREIGN}")


@row(GIVE, "404 the emote of another world", "ours", "2.5", modes=("1.4.45",))
def _(bench: Bench) -> None:
    bench.refuse(404, "notFound", "Emote not found", "POST", f"{bag('player')}/{w.FOREIGN}")


answers(
    GIVE,
    "403 not offered to games",
    "5",
    f"{bag('player')}/{w.HIDDEN}",
    "Emote not available on SDK",
    modes=("1.4.45",),
)


@row(GIVE, "404 not offered to games", "recorded", "11.2", modes=("2024",))
def _(bench: Bench) -> None:
    bench.refuse(404, "notFound", "Emote not found", "POST", f"{bag('player')}/{w.HIDDEN}")


answers(GIVE, "403 not in the world's own list", "5", f"{bag('player')}/{w.PLAIN}", "Emote not allowed", key="listed")


@row(GIVE, "200 in the world's own list", "documented", "2.3, 2.5")
def _(bench: Bench) -> None:
    bench.expect(200, "POST", f"{bag(bench.user('listed'))}/{w.DANCE}", key="listed")


@row(GIVE, "400 an id that is none", "recorded", "11.16")
def _(bench: Bench) -> None:
    bench.malformed('"params.emoteUuid" must be a valid GUID', "POST", f"{bag('player')}/abc")


@row(GIVE, "200 an id in upper case", "recorded", "11.16")
def _(bench: Bench) -> None:
    bench.expect(200, "POST", f"{bag(bench.user())}/{w.DANCE.upper()}")


# --- renaming and taking away ---


@row(RENAME, "200 the renamed emote, and its process", "documented", "2.5")
def _(bench: Bench) -> None:
    process, emote, user = bench.take("valid")
    bench.expect(200, "POST", f"/v1/process/{process}/validate", key="valid")
    value = bench.expect(200, "PUT", f"{bag(user)}/{emote}", key="valid", json={"name": "new name"})
    assert (value["uuid"], value["name"]) == (emote, "new name")
    assert bench.expect(200, "GET", f"/v1/process/{process}", key="valid")["name"] == "new name"
    assert bench.expect(200, "GET", bag(user), key="valid")[0]["data"]["name"] == "new name"


@row(RENAME, "403 not owned", "documented", "2.5")
def _(bench: Bench) -> None:
    bench.refuse(
        403,
        "forbidden",
        "User does not own the specified emote.",
        "PUT",
        f"{bag('player')}/{w.MATURE}",
        json={"name": "new name"},
    )


@row(RENAME, "404 no such user", "ours", "11.23")
def _(bench: Bench) -> None:
    """The published server answers 500."""
    bench.refuse(404, "notFound", "User not found", "PUT", f"{bag('nobody')}/{w.DANCE}", json={"name": "new name"})


for _name, _details in [
    ("abc", '"body.name" length must be at least 4 characters long'),
    ("a" * 17, '"body.name" length must be less than or equal to 16 characters long'),
    ("", '"body.name" is not allowed to be empty'),
    (7, '"body.name" must be a string'),
]:
    answers(RENAME, f"400 the name {_name!r}", "2.5", f"{bag('player')}/{w.DANCE}", _details, json={"name": _name})


answers(RENAME, "400 no body", "11.3", f"{bag('player')}/{w.DANCE}", '"body" is required', mark="recorded")


@row(REMOVE, "200 taken away, with a reason", "documented", "2.5")
def _(bench: Bench) -> None:
    user = bench.bag_user()
    value = bench.expect(200, "DELETE", f"{bag(user)}/{w.BAG[0]}", json={"reason": "not mine"})
    assert value == {"status": "success", "message": "Emote successfully removed from user."}
    assert ids(bench.expect(200, "GET", bag(user))) == NEWEST_FIRST[:-1]


@row(REMOVE, "200 without a body", "documented", "2.5")
def _(bench: Bench) -> None:
    bench.expect(200, "DELETE", f"{bag(bench.bag_user())}/{w.BAG[0]}")


answers(REMOVE, "404 not in the bag", "2.5", f"{bag('player')}/{w.PLAIN}", "Emote not attributed to user")


@row(REMOVE, "404 the second time", "documented", "2.5")
def _(bench: Bench) -> None:
    user = bench.bag_user()
    bench.expect(200, "DELETE", f"{bag(user)}/{w.BAG[0]}")
    bench.refuse(404, "notFound", "Emote not attributed to user", "DELETE", f"{bag(user)}/{w.BAG[0]}")


answers(REMOVE, "404 no such user", "2.5", f"{bag('nobody')}/{w.DANCE}", "User not found")


@row(REMOVE, "400 a reason that says nothing", "documented", "2.5")
def _(bench: Bench) -> None:
    path = f"{bag('player')}/{w.DANCE}"
    bench.malformed('"body.reason" is not allowed to be empty', "DELETE", path, json={"reason": ""})
    bench.malformed('"body.reason" must be a string', "DELETE", path, json={"reason": None})


@row(REMOVE, "400 an unknown key in the body", "documented", "2")
def _(bench: Bench) -> None:
    bench.malformed('"body.why" is not allowed', "DELETE", f"{bag('player')}/{w.DANCE}", json={"why": "x"})
