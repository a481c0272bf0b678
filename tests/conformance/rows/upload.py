"""Uploads and what becomes of them, and online videos (docs/api-contract.md#2.7, #3)."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

from tests.support.fast_capture import held_clip
from tests.support.waiting import until

from .. import world as w
from ..forms import Form, Part, form, page
from ..suite import DEFAULT, STRICT, Bench, answers, each, ours, player_token, recorded, row
from .decision import RETAKE, VALIDATE

POST = "POST /v1/process"
WITH_CAPTURE = ("world", "capture")
KEYS_OF_201 = {
    "uuid", "name", "animation", "emote", "user", "video", "vw", "step", "progression", "maturity", "validated", "rejected", "key",
    "createdAt",
}  # fmt: skip


def upload(bench: Bench, status: int, token: str | None, sent: Form) -> Any:
    return bench.expect(status, "POST", "/v1/process", key=None, token=token, **sent)


def finished(bench: Bench, process: str, key: str) -> dict[str, Any]:
    """The process once it works no more."""

    def ended() -> dict[str, Any] | None:
        value: dict[str, Any] = bench.expect(200, "GET", f"/v1/process/{process}", key=key)
        over = value["step"] in {"done", "validated", "rejected"} or value["step"].endswith("_failed")
        return value if over else None

    found = until(ended, f"process {process}")
    assert found is not None
    return found


@row(POST, "201 the process, in its first step", "recorded", "2.7, 11.5", needs=WITH_CAPTURE)
def _(bench: Bench) -> None:
    value = upload(bench, 201, bench.token("player"), page())
    assert set(value) == KEYS_OF_201
    assert (value["step"], value["progression"], value["name"]) == ("initialized", 0, "victory spin")
    assert isinstance(value["createdAt"], int) and abs(value["createdAt"] / 1000 - time.time()) < 600
    assert None not in value.values()


@row(POST, "201 then done and in the bag, where there is no validation", "documented", "3.2", needs=WITH_CAPTURE)
def _(bench: Bench) -> None:
    user = bench.user()
    process = upload(bench, 201, bench.token(user), page(mature="true"))
    after = finished(bench, process["uuid"], "main")
    assert after["step"] == "done" and after["progression"] == 100 and after["maturity"] is True
    entry = bench.expect(200, "GET", f"/v1/users/{user}/emotes")[0]
    assert entry["emoteUuid"] == process["emote"] and entry["isUGE"] is True
    kinds = {(file["name"], file["extension"]) for file in entry["data"]["files"]}
    assert {("animation-v2", "glb"), ("animation-v2", "kinanim"), ("thumbnail", "png"), ("thumbnail", "gif")} <= kinds
    assert entry["data"]["source"] == "sdk" and entry["data"]["metadata"]["maturity"] is True


@row(POST, "201 then done and not in the bag, where the player decides", "documented", "3.2", needs=WITH_CAPTURE)
def _(bench: Bench) -> None:
    user = bench.user("valid")
    process = upload(bench, 201, bench.token(user, "valid"), page())
    assert finished(bench, process["uuid"], "valid")["step"] == "done"
    assert bench.expect(200, "GET", f"/v1/users/{user}/emotes", key="valid") == []
    bench.expect(200, "GET", f"/v1/emotes/{process['emote']}", key="valid")


@row(POST, "201 a retake has its parent, and is the last", "documented", "2.7", needs=WITH_CAPTURE)
def _(bench: Bench) -> None:
    user = bench.user("valid")
    first = upload(bench, 201, bench.token(user, "valid"), page())["uuid"]
    finished(bench, first, "valid")
    token = bench.expect(200, "POST", f"/v1/process/{first}/retake", key="valid")["uuid"]
    second = upload(bench, 201, token, page())
    assert set(second) == KEYS_OF_201 | {"parent"} and second["parent"] == first
    finished(bench, second["uuid"], "valid")
    rows = bench.expect(200, "GET", f"/v2/users/{user}/processes", key="valid")
    assert [(entry["uuid"], entry["hierarchy"]["parents"], entry["hierarchy"]["children"]) for entry in rows] == [
        (second["uuid"], 1, 0), (first, 0, 1),
    ]  # fmt: skip
    bench.refuse(404, "Process retake limit reached", "POST", f"/v1/process/{first}/retake", key="valid")


@row(POST, "201 then failed, with the reason", "documented", "2.7, 7", needs=WITH_CAPTURE)
def _(bench: Bench) -> None:
    process = upload(bench, 201, bench.token("player"), page(clip=b"REJECT:nobody\n"))
    after = finished(bench, process["uuid"], "main")
    assert (after["step"], after["mlReturnCode"]) == ("ml_failed", 6)
    # The published server has these words for it; by default the capture says more.
    published = "No character detected in the video"
    assert (after["errorMessage"] == published) is (bench.mode == "2024")


def _early(status: int, action: str, bench: Bench) -> None:
    user = bench.user("valid")
    with held_clip() as clip:
        process = upload(bench, 201, bench.token(user, "valid"), page(clip=clip))
        value = bench.expect(status, "POST", f"/v1/process/{process['uuid']}/{action}", key="valid")
    assert "not ready" in value["message"]
    finished(bench, process["uuid"], "valid")


row(VALIDATE, "425 not done yet", "documented", "5, 10", needs=WITH_CAPTURE, modes=DEFAULT)(
    partial(_early, 425, "validate")
)
row(VALIDATE, "403 not done yet", "recorded", "11.24", needs=WITH_CAPTURE, modes=STRICT)(
    partial(_early, 403, "validate")
)
row(RETAKE, "425 not done yet", "ours", "5, 10", needs=WITH_CAPTURE, modes=DEFAULT)(partial(_early, 425, "retake"))

GIVE = "POST /v1/users/{userId}/emotes/{emoteUuid}"


@row(GIVE, "425 still in the making", "ours", "5, 10", needs=WITH_CAPTURE, modes=DEFAULT)
def _(bench: Bench) -> None:
    user = bench.user()
    with held_clip() as clip:
        process = upload(bench, 201, bench.token(user), page(clip=clip))
        bench.expect(425, "POST", f"/v1/users/{user}/emotes/{process['emote']}")
        rows = bench.expect(200, "GET", f"/v2/users/{user}/processes")
    assert rows[0]["status"] in {"pending", "processing"}
    finished(bench, process["uuid"], "main")


# --- tokens ---


NO_TOKEN, WRONG_TOKEN = "Missing generation token", "Wrong generation token"
answers(POST, "401 no token", "1.3, 5", NO_TOKEN, key=None, **page())
answers(POST, "401 a key is no token", "1.3", NO_TOKEN, **page())
answers(POST, "403 a token that was never given", "5", WRONG_TOKEN, token=w.NOBODY, **page())
answers(POST, "403 a token that is no id", "5", WRONG_TOKEN, token="abc", **page())


@row(POST, "403 a token that was used", "documented", "1.3, 5", needs=WITH_CAPTURE)
def _(bench: Bench) -> None:
    token = bench.token("player")
    upload(bench, 201, token, page())
    bench.refuse(404, "Token not found", "GET", f"/v1/process/token/{token}", key=None)
    assert upload(bench, 403, token, page())["errorCode"] == "wrongToken"


@row(POST, "403 a token that has run out", "documented", "1.3, 5", needs=("world", "clock"))
def _(bench: Bench) -> None:
    token = bench.token("player")
    bench.target.shift(301)
    assert upload(bench, 403, token, page())["errorCode"] == "wrongToken"
    bench.target.shift(-301)


@row(POST, "400 keeps the token", "recorded", "11.18")
def _(bench: Bench) -> None:
    token = bench.token("player")
    upload(bench, 400, token, form([("video", b"x"), ("surprise", "1")]))
    bench.expect(200, "GET", f"/v1/process/token/{token}", key=None)


@row(POST, "404 burns the token", "recorded", "11.18")
def _(bench: Bench) -> None:
    token = bench.token("player")
    body = {"videoUuid": w.NOBODY, "name": "x"}
    bench.refuse(404, f"Cant find video uuid {w.NOBODY}", "POST", "/v1/process", token=token, json=body)
    bench.expect(404, "GET", f"/v1/process/token/{token}", key=None)


@row(POST, "429 the player's limit of the day", "documented", "2.7, 5", needs=WITH_CAPTURE)
def _(bench: Bench) -> None:
    """The limit is looked at where tokens are given; a token given before it was reached is still good."""
    user = bench.daily_user()
    first, second = bench.token(user, "daily"), bench.token(user, "daily")
    upload(bench, 201, first, page())
    message = "Too many processes for today for this user."
    bench.refuse(429, message, "GET", f"/v1/process/token?userId={user}", key="daily")
    bench.expect(200, "GET", f"/v1/process/token/{second}", key=None)


# --- the form ---


@row(POST, "400 a file and no text", "recorded", "11.1")
def _(bench: Bench) -> None:
    token = bench.token("player")
    value = upload(bench, 400, token, form([("video", b"clip")]))
    assert value["details"] == ['"body" is required', '"body" is required, "files" is not allowed']
    bench.expect(200, "GET", f"/v1/process/token/{token}", key=None)


_details: Any = ['"files" is required', '"body.videoUuid" is required']
answers(POST, "400 text and no file", "2.7", _details, token=player_token, **form([("name", "x")]))
_details = ['"body" is required, "files" is required', '"body" is required']
recorded(POST, "400 nothing at all", "11.3", _details, token=player_token)


# Form, then what is wrong with it as a file's and as a video's. Taken down from the library that the published server uses.
NO_ID, NO_FILES = '"body.videoUuid" is required', '"files" is not allowed'
TEXTS: list[tuple[str, list[Part], list[str]]] = [
    (
        "an empty name",
        [("name", ""), ("video", b"x")],
        [empty := '"body.name" is not allowed to be empty', f"{empty}, {NO_ID}, {NO_FILES}"],
    ),
    (
        "a flag that is none",
        [("mature", ""), ("start", ""), ("video", b"x")],
        [no_flag := '"body.mature" must be a boolean', f"{no_flag}, {NO_ID}, {NO_FILES}"],
    ),
    (
        "an id that is none",
        [("videoUuid", "abc")],
        ['"body.videoUuid" is not allowed, "files" is required', '"body.videoUuid" must be a valid GUID'],
    ),
    (
        "a file and an id that is none",
        [("videoUuid", "abc"), ("video", b"x")],
        ['"body.videoUuid" is not allowed', f'"body.videoUuid" must be a valid GUID, {NO_FILES}'],
    ),
]


@each(POST, "2.7, 11.18", {f"400 {name}": (parts, details) for name, parts, details in TEXTS})
def _(bench: Bench, faulty: tuple[list[Part], list[str]]) -> None:
    token = bench.token("player")
    parts, details = faulty
    bench.malformed(details, "POST", "/v1/process", token=token, **form(parts))
    bench.expect(200, "GET", f"/v1/process/token/{token}", key=None)


@row(POST, "400 values of other types", "documented", "2.7")
def _(bench: Bench) -> None:
    common = '"body.mature" must be a boolean, "body.end" must be one of [string, date], "body.name" must be a string'
    details = [
        f'{common}, "body.text" is not allowed, "files" is required',
        f'{common}, "body.videoUuid" is required, "body.text" is not allowed',
    ]
    body = {"name": None, "start": 5, "end": None, "text": "x", "mature": ""}
    bench.malformed(details, "POST", "/v1/process", token=bench.token("player"), json=body)


@row(POST, "403 an upload is a call of the plan, and burns the token", "documented", "1.4, 5")
def _(bench: Bench) -> None:
    """Three calls are in this plan: one was used before, one is the token, one the upload of somebody else."""
    for user in ("player", "player"):
        token = bench.token(user, "few_calls")
    body = {"videoUuid": w.VIDEO, "name": "x"}
    bench.refuse(403, "Plan limit reached", "POST", "/v1/process", token=token, json=body)
    bench.expect(404, "GET", f"/v1/process/token/{token}", key=None)


_details = [
    '"body.colour" is not allowed',
    '"body.videoUuid" is required, "body.colour" is not allowed, "files" is not allowed',
]
_sent = form([("name", "x"), ("video", b"x"), ("colour", "red")])
answers(POST, "400 an unknown field", "2", _details, token=player_token, **_sent)


@row(POST, "400 our own fields", "ours", "2", modes=STRICT)
def _(bench: Bench) -> None:
    for name, given in (("loop", "true"), ("face", "true"), ("body", "upper"), ("people", "all")):
        value = upload(bench, 400, bench.token("player"), form([("name", "x"), ("video", b"x"), (name, given)]))
        assert f'"body.{name}" is not allowed' in value["details"][0]


recorded(POST, "400 a prompt in place of a video", "11.17", token=player_token, json={"text": "dance"})
_sent = form([("videoUuid", w.VIDEO), ("video", b"x")])
recorded(POST, "400 both a file and a video's id", "11.17", token=player_token, **_sent)
_details = ['"query" is not allowed', '"body.videoUuid" is required, "files" is not allowed, "query" is not allowed']
recorded(POST, "400 an unknown query", "11.14", _details, query="a=1", token=player_token, **page())


@row(POST, "201 any name of the file's field, any type, any order", "documented", "2.7, 11.17", needs=WITH_CAPTURE)
def _(bench: Bench) -> None:
    ignored: list[Part] = [("x", "-1"), ("y", "abc"), ("outputWidth", "null")]
    forms = [
        form([("movie", b"clip"), ("name", "one")]),
        form([("name", "one"), ("video", b"clip")], kind="application/x-anything", filename="a.mkv"),
        form([("mature", "TRUE"), ("video", b"clip"), ("name", "one")]),
        form([*ignored, ("name", "one"), ("start", "soon"), ("video", b"clip")]),
    ]
    for sent in forms:
        assert upload(bench, 201, bench.token("player"), sent)["name"] == "one"


@row(POST, "201 the file's name where there is none", "recorded", "11.17", needs=WITH_CAPTURE)
def _(bench: Bench) -> None:
    sent = form([("start", ""), ("video", b"clip")], filename="my move.mov")
    assert upload(bench, 201, bench.token("player"), sent)["name"] == "my move.mov"


@row(POST, "201 of several files the first counts", "recorded", "11.17", needs=WITH_CAPTURE)
def _(bench: Bench) -> None:
    sent = form([("name", "two"), ("video", b"REJECT:nobody\n"), ("other", b"clip")])
    process = upload(bench, 201, bench.token("player"), sent)["uuid"]
    assert finished(bench, process, "main")["step"] == "ml_failed"


@row(POST, "201 from a video's id, as JSON or urlencoded", "recorded", "11.17", needs=WITH_CAPTURE)
def _(bench: Bench) -> None:
    video = bench.ask("POST", "/v1/process", token=bench.token("player"), json={"videoUuid": w.VIDEO, "name": "j"})
    kind = [("Content-Type", "application/x-www-form-urlencoded")]
    body = f"videoUuid={w.VIDEO}&name=u".encode()
    coded = bench.ask("POST", "/v1/process", token=bench.token("player"), headers=kind, body=body)
    assert (video.status, coded.status) == (201, 201) and video.json["video"] == coded.json["video"] == w.VIDEO


@row(POST, "400 the id of something that is no video", "documented", "5")
def _(bench: Bench) -> None:
    body = {"videoUuid": w.ANIMATION, "name": "x"}
    value = bench.expect(400, "POST", "/v1/process", token=bench.token("player"), json=body)
    assert value["message"] == "uuid is not an video uuid"


_sent = page()
_sent["body"] = _sent["body"][:-20]
ours(POST, "400 a form that ends too early", "2.7", token=player_token, **_sent)
