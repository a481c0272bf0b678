"""/v1/users/{userId}/emotes: the bag."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, unquote_plus

from pydantic_core import to_json

from kinetix_local.api.caches.bags import Asked, Bag, Owner
from kinetix_local.api.errors import ApiError
from kinetix_local.api.forms import asset_json, bag_json
from kinetix_local.api.routes.catalogue import visible, whole
from kinetix_local.api.routes.users import USER_ID, find_user
from kinetix_local.api.schema import PUBLISHED_LENGTH, Field
from kinetix_local.api.wire import Answer, Call, Route, json_answer, packed_answer
from kinetix_local.store import emotes, process_steps, processes, worlds

_PLACE = {**USER_ID, "emoteUuid": Field("uuid", required=True, about="Of the emote.")}
_PATH = "/v1/users/{userId}/emotes/{emoteUuid}"
_LIMIT = 1000


def cached_bag(call: Call) -> Answer | None:
    """The page from the cache alone, quick enough for the event loop; None when it has to be read."""
    if "since" in call.query or "until" in call.query:
        return None
    known = call.service.bags.fresh(_owner(call), call.service.clock.ticks())
    page = None if known is None else known.pages.get(_asked(call))
    return None if page is None else _answer(call, page, 208)


def _owner(call: Call) -> Owner:
    return call.key.world_id, call.params["userId"]


def _asked(call: Call) -> Asked:
    return call.query["offset"], call.query["limit"], call.query.get("mature")


@Route(
    "GET",
    "/v1/users/{userId}/emotes",
    params=USER_ID,
    query={
        "mature": Field("boolean", about="Only emotes whose mature flag is this."),
        "limit": Field("integer", default=_LIMIT, low=0),
        "offset": Field("integer", default=0, low=0),
        "since": Field("date"),
        "until": Field("date"),
    },
    mode="slow",
    quick=cached_bag,
    tag="users",
    answers={200: "Bag", 208: "Bag"},
    errors={404: "notFound: User not found."},
)
def bag(call: Call) -> Answer:
    """The user's emotes, newest first, by pages. 208 tells that a cached list was read."""
    if "since" in call.query or "until" in call.query:
        return _answer(call, _read(call)[1], 200)
    bags, owner, asked = call.service.bags, _owner(call), _asked(call)
    with bags.reading(owner):
        now, version = call.service.clock.ticks(), bags.version
        known = bags.fresh(owner, now)
        page = None if known is None else known.pages.get(asked)
        if page is None:
            user_id, page = _read(call)
            bag = known or Bag(user_id, now + int(call.service.settings.cache_life_s * 1000))
            bags.keep(owner, bag.with_page(asked, page), version)
    return _answer(call, page, 200 if known is None else 208)


def _read(call: Call) -> tuple[int, tuple[bytes, int]]:
    """Return the user, and the JSON list of one page with the number of rows on all."""
    service, (offset, limit, mature) = call.service, _asked(call)
    since, until = call.query.get("since"), call.query.get("until")
    found = emotes.bag_page(call.db, *_owner(call), limit, offset, mature=mature, since=since, until=until)
    if found is None:
        raise ApiError(404, "User not found.")
    user_id, entries, total = found
    avatar = call.key.configuration.get("defaultAvatarUuid")
    service.meter.active(call.key, "user", str(user_id))
    packed = [bag_json(row, asset_json(asset, files, service.links, avatar)) for row, asset, files in entries]
    return user_id, (to_json(packed), total)  # no database has half a character, which this encoder refuses


def _answer(call: Call, page: tuple[bytes, int], status: int) -> Answer:
    return packed_answer(page[0], status, _paging(call, call.query["offset"], call.query["limit"], page[1]))


