"""The virtual world: configuration, white-list and aliases (docs/api-contract.md#2.2, #2.3)."""

from __future__ import annotations

from typing import Any

from .. import world as w
from ..suite import DEFAULT, STRICT, Bench, answers, recorded, row
from .bag import ids
from .emotes import OFFERED, gallery

GET, PUT = "GET /v1/virtual-world/config", "PUT /v1/virtual-world/config"
ADD, LIST, ALIAS = "POST /v1/virtual-world/emotes", "GET /v1/virtual-world/emotes", "GET /v1/virtual-world/alias/{name}"
CONFIG, EMOTES = "/v1/virtual-world/config", "/v1/virtual-world/emotes"


def configured(bench: Bench, **values: Any) -> dict[str, Any]:
    """Change the configuration of a new world, and return all of it."""
    bench.expect(200, "PUT", CONFIG, key="config", json=values)
    found: dict[str, Any] = bench.expect(200, "GET", CONFIG, key="config")
    return found


@row(GET, "200 name and configuration, side by side", "documented", "2.2")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", CONFIG, key="valid")
    assert value["name"] == "World valid" and value["ugcValidation"] == {"maxRetry": 1} and value["allowUGC"] is True


@row(GET, "200 an avatar that is not set is absent", "recorded", "11.22")
def _(bench: Bench) -> None:
    assert "defaultAvatarUuid" not in bench.expect(200, "GET", CONFIG)


@row(PUT, "200 the message and the world", "documented", "2.2")
def _(bench: Bench) -> None:
    body = {"webhookUri": "https://game.example/hook", "name": "My Arena"}
    value = bench.expect(200, "PUT", CONFIG, key="config", json=body)
    assert value["message"] == "VirtualWorld updated successfully"
    assert set(value["data"]) == {"uuid", "name", "planId", "configuration", "isDeleted", "createdAt"}
    assert value["data"]["configuration"]["webhookUri"] == body["webhookUri"]
    assert value["data"]["name"] == body["name"]
    assert bench.expect(200, "GET", CONFIG, key="config")["name"] == "My Arena"


@row(PUT, "200 null is kept as null", "recorded", "11.22")
def _(bench: Bench) -> None:
    value = configured(bench, webhookUri=None, website=None)
    assert value["webhookUri"] is None and value["website"] is None


@row(PUT, "200 booleans as text", "recorded", "11.22")
def _(bench: Bench) -> None:
    assert configured(bench, enableGTAV="true")["enableGTAV"] is True


recorded(PUT, "200 a webhook of any scheme", "11.22", key="config", json={"webhookUri": "ftp://game.example/hook"})


@row(PUT, "200 the upload page under its odd name", "documented", "2.2")
def _(bench: Bench) -> None:
    configured(bench, ugcFrontentUrl="https://page.example/x")
    user = bench.user("config")
    url = bench.expect(200, "GET", f"/v1/process/token?userId={user}", key="config")["url"]
    assert url.startswith("https://page.example/x/?token=")


@row(PUT, "200 validation with a number of retakes", "ours", "2.2", modes=DEFAULT)
def _(bench: Bench) -> None:
    assert configured(bench, ugcValidation={"maxRetry": 3})["ugcValidation"] == {"maxRetry": 3}


_retakes, _details = {"ugcValidation": {"maxRetry": 3}}, '"body.ugcValidation" must be a boolean'
_outcome = "400 validation with a number of retakes"
recorded(PUT, _outcome, "11.22", _details, key="config", json=_retakes, modes=STRICT)


@row(PUT, "200 an avatar left out stays", "ours", "11.3", modes=DEFAULT)
def _(bench: Bench) -> None:
    configured(bench, defaultAvatarUuid=w.AVATAR)
    assert configured(bench, website="x")["defaultAvatarUuid"] == w.AVATAR


@row(PUT, "200 an avatar left out is unset", "recorded", "2.2, 11.3", modes=STRICT)
def _(bench: Bench) -> None:
    configured(bench, defaultAvatarUuid=w.AVATAR)
    assert "defaultAvatarUuid" not in configured(bench, website="x")


recorded(PUT, "200 no body", "11.3", key="config")


EMPTY, NO_TEXT = '"body.name" is not allowed to be empty', '"body.website" must be a string'
UNKNOWN = '"body.x" is not allowed'
for _body, _details in [
    ({"name": "ab"}, '"body.name" length must be at least 3 characters long'),
    ({"name": "a" * 26}, '"body.name" length must be less than or equal to 25 characters long'),
    ({"webhookUri": ""}, '"body.webhookUri" is not allowed to be empty'),
    ({"webhookUri": "no address"}, '"body.webhookUri" must be a valid uri'),
    ({"defaultAvatarUuid": "x"}, '"body.defaultAvatarUuid" must be a valid GUID'),
    ({"enableGTAV": "yes"}, '"body.enableGTAV" must be a boolean'),
    ({"allowUGC": True}, '"body.allowUGC" is not allowed'),
    ({"maxEmotes": 5}, '"body.maxEmotes" is not allowed'),
    ({"webhookUri": "http://x/ä"}, '"body.webhookUri" must be a valid uri'),
    ({"website": 5, "x": 1, "name": ""}, f"{EMPTY}, {NO_TEXT}, {UNKNOWN}"),
]:
    answers(PUT, f"400 {str(_body)[1:26]}", "2.2", _details, key="config", json=_body)


