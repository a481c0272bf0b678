"""Emotes (docs/api-contract.md#2.4) and their files (docs/api-contract.md#6.1)."""

from __future__ import annotations

from .. import world as w
from ..suite import DEFAULT, STRICT, Bench, answers, ours, recorded, row

GET, FLAT = "GET /v1/emotes/{uuid}", "GET /v1/emotes/{uuid}/avatar/{avatarUuid}"
SEARCH, CATEGORIES, FILES = "GET /v1/emotes/search", "GET /v1/emotes/categories", "GET /user-data/{file}"
OFFERED = {w.DANCE, w.MATURE, w.PLAIN}


def gallery(bench: Bench, target: str, key: str) -> set[str]:
    """Return the ids of a list in pages."""
    return {emote["uuid"] for page in bench.expect(200, "GET", target, key=key) for emote in page["data"]}


@row(GET, "200 the emote with its files and avatars", "documented", "2.4")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", f"/v1/emotes/{w.DANCE}")
    told = {"uuid": w.DANCE, "name": "dance of joy", "type": "emote", "source": "backOffice"}
    assert value.items() >= told.items()
    kinds = {(file["name"], file["extension"]) for file in value["files"]}
    assert {("animation-v2", "glb"), ("animation-v2", "kinanim"), ("thumbnail", "gif"), ("gta", "ycd")} <= kinds
    assert {file["avatar"] for file in value["avatars"][w.AVATAR]} == {w.AVATAR}
    assert value["defaultThumbnailPngUrl"].endswith(".png") and value["defaultThumbnailGifUrl"].endswith(".gif")
    assert "tags" not in value and value["providers"] == [{"name": "KinePortal"}]


@row(GET, "200 thumbnails of the world's default avatar", "documented", "2.4")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", f"/v1/emotes/{w.DANCE}", key="gta")
    # The character has files of its own, but no moving picture among them.
    assert w.AVATAR in value["defaultThumbnailPngUrl"] and "defaultThumbnailGifUrl" not in value


@row(GET, "200 without files: empty, not absent", "documented", "12.3.6")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", f"/v1/emotes/{w.FOREIGN}", key="other")
    assert value["files"] == [] and value["avatars"] == {}


answers(GET, "404 no such emote", "2.4", "Emote not found", uuid=w.NOBODY)
answers(GET, "404 not offered to games", "2.4", "Emote not found", uuid=w.HIDDEN)
# The published server asks nobody whose emote it is.
answers(GET, "200 of another world", "2.4", uuid=w.FOREIGN, modes=STRICT)
ours(GET, "404 of another world", "2.4", "Emote not found", uuid=w.FOREIGN, modes=DEFAULT)
ours(GET, "404 an asset of another kind", "2.4", "Emote not found", uuid=w.VIDEO)
recorded(GET, "400 an id that is none", "11.16", '"params.uuid" must be a valid GUID', uuid="abc")


@row(GET, "200 an id in upper case", "recorded", "11.16")
def _(bench: Bench) -> None:
    assert bench.expect(200, "GET", f"/v1/emotes/{w.DANCE.upper()}")["uuid"] == w.DANCE


recorded(GET, "404 an id in braces", "11.16", "Emote not found", uuid=f"%7B{w.DANCE}%7D")


@row(GET, "304 for whoever has this very answer", "recorded", "11.27")
def _(bench: Bench) -> None:
    tag = bench.ask("GET", f"/v1/emotes/{w.DANCE}").header("etag")
    reply = bench.ask("GET", f"/v1/emotes/{w.DANCE}", headers=[("If-None-Match", tag or "")])
    assert (reply.status, reply.body) == (304, b"")


@row(FLAT, "200 a flat object, absent where there is no file", "documented", "2.4")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", f"/v1/emotes/{w.DANCE}/avatar/{w.AVATAR}")
    assert {"animationGlbUrl", "animationFbxUrl", "animationKinanimUrl", "thumbnailPngUrl", "avatarMappingUrl"} <= {
        *value
    }
    assert not {"files", "avatars", "unrealGlbUrl", "thumbnailGifUrl"} & set(value)


answers(FLAT, "404 no files for this avatar", "2.4", "Avatar not found", uuid=w.DANCE, avatarUuid=w.OTHER_AVATAR)
answers(FLAT, "404 no such emote", "2.4", "Emote not found", uuid=w.NOBODY)
ours(FLAT, "404 not offered to games", "11.2", "Emote not found", uuid=w.HIDDEN)
_outcome = "404 not in the world's own list, which is not asked"
answers(FLAT, _outcome, "2.4", "Avatar not found", uuid=w.PLAIN, key="listed", modes=STRICT)
answers(FLAT, "403 not in the world's own list", "2.4", "Emote not allowed", uuid=w.PLAIN, key="listed", modes=DEFAULT)
_details = '"params.avatarUuid" must be a valid GUID'
recorded(FLAT, "400 an avatar id that is none", "11.16", _details, uuid=w.DANCE, avatarUuid="x")


@row(SEARCH, "200 by words of the name", "documented", "2.4")
def _(bench: Bench) -> None:
    assert {emote["uuid"] for emote in bench.expect(200, "GET", "/v1/emotes/search?q=dance")} == {w.DANCE, w.MATURE}


