"""/v1/virtual-world/users: the game's users."""

from __future__ import annotations

from typing import Any

from kinetix_local.api.errors import ApiError
from kinetix_local.api.forms import user_json
from kinetix_local.api.schema import PUBLISHED_LENGTH, Field
from kinetix_local.api.wire import Answer, Call, Route, json_answer
from kinetix_local.store import users, worlds
from kinetix_local.store.clock import iso
from kinetix_local.store.sql.rows import UserRow

USER_ID = {"userId": Field("string", required=True, about="The game's own id of the user.")}


def find_user(call: Call, external_id: str, message: str = "User not found") -> UserRow:
    user = users.find(call.db, call.key.world_id, external_id)
    if user is None:
        raise ApiError(404, message)
    return user


@Route(
    "POST",
    "/v1/virtual-world/users",
    auth="write",
    body={"id": Field("string", required=True, high=1024, about="The game's own id of the user; any text.")},
    strict_body={"id": Field("string", required=True, high=PUBLISHED_LENGTH)},
    needs_body="last",
    mode="write",
    tag="virtual-world",
    answers={200: "User"},
    errors={409: "alreadyExists: the user exists"},
)
def create(call: Call) -> Answer:
    """Creates a user."""
    key, name = call.key, call.body["id"]
    full = False
    if key.users_limit is not None:
        period = worlds.period(key.monthly, call.now())
        full = worlds.used(call.db, key.world_id, key.plan_id, period)["users"] >= key.users_limit
    if full and (call.strict or users.find(call.db, key.world_id, name) is None):
        raise ApiError(403, "Plan limit reached", "planLimitReached")
    user = users.add(call.db, key.world_id, name, call.now())
    if user is None:
        raise ApiError(409, "User already exists", "alreadyExists")
    period = worlds.period(key.monthly, call.now())
    worlds.add_usage(call.db, key.world_id, key.plan_id, key.id, period, call.now(), users=1)
    return json_answer(user_json(user))


@Route(
    "GET",
    "/v1/virtual-world/users/{userId}",
    params=USER_ID,
    tag="virtual-world",
    answers={200: "User"},
    errors={404: "notFound: User not found"},
)
def get(call: Call) -> Answer:
    """One user."""
    user = find_user(call, call.params["userId"])
    return json_answer(user_json(user) | {"virtualWorlds": [_world(call, user)]})


def _world(call: Call, user: UserRow) -> dict[str, Any]:
    """The world the user belongs to, in the form of the published server."""
    key = call.key
    created = iso(user.created_at)
    return {
        "id": key.world_id,
        "uuid": key.world_uuid,
        "cognitoUuid": key.owner_uuid,
        "name": key.world_name,
        "planId": str(key.plan_id),
        "configuration": key.configuration,
        "isDeleted": key.world_deleted,
        "createdAt": iso(key.world_created_at),
        "virtual_worlds_users": {
            "id": user.id,
            "userId": user.id,
            "virtualWorldId": key.world_id,
            "externalId": user.external_id,
            "createdAt": created,
        },
    }