# --- the world's own list ---


_answer = {"status": "success", "data": {"failed": {}}}
answers(ADD, "200 none failed", "2.3", _answer, key="gta", json={"uuids": [w.DANCE]})


@row(ADD, "403 with each failure, the good ones are added", "documented", "2.3")
def _(bench: Bench) -> None:
    body = {"uuids": [w.NOBODY, w.BAG[0], w.HIDDEN, w.PLAIN]}
    value = bench.expect(403, "POST", EMOTES, key="listed_more", json=body)
    assert value["status"] == "error"
    # The published server takes every emote there is.
    failed = (w.NOBODY,) if bench.mode == "2024" else (w.NOBODY, w.BAG[0], w.HIDDEN)
    assert value["data"]["failed"] == dict.fromkeys(failed, "Emote does not exist")
    assert w.PLAIN in {entry["emoteUuid"] for entry in bench.expect(200, "GET", EMOTES, key="listed_more")}


@row(ADD, "403 the same twice in one call", "recorded", "11.9")
def _(bench: Bench) -> None:
    value = bench.expect(403, "POST", EMOTES, key="no_uge", json={"uuids": [w.MATURE, w.MATURE]})
    assert value["data"]["failed"] == {w.MATURE: "Emote already associated"}


answers(ADD, "400 none at all", "2.3", '"body.uuids" does not contain 1 required value(s)', json={"uuids": []})


@row(ADD, "400 nothing but wrong ones", "documented", "2.3")
def _(bench: Bench) -> None:
    wrong = '"body.uuids[0]" must be a valid GUID, "body.uuids[1]" must be a string'
    details = f'{wrong}, "body.uuids" does not contain 1 required value(s)'
    bench.malformed(details, "POST", EMOTES, json={"uuids": ["x", 5]})


answers(ADD, "400 no list", "2.3", '"body.uuids" must be an array', json={"uuids": w.DANCE})
_details = '"body.uuids[1]" must be a valid GUID'
answers(ADD, "400 an entry that is no id", "2.3", _details, json={"uuids": [w.DANCE, "x"]})


@row(ADD, "400 no body", "ours", "11.3")
def _(bench: Bench) -> None:
    """The published server answers 500; it looks at the key before."""
    bench.malformed('"body" is required', "POST", EMOTES)
    bench.refuse(401, "Missing API key", "POST", EMOTES, key=None)


@row(LIST, "200 the world's own list", "documented", "2.3")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", EMOTES, key="listed")
    assert {w.DANCE, w.MATURE} <= {entry["emoteUuid"] for entry in value}
    assert all(entry["data"]["uuid"] == entry["emoteUuid"] and isinstance(entry["id"], int) for entry in value)


@row(LIST, "200 only mature ones", "documented", "2.3, 2.4")
def _(bench: Bench) -> None:
    assert ids(bench.expect(200, "GET", f"{EMOTES}?mature=true", key="listed")) == [w.MATURE]


@row(LIST, "200 the gallery in pages where there is no list", "documented", "2.3")
def _(bench: Bench) -> None:
    assert gallery(bench, EMOTES, "other") == OFFERED


@row(LIST, "200 no flag fits neither filter", "documented", "2.4", modes=DEFAULT)
def _(bench: Bench) -> None:
    for flag in ("true", "false"):
        assert w.PLAIN not in gallery(bench, f"{EMOTES}?mature={flag}", "other")


# --- aliases ---


@row(ALIAS, "200 one emote", "documented", "2.3")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", "/v1/virtual-world/alias/daily")
    assert value["emoteUuid"] == value["data"]["uuid"] == w.DANCE


answers(ALIAS, "200 letter case does not matter", "2.3", name="DAILY")


@row(ALIAS, "200 the first of a rotation", "documented", "2.3")
def _(bench: Bench) -> None:
    assert bench.expect(200, "GET", "/v1/virtual-world/alias/rota")["emoteUuid"] == w.PLAIN


@row(ALIAS, "200 a rotation moves on with time", "documented", "2.3", needs=("world", "clock"))
def _(bench: Bench) -> None:
    bench.target.shift(10**11)
    assert bench.expect(200, "GET", "/v1/virtual-world/alias/rota")["emoteUuid"] == w.MATURE
    bench.target.shift(-(10**11))


_message = "You need to setup the interval & startDate for stuck"
answers(ALIAS, "428 several emotes and no rotation", "2.3", _message, name="stuck")
answers(ALIAS, "404 no such alias", "2.3", "Alias not found", name="none")
answers(ALIAS, "404 an alias without emotes", "2.3", "no emote is available for alias Empty", name="Empty")
answers(ALIAS, "404 the alias of another world", "2.3", "Alias not found", key="other")