@row(SEARCH, "200 at most size", "documented", "2.4")
def _(bench: Bench) -> None:
    assert len(bench.expect(200, "GET", "/v1/emotes/search?q=dance&size=1")) == 1


recorded(SEARCH, "200 nothing without any query", "11.3", [])
ours(SEARCH, "200 wild cards are plain letters", "2.4", [], query="q=%25")


for _query, _details in [
    ("size=4", '"query.q" is required'),
    ("q=" + "a" * 51, '"query.q" length must be less than or equal to 50 characters long'),
    ("q=a&size=0", '"query.size" must be larger than or equal to 1'),
    ("q=a&size=11", '"query.size" must be less than or equal to 10'),
]:
    answers(SEARCH, f"400 {_query[:12]}", "2.4", _details, query=_query)


@row(CATEGORIES, "200 those at the top, by name", "documented", "2.4")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", "/v1/emotes/categories")
    assert [entry["name"] for entry in value["data"]] == ["Dances", "Greetings"]


@row(CATEGORIES, "200 with those below", "documented", "2.4")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", "/v1/emotes/categories?includeSubCategories=true")
    assert [entry["name"] for entry in value["data"]] == ["Dances", "Greetings", "Waltz"]


@row(CATEGORIES, "200 a parent is taken and does nothing", "documented", "2.4", modes=STRICT)
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", f"/v1/emotes/categories?parentId={w.CATEGORIES[0]}")
    assert [entry["name"] for entry in value["data"]] == ["Dances", "Greetings"]


@row(CATEGORIES, "200 below one", "documented", "2.4", modes=DEFAULT)
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", f"/v1/emotes/categories?parentId={w.CATEGORIES[0]}")
    assert [entry["uuid"] for entry in value["data"]] == [w.CATEGORIES[2]]


# --- files ---


def _path(bench: Bench, name: str, extension: str) -> str:
    files = bench.ask("GET", f"/v1/emotes/{w.DANCE}").json["files"]
    url = next(file["url"] for file in files if (file["name"], file["extension"]) == (name, extension))
    assert url.startswith(bench.target.base + "/"), url
    return str(url[len(bench.target.base) :])


@row(FILES, "200 the bytes, without a key", "documented", "6.1")
def _(bench: Bench) -> None:
    for name, extension, data in (("animation-v2", "glb", w.GLB), ("thumbnail", "png", w.PNG)):
        reply = bench.ask("GET", _path(bench, name, extension), key=None)
        assert (reply.status, reply.body) == (200, data)
        assert reply.header("content-length") == str(len(data)) and reply.header("accept-ranges") == "bytes"


@row(FILES, "206 parts of a kinanim, as the players stream it", "documented", "6.1, 6.2")
def _(bench: Bench) -> None:
    path = _path(bench, "animation-v2", "kinanim")
    for text, start, end in (
        ("bytes=0-5000", 0, 5001),
        ("bytes=5001-", 5001, len(w.KINANIM)),
        ("bytes=-100", len(w.KINANIM) - 100, None),
    ):
        reply = bench.ask("GET", path, key=None, headers=[("Range", text)])
        assert reply.status == 206 and reply.body == w.KINANIM[start:end]
        last = (end or len(w.KINANIM)) - 1
        assert reply.header("content-range") == f"bytes {start}-{last}/{len(w.KINANIM)}"


@row(FILES, "416 beyond the end", "ours", "6.1")
def _(bench: Bench) -> None:
    reply = bench.ask("GET", _path(bench, "animation-v2", "kinanim"), key=None, headers=[("Range", "bytes=99999999-")])
    assert reply.status == 416 and reply.header("content-range") == f"bytes */{len(w.KINANIM)}"


@row(FILES, "200 the whole where If-Range names another version", "ours", "6.1")
def _(bench: Bench) -> None:
    path = _path(bench, "animation-v2", "kinanim")
    tag = bench.ask("GET", path, key=None).header("etag") or ""
    assert tag and not tag.startswith("W/")
    assert bench.ask("GET", path, key=None, headers=[("Range", "bytes=9-"), ("If-Range", tag)]).status == 206
    assert bench.ask("GET", path, key=None, headers=[("Range", "bytes=9-"), ("If-Range", '"other"')]).status == 200


@row(FILES, "304 for whoever has it", "ours", "10")
def _(bench: Bench) -> None:
    path = _path(bench, "thumbnail", "png")
    tag = bench.ask("GET", path, key=None).header("etag") or ""
    bench.expect(304, "GET", path, key=None, headers=[("If-None-Match", tag)])


@row(FILES, "200 HEAD tells the length", "recorded", "11.27")
def _(bench: Bench) -> None:
    reply = bench.ask("HEAD", _path(bench, "animation-v2", "glb"), key=None)
    assert reply.status == 200 and reply.body == b"" and reply.header("content-length") == str(len(w.GLB))


@row(FILES, "404 no such file", "ours", "6.1")
def _(bench: Bench) -> None:
    for file in (f"{w.NOBODY}-animation.glb", "../local.db", "x", f"{w.DANCE}-no.glb"):
        bench.expect(404, "GET", f"/user-data/{file}", key=None)
