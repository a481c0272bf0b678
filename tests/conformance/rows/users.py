"""Users and plans (docs/api-contract.md#2.1, #2.8)."""

from __future__ import annotations

from .. import world as w
from ..suite import DEFAULT, STRICT, Bench, answers, ours, recorded, row

POST, GET = "POST /v1/virtual-world/users", "GET /v1/virtual-world/users/{userId}"
USERS = "/v1/virtual-world/users"
URLENCODED = [("Content-Type", "application/x-www-form-urlencoded")]
PLAYER, USED_UP = {"id": "player"}, "Plan limit reached"


def fresh(bench: Bench) -> dict[str, str]:
    return {"id": bench.fresh()}


@row(POST, "200 the user", "recorded", "2.1, 11.21")
def _(bench: Bench) -> None:
    name = bench.fresh()
    value = bench.expect(200, "POST", USERS, json={"id": name})
    assert value["virtualWorldId"] == name and isinstance(value["id"], int)
    assert set(value) == {"id", "virtualWorldId", "createdAt"}


answers(POST, "409 there already", "2.1", "User already exists", json=PLAYER)


@row(POST, "200 the same id in another world", "documented", "2.1")
def _(bench: Bench) -> None:
    name = bench.user("main")
    bench.expect(200, "POST", USERS, key="other", json={"id": name})


@row(POST, "200 any text as id", "documented", "2")
def _(bench: Bench) -> None:
    for name in ("steam:1/2 ü", "a?b#c&d=e", "'; DROP TABLE users; --", "日本"):
        value = bench.expect(200, "POST", USERS, json={"id": f"{name} {bench.fresh()}"})
        assert value["virtualWorldId"].startswith(name)


answers(POST, "200 urlencoded", "1.2", headers=URLENCODED, body=lambda bench: f"id={bench.fresh()}".encode())
answers(POST, "403 the plan's users are used up", "2.1, 5", USED_UP, key="no_users", json=fresh)
_outcome = "a known user, where the plan's users are used up"
ours(POST, f"409 {_outcome}", "11.12", "User already exists", key="no_users", json=PLAYER, modes=DEFAULT)
recorded(POST, f"403 {_outcome}", "11.12", USED_UP, key="no_users", json=PLAYER, modes=STRICT)
answers(POST, "400 an id that is no string", "2.1, 11.14", '"body.id" must be a string', json={"id": 7})
_details = '"body.id" is not allowed to be empty, "query" is not allowed'
_outcome = "400 the parts that a route does not have come last"
answers(POST, _outcome, "2.1, 11.14", _details, query="a=1", json={"id": ""})
# A missing body is no fault of the schema, so the key comes first.
recorded(POST, "401 no body and no key", "1.4, 11.3", "Missing API key", key=None)
answers(POST, "400 an empty id", "2.1, 11.14", '"body.id" is not allowed to be empty', json={"id": ""})
recorded(
    POST, "400 an unknown key in the body", "2, 11.14", '"body.name" is not allowed', json={"id": "x", "name": "y"}
)
_details = '"body.id" is required, "body.name" is not allowed'
recorded(POST, "400 several faults in one sentence", "11.14", _details, json={"name": "y"})
ours(POST, "400 no body", "11.3", '"body" is required')


@row(POST, "400 broken JSON", "documented", "5")
def _(bench: Bench) -> None:
    value = bench.expect(400, "POST", USERS, headers=[("Content-Type", "application/json")], body=b'{"id": ')
    assert (value["errorCode"], value["message"]) == ("badRequest", "Malformed request")
    assert isinstance(value["data"]["details"], str)


@row(GET, "200 the user with its world", "recorded", "11.21")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", f"{USERS}/player")
    assert value["virtualWorldId"] == "player"
    assert value["virtualWorlds"][0]["virtual_worlds_users"]["externalId"] == "player"
    assert isinstance(value["virtualWorlds"][0]["planId"], str)


answers(GET, "404 nobody", "2.1", "User not found", userId="nobody")
answers(GET, "404 the user of another world", "2.1", "User not found", userId="states")


@row(GET, "200 an id that has to be escaped", "documented", "2")
def _(bench: Bench) -> None:
    name = f"a/b c?d {bench.fresh()}"
    bench.expect(200, "POST", USERS, json={"id": name})
    value = bench.expect(200, "GET", f"{USERS}/{name.replace('/', '%2F').replace(' ', '%20').replace('?', '%3F')}")
    assert value["virtualWorldId"] == name


@row(GET, "200 made before is the same user", "documented", "2.1")
def _(bench: Bench) -> None:
    name = bench.fresh()
    made = bench.expect(200, "POST", USERS, json={"id": name})
    found = bench.expect(200, "GET", f"{USERS}/{name}")
    assert {key: found[key] for key in made} == made


@row("GET /v1/plans", "200 every plan with its limits", "documented", "2.8")
def _(bench: Bench) -> None:
    plans = {plan["name"]: plan for plan in bench.expect(200, "GET", "/v1/plans")}
    assert plans["No calls"]["callsLimit"] == 1 and plans["No calls"]["mugeLimit"] is None
    named = {"name", "mugeLimit", "totalUsersLimit", "callsLimit", "createdAt"}
    assert all(set(plan) == named for plan in plans.values())


answers("GET /v1/plans", "401 no key", "2.8", "Missing API key", key=None)
answers("GET /v1/plans", "403 an unknown key", "2.8", "Unknown API key", key=w.NO_KEY)
ours("GET /v1/plans", "200 where the plan's calls are used up", "2.8", key="no_calls")
