"""/v1/virtual-world: configuration (with the webhook's address), the world's own list of emotes, and aliases."""

from __future__ import annotations

from sqlalchemy import update

from kinetix_local.api.errors import ApiError
from kinetix_local.api.forms import asset_json
from kinetix_local.api.routes.catalogue import players_of
from kinetix_local.api.schema import Field
from kinetix_local.api.wire import Answer, Call, Route, json_answer
from kinetix_local.store import emotes, worlds
from kinetix_local.store.clock import iso
from kinetix_local.store.sql.rows import AssetRow
from kinetix_local.store.sql.tables import worlds as worlds_table

_GALLERY_PAGE = 100

_CONFIG = {
    "name": Field("string", low=3, high=25, about="Of the virtual world."),
    "website": Field("string", null=True),
    "webhookUri": Field("uri", null=True, about="Where webhooks go; null removes it."),
    "defaultAvatarUuid": Field("uuid", null=True, about="Whose thumbnails an emote shows by default."),
    "enableGTAV": Field("boolean", null=True),
    "ugcValidation": Field(
        "retry", null=True, about="Whether a player accepts an emote first; {maxRetry} limits retakes."
    ),
    "ugcFrontentUrl": Field("uri", null=True, about="Address of the upload page that token links open."),
}


@Route(
    "GET",
    "/v1/virtual-world/config",
    metered=False,
    strict_unchecked=True,
    tag="virtual-world",
    answers={200: "Configuration"},
)
def config(call: Call) -> Answer:
    """Name and configuration of the virtual world."""
    configuration = dict(call.key.configuration)
    if call.strict:  # the published server has its own limits, whatever is set here
        for name in ("minSeconds", "maxSeconds"):
            configuration.pop(name, None)
    return json_answer({"name": call.key.world_name, **configuration})


@Route(
    "PUT",
    "/v1/virtual-world/config",
    auth="write",
    body=_CONFIG,
    strict_body=_CONFIG | {"ugcValidation": Field("boolean", null=True)},
    metered=False,
    mode="write",
    tag="virtual-world",
    answers={200: "ConfigurationUpdated"},
)
def update_config(call: Call) -> Answer:
    """Changes the configuration; the webhook's address is registered here."""
    service, key = call.service, call.key
    values = dict(call.body or {})
    row = worlds.world_of_id(call.db, key.world_id)
    configuration = dict(row.configuration)
    known = configuration.get("ugcValidation")
    if values.get("ugcValidation") is True and isinstance(known, dict) and not call.strict:
        values.pop("ugcValidation")  # stays on, with its number of retakes
    name = values.pop("name", row.name)
    if call.strict and "defaultAvatarUuid" not in values:
        configuration.pop("defaultAvatarUuid", None)
    configuration |= values
    call.db.execute(
        update(worlds_table).where(worlds_table.c.id == key.world_id).values(name=name, configuration=configuration)
    )
    service.changes.touch(call.db)
    call.after(lambda: service.changed(bags=False))
    # Bags show the pictures of the default avatar, and nothing else of the configuration. Unset and null are two things here.
    if row.configuration.get("defaultAvatarUuid", ...) != configuration.get("defaultAvatarUuid", ...):
        call.after(lambda: service.bags.drop_world(key.world_id))
    data = {
        "uuid": row.uuid,
        "name": name,
        "planId": str(row.plan_id),
        "configuration": configuration,
        "isDeleted": row.is_deleted,
        "createdAt": iso(row.created_at),
    }
    return json_answer({"message": "VirtualWorld updated successfully", "data": data})


