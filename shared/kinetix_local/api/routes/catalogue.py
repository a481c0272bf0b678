"""/v1/emotes: single emotes, their files for one avatar, search and categories."""

from __future__ import annotations

from typing import Any

from kinetix_local.api.errors import ApiError
from kinetix_local.api.forms import asset_json, avatar_json
from kinetix_local.api.schema import Field
from kinetix_local.api.wire import Answer, Call, Route, json_answer, pack, packed_answer
from kinetix_local.store import configuration as configurations
from kinetix_local.store import emotes, worlds
from kinetix_local.store.clock import iso
from kinetix_local.store.sql.rows import AssetRow

EMOTE = {"uuid": Field("uuid", required=True, about="Of the emote.")}


def visible(call: Call, uuid: str) -> AssetRow:
    """The emote's row, if this world may see it: studio emotes that are offered to games, and what it made or was given itself."""
    row = emotes.asset(call.db, uuid)
    if row is None or emotes.hidden(row):
        raise ApiError(404, "Emote not found")
    own = call.strict or row.world_id in {None, call.key.world_id}  # the published server asks nobody whose emote it is
    if not own and not worlds.listed(call.db, call.key.world_id, uuid):
        raise ApiError(404, "Emote not found")
    return row


def players_of(call: Call) -> int | None:
    """The world whose players' emotes search and gallery show besides those of the studio; ours, so not in strict mode."""
    lists = not call.strict and configurations.lists_player_emotes(call.key.configuration)
    return call.key.world_id if lists else None


def whole(call: Call, row: AssetRow) -> dict[str, Any]:
    files = emotes.files_of(call.db, [row.id])[row.id]
    return asset_json(row, files, call.service.links, call.key.configuration.get("defaultAvatarUuid"))


@Route(
    "GET",
    "/v1/emotes/search",
    query={
        "q": Field("string", required=True, high=50, about="Words of the name."),
        "size": Field("integer", default=4, low=1, high=10),
    },
    mode="slow",
    tag="emotes",
    answers={200: "Assets"},
    deprecated=True,
)
def search(call: Call) -> Answer:
    """Studio emotes by name; those of the world's players as well where it lists them. Without any query it finds nothing."""
    if "q" not in call.query:
        return json_answer([])
    rows = emotes.gallery(call.db, call.query["q"].split(), call.query["size"], of_players=players_of(call))
    return json_answer([whole(call, row) for row in rows])


@Route(
    "GET",
    "/v1/emotes/categories",
    query={"includeSubCategories": Field("boolean", default=False), "parentId": Field("string")},
    tag="emotes",
    answers={200: "Categories"},
    deprecated=True,
)
def categories(call: Call) -> Answer:
    """Categories by name; those at the top, those below one, or all."""
    rows = worlds.all_categories(call.db)
    parent = (
        None if call.strict else call.query.get("parentId")
    )  # the published server takes it and does nothing with it
    if parent is not None:
        rows = [row for row in rows if row.parent_uuid == parent]
    elif not call.query.get("includeSubCategories"):
        rows = [row for row in rows if row.parent_uuid is None]
    return json_answer(
        {
            "data": [
                {"uuid": row.uuid, "name": row.name, "parentId": row.parent_uuid, "createdAt": iso(row.created_at)}
                for row in rows
            ]
        }
    )


@Route(
    "GET",
    "/v1/emotes/{uuid}",
    params=EMOTE,
    tag="emotes",
    answers={200: "Asset"},
    errors={404: "notFound: Emote not found"},
)
def get(call: Call) -> Answer:
    """One emote with its files; files are plain addresses, there is no download route."""
    uuid, known = call.params["uuid"], call.service.emotes
    avatar, version = call.key.configuration.get("defaultAvatarUuid"), known.version
    entry = known.get((uuid, avatar))
    if entry is None or entry[0].world_id not in {None, call.key.world_id}:
        row = visible(call, uuid)
        entry = (row, pack(whole(call, row)))
        known.keep((uuid, avatar), entry, version)
    call.service.meter.active(call.key, "emote", uuid)
    return packed_answer(entry[1])


@Route(
    "GET",
    "/v1/emotes/{uuid}/avatar/{avatarUuid}",
    params={**EMOTE, "avatarUuid": Field("uuid", required=True, about="A character that emotes are made for as well.")},
    tag="emotes",
    answers={200: "AvatarFiles"},
    errors={404: "notFound: Emote not found, Avatar not found", 403: "emoteNotAllowed: not in the world's own list"},
)
def get_for_avatar(call: Call) -> Answer:
    """The files made for one avatar, as a flat object."""
    row = visible(call, call.params["uuid"])
    if call.key.white_list and not call.strict and not worlds.listed(call.db, call.key.world_id, row.uuid):
        raise ApiError(403, "Emote not allowed", "emoteNotAllowed")
    asset = whole(call, row)
    avatar = call.params["avatarUuid"]
    if avatar not in asset["avatars"]:
        raise ApiError(404, "Avatar not found")
    call.service.meter.active(call.key, "emote", row.uuid)
    return json_answer(avatar_json(asset, avatar))