def _paging(call: Call, offset: int, limit: int, total: int) -> list[tuple[bytes, bytes]]:
    """`x-pagination-…`: the number of rows, and addresses of the pages around this one (relative, with the query as it came)."""
    last = max(0, total - 1) // limit * limit if limit else 0
    following, before = offset + limit, max(0, offset - limit)
    if call.strict and limit:
        # The published server counts whole pages, so that an offset between two pages is taken for the later one.
        page = -(-offset // limit)
        following, before = limit * (page + 1), max(0, page - 1) * limit
    elif offset >= total and not call.strict:
        before = last  # beyond the end; the published server goes back a page at a time, through empty ones
    headers = [
        (b"x-pagination-length", b"%d" % total),
        (b"x-pagination-first-page", _page_url(call, 0)),
        (b"x-pagination-last-page", _page_url(call, last)),
    ]
    if limit and (following <= last if call.strict else following < total):
        headers.append((b"x-pagination-next-page", _page_url(call, following)))
    if offset > 0:
        headers.append((b"x-pagination-previous-page", _page_url(call, before)))
    return headers


def _page_url(call: Call, offset: int) -> bytes:
    """The path as it was sent and the query without its escapes, in its order, with another `offset`."""
    pairs = [unquote_plus(pair) for pair in call.scope["query_string"].decode("utf-8").split("&") if pair]
    names = [pair.partition("=")[0] for pair in pairs]
    if "offset" in names:
        pairs[names.index("offset")] = f"offset={offset}"
    else:
        pairs.append(f"offset={offset}")
    path = (call.scope.get("raw_path") or quote(call.scope["path"]).encode()).decode("latin-1")
    # A header holds no line breaks and only Latin letters; what does not fit goes back to its escape.
    return b"".join(
        letter.encode() if " " <= letter <= "~" else b"".join(b"%%%02X" % byte for byte in letter.encode())
        for letter in f"{path}?{'&'.join(pairs)}"
    )


def _not_yet(call: Call, emote: str) -> None:
    """Refuse while the emote is still being made: 425, as the API's list of codes has it; the older server knew none."""
    if call.strict:
        return
    process = processes.of_emote(call.db, emote, call.key.world_id)
    if process is not None and process_steps.group(process.step) in {"pending", "processing"}:
        raise ApiError(425, "Emote is not available yet")


def _held() -> Answer:
    return json_answer({"message": "Emote already attributed to user", "data": {}})


@Route(
    "POST",
    _PATH,
    auth="write",
    params=_PLACE,
    mode="write",
    tag="users",
    answers={200: "Message"},
    errors={
        404: "notFound: User not found, Emote not found",
        403: "emoteNotAvailable, emoteNotAllowed",
        425: "still in the making",
    },
)
def assign(call: Call) -> Answer:
    """Gives an emote to a user. Giving it again changes nothing and is no error."""
    user = find_user(call, call.params["userId"])
    uuid = call.params["emoteUuid"]
    _not_yet(call, uuid)
    held = call.strict and call.service.bags.fresh(_owner(call), call.service.clock.ticks()) is not None
    if held and emotes.bag_row(call.db, user.id, uuid) is not None:
        return _held()  # the published server looks into the cached bag before it looks at the emote
    asset = emotes.asset(call.db, uuid)
    if asset is None or (call.strict and emotes.hidden(asset)):
        raise ApiError(404, "Emote not found")
    if not emotes.offered(asset):
        raise ApiError(403, "Emote not available on SDK", "emoteNotAvailable")
    visible(call, uuid)
    if call.key.white_list and not worlds.listed(call.db, call.key.world_id, uuid):
        raise ApiError(403, "Emote not allowed", "emoteNotAllowed")
    # What a player made stays so when it comes back; to the published server it is a gift then.
    own = not call.strict and emotes.was_own(call.db, user.id, uuid)
    if not emotes.give(call.db, user.id, uuid, call.now(), uge=own):
        return _held()
    call.after(lambda: call.service.changed_for([user.id]))
    return json_answer({"status": "success", "message": "Emote successfully attributed to user."})


@Route(
    "PUT",
    _PATH,
    auth="write",
    params=_PLACE,
    body={"name": Field("string", low=4, high=16, about="The new name.")},
    needs_body="first",
    mode="write",
    tag="users",
    answers={200: "Asset"},
    errors={404: "notFound: User not found", 425: "still in the making"},
)
def rename(call: Call) -> Answer:
    """Renames an emote that the user owns, and its process."""
    user = find_user(call, call.params["userId"])
    uuid = call.params["emoteUuid"]
    _not_yet(call, uuid)
    asset = emotes.asset(call.db, uuid)
    if asset is None or emotes.bag_row(call.db, user.id, uuid) is None:
        raise ApiError(403, "User does not own the specified emote.")
    name = call.body["name"]
    emotes.rename(call.db, uuid, name)
    process = processes.of_emote(call.db, uuid, call.key.world_id)
    if process is not None:
        processes.change(call.db, process.uuid, call.now(), name=name)
    # Others may hold it as well; the published server forgets only this bag, theirs show the old name until they run out.
    shown_to = [user.id] if call.strict else emotes.holders(call.db, uuid)
    call.after(lambda: call.service.changed_for(shown_to, uuid))
    return json_answer(whole(call, asset._replace(name=name)))


@Route(
    "DELETE",
    _PATH,
    auth="write",
    params=_PLACE,
    body={"reason": Field("string", high=1000, about="Kept with the row.")},
    strict_body={"reason": Field("string", high=PUBLISHED_LENGTH)},
    mode="write",
    tag="users",
    answers={200: "Message"},
    errors={404: "notFound: User not found, Emote not attributed to user"},
)
def remove(call: Call) -> Answer:
    """Takes an emote out of the bag. The row stays, marked as deleted, with the reason."""
    user = find_user(call, call.params["userId"])
    reason: Any = (call.body or {}).get("reason")
    if not emotes.remove(call.db, user.id, call.params["emoteUuid"], call.now(), reason):
        raise ApiError(404, "Emote not attributed to user")
    call.after(lambda: call.service.changed_for([user.id]))
    return json_answer({"status": "success", "message": "Emote successfully removed from user."})