@Route(
    "POST",
    "/v1/virtual-world/emotes",
    auth="write",
    body={"uuids": Field("uuids", required=True)},
    needs_body="last",
    mode="write",
    tag="virtual-world",
    answers={200: "EmotesAdded", 403: None},
    deprecated=True,
)
def add_emotes(call: Call) -> Answer:
    """Adds emotes to the virtual world. The good ones are added even when others fail."""
    failed: dict[str, str] = {}
    seen: set[str] = set()
    for uuid in call.body["uuids"]:
        asset = emotes.asset(call.db, uuid)
        foreign = asset is not None and asset.world_id not in {None, call.key.world_id}
        if asset is None or (not call.strict and (emotes.hidden(asset) or foreign)):
            failed[uuid] = "Emote does not exist"
        elif uuid in seen:
            failed[uuid] = "Emote already associated"
        elif call.strict and not call.key.white_list:
            pass  # the published server kept nothing then
        elif not worlds.add_to_list(call.db, call.key.world_id, uuid, call.now()) and not call.strict:
            failed[uuid] = "Emote already associated"
        seen.add(uuid)
    body = {"status": "error" if failed else "success", "data": {"failed": failed}}
    return json_answer(body, 403 if failed else 200)


@Route(
    "GET",
    "/v1/virtual-world/emotes",
    query={"mature": Field("boolean")},
    mode="slow",
    tag="virtual-world",
    answers={200: "WorldEmotes"},
    deprecated=True,
)
def list_emotes(call: Call) -> Answer:
    """The virtual world's own list, or pages of the whole gallery where it has none."""
    mature = call.query.get("mature")
    avatar = call.key.configuration.get("defaultAvatarUuid")

    def right(asset: AssetRow) -> bool:
        return mature is None or asset.metadata.get("maturity") is mature

    if call.key.white_list:
        rows = [(row, asset) for row, asset in emotes.listed_assets(call.db, call.key.world_id) if right(asset)]
        found = emotes.files_of(call.db, [asset.id for _, asset in rows])
        return json_answer(
            [
                {
                    "id": row.id,
                    "emoteUuid": row.emote_uuid,
                    "virtualWorldId": row.world_id,
                    "createdAt": iso(row.created_at),
                    "data": asset_json(asset, found[asset.id], call.service.links, avatar),
                }
                for row, asset in rows
            ]
        )
    # The published server filters only a world's own list.
    gallery = [row for row in emotes.gallery(call.db, of_players=players_of(call)) if call.strict or right(row)]
    found = emotes.files_of(call.db, [row.id for row in gallery])
    assets = [asset_json(row, found[row.id], call.service.links, avatar) for row in gallery]
    pages = [assets[start : start + _GALLERY_PAGE] for start in range(0, max(1, len(assets)), _GALLERY_PAGE)]
    return json_answer([{"count": len(assets), "data": page} for page in pages])


@Route(
    "GET",
    "/v1/virtual-world/alias/{name}",
    params={"name": Field("string", required=True, about="Letter case does not matter.")},
    metered=False,
    tag="virtual-world",
    answers={200: "Alias"},
    errors={404: "notFound: no such alias, or no emote in it", 428: "the alias has several emotes but no rotation"},
    deprecated=True,
)
def alias(call: Call) -> Answer:
    """The emote that an alias stands for now. One with several emotes rotates through them."""
    name = call.params["name"]
    row = worlds.alias(call.db, call.key.world_id, name)
    if row is None:
        raise ApiError(404, "Alias not found")
    if not row.emotes:
        raise ApiError(404, f"no emote is available for alias {name}")
    index = 0
    if len(row.emotes) > 1:
        if not row.interval_ms or row.start_at is None:
            raise ApiError(428, f"You need to setup the interval & startDate for {name}")
        index = (call.now() - row.start_at) // row.interval_ms % len(row.emotes)
    asset = emotes.asset(call.db, row.emotes[index])
    if asset is None or emotes.hidden(asset):
        raise ApiError(404, "Emote not found")
    avatar = call.key.configuration.get("defaultAvatarUuid")
    files = emotes.files_of(call.db, [asset.id])[asset.id]
    return json_answer({"emoteUuid": asset.uuid, "data": asset_json(asset, files, call.service.links, avatar)})
