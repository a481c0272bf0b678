"""Users and plans (docs/api-contract.md#2.1, #2.8)."""

from __future__ import annotations

from .. import world as w
from ..suite import Bench, answers, row

POST, GET = "POST /v1/virtual-world/users", "GET /v1/virtual-world/users/{userId}"
USERS = "/v1/virtual-world/users"


@row(POST, "200 the user", "recorded", "2.1, 11.21")
def _(bench: Bench) -> None:
    name = bench.fresh()
    value = bench.expect(200, "POST", USERS, json={"id": name})
    assert value["virtualWorldId"] == name and isinstance(value["id"], int)
    assert set(value) == {"id", "virtualWorldId", "createdAt"}


answers(POST, "409 there already", "2.1", USERS, "User already exists", json={"id": "player"})


@row(POST, "200 the same id in another world", "documented", "2.1")
def _(bench: Bench) -> None:
    name = bench.user("main")
    bench.expect(200, "POST", USERS, key="other", json={"id": name})


@row(POST, "200 any text as id", "documented", "2")
def _(bench: Bench) -> None:
    for name in ("steam:1/2 ü", "a?b#c&d=e", "'; DROP TABLE users; --", "日本"):
        value = bench.expect(200, "POST", USERS, json={"id": f"{name} {bench.fresh()}"})
        assert value["virtualWorldId"].startswith(name)


@row(POST, "200 urlencoded", "documented", "1.2")
def _(bench: Bench) -> None:
    kind = [("Content-Type", "application/x-www-form-urlencoded")]
    bench.expect(200, "POST", USERS, headers=kind, body=f"id={bench.fresh()}".encode())


@row(POST, "403 the plan's users are used up", "documented", "2.1, 5")
def _(bench: Bench) -> None:
    bench.refuse(
        403, "planLimitReached", "Plan limit reached", "POST", USERS, key="no_users", json={"id": bench.fresh()}
    )


@row(POST, "409 a known user, where the plan's users are used up", "ours", "11.12", modes=("1.4.45",))
def _(bench: Bench) -> None:
    bench.refuse(409, "alreadyExists", "User already exists", "POST", USERS, key="no_users", json={"id": "player"})


@row(POST, "403 a known user, where the plan's users are used up", "recorded", "11.12", modes=("2024",))
def _(bench: Bench) -> None:
    bench.refuse(403, "planLimitReached", "Plan limit reached", "POST", USERS, key="no_users", json={"id": "player"})


answers(POST, "400 an id that is no string", "2.1, 11.14", USERS, '"body.id" must be a string', json={"id": 7})


@row(POST, "400 the parts that a route does not have come last", "documented", "2.1, 11.14")
def _(bench: Bench) -> None:
    details = '"body.id" is not allowed to be empty, "query" is not allowed'
    bench.malformed(details, "POST", f"{USERS}?a=1", json={"id": ""})


# A missing body is no fault of the schema, so the key comes first.
answers(POST, "401 no body and no key", "1.4, 11.3", USERS, "Missing API key", key=None, mark="recorded")
answers(POST, "400 an empty id", "2.1, 11.14", USERS, '"body.id" is not allowed to be empty', json={"id": ""})


@row(POST, "400 an unknown key in the body", "recorded", "2, 11.14")
def _(bench: Bench) -> None:
    bench.malformed('"body.name" is not allowed', "POST", USERS, json={"id": "x", "name": "y"})


@row(POST, "400 several faults in one sentence", "recorded", "11.14")
def _(bench: Bench) -> None:
    bench.malformed('"body.id" is required, "body.name" is not allowed', "POST", USERS, json={"name": "y"})


answers(POST, "400 no body", "11.3", USERS, '"body" is required', mark="ours")


@row(POST, "400 broken JSON", "documented", "5")
def _(bench: Bench) -> None:
    kind = [("Content-Type", "application/json")]
    value = bench.ask("POST", USERS, headers=kind, body=b'{"id": ')
    assert (
        value.status == 400 and value.json["errorCode"] == "badRequest" and value.json["message"] == "Malformed request"
    )
    assert isinstance(value.json["data"]["details"], str)


@row(GET, "200 the user with its world", "recorded", "11.21")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", f"{USERS}/player")
    assert value["virtualWorldId"] == "player"
    assert value["virtualWorlds"][0]["virtual_worlds_users"]["externalId"] == "player"
    assert isinstance(value["virtualWorlds"][0]["planId"], str)


answers(GET, "404 nobody", "2.1", f"{USERS}/nobody", "User not found")
answers(GET, "404 the user of another world", "2.1", f"{USERS}/states", "User not found")


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
    assert all(
        set(plan) == {"name", "mugeLimit", "totalUsersLimit", "callsLimit", "createdAt"} for plan in plans.values()
    )


answers("GET /v1/plans", "401 no key", "2.8", "/v1/plans", "Missing API key", key=None)
answers("GET /v1/plans", "403 an unknown key", "2.8", "/v1/plans", "Unknown API key", key=w.NO_KEY)
answers("GET /v1/plans", "200 where the plan's calls are used up", "2.8", "/v1/plans", key="no_calls", mark="ours")
