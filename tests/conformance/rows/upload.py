"""Uploads and what becomes of them, and online videos (docs/api-contract.md#2.7, #3)."""

from __future__ import annotations

import time
from typing import Any

from tests.support.fast_capture import held_clip
from tests.support.waiting import until

from .. import world as w
from ..forms import Part, form, page
from ..suite import Bench, row

POST = "POST /v1/process"
WITH_CAPTURE = ("world", "capture")
KEYS_OF_201 = {
    "uuid", "name", "animation", "emote", "user", "video", "vw", "step", "progression", "maturity", "validated", "rejected", "key",
    "createdAt",
}  # fmt: skip


def upload(bench: Bench, status: int, token: str | None, sent: tuple[Any, bytes], **options: Any) -> Any:
    headers, body = sent
    return bench.expect(status, "POST", "/v1/process", key=None, token=token, headers=headers, body=body, **options)


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
    bench.refuse(404, "notFound", "Process retake limit reached", "POST", f"/v1/process/{first}/retake", key="valid")


@row(POST, "201 then failed, with the reason", "documented", "2.7, 7", needs=WITH_CAPTURE)
def _(bench: Bench) -> None:
    process = upload(bench, 201, bench.token("player"), page(clip=b"REJECT:nobody\n"))
    after = finished(bench, process["uuid"], "main")
    assert (after["step"], after["mlReturnCode"]) == ("ml_failed", 6)
    # The published server has these words for it; by default the capture says more.
    published = "No character detected in the video"
    assert (after["errorMessage"] == published) is (bench.mode == "2024")


@row(
    "POST /v1/process/{uuid}/validate", "425 not done yet", "documented", "5, 10", needs=WITH_CAPTURE, modes=("1.4.45",)
)
def _(bench: Bench) -> None:
    _early(bench, 425, "validate")


@row("POST /v1/process/{uuid}/validate", "403 not done yet", "recorded", "11.24", needs=WITH_CAPTURE, modes=("2024",))
def _(bench: Bench) -> None:
    _early(bench, 403, "validate")


@row("POST /v1/process/{uuid}/retake", "425 not done yet", "ours", "5, 10", needs=WITH_CAPTURE, modes=("1.4.45",))
def _(bench: Bench) -> None:
    _early(bench, 425, "retake")


def _early(bench: Bench, status: int, action: str) -> None:
    user = bench.user("valid")
    with held_clip() as clip:
        process = upload(bench, 201, bench.token(user, "valid"), page(clip=clip))
        value = bench.expect(status, "POST", f"/v1/process/{process['uuid']}/{action}", key="valid")
    assert "not ready" in value["message"]
    finished(bench, process["uuid"], "valid")


@row(
    "POST /v1/users/{userId}/emotes/{emoteUuid}",
    "425 still in the making",
    "ours",
    "5, 10",
    needs=WITH_CAPTURE,
    modes=("1.4.45",),
)
def _(bench: Bench) -> None:
    user = bench.user()
    with held_clip() as clip:
        process = upload(bench, 201, bench.token(user), page(clip=clip))
        bench.expect(425, "POST", f"/v1/users/{user}/emotes/{process['emote']}")
        rows = bench.expect(200, "GET", f"/v2/users/{user}/processes")
    assert rows[0]["status"] in {"pending", "processing"}
    finished(bench, process["uuid"], "main")


# --- tokens ---


@row(POST, "401 no token", "documented", "1.3, 5")
def _(bench: Bench) -> None:
    value = upload(bench, 401, None, page())
    assert (value["errorCode"], value["message"]) == ("missingToken", "Missing generation token")


@row(POST, "401 a key is no token", "documented", "1.3")
def _(bench: Bench) -> None:
    headers, body = page()
    bench.refuse(
        401, "missingToken", "Missing generation token", "POST", "/v1/process", key="main", headers=headers, body=body
    )


@row(POST, "403 a token that was never given", "documented", "5")
def _(bench: Bench) -> None:
    value = upload(bench, 403, w.NOBODY, page())
    assert (value["errorCode"], value["message"]) == ("wrongToken", "Wrong generation token")


@row(POST, "403 a token that is no id", "documented", "5")
def _(bench: Bench) -> None:
    assert upload(bench, 403, "abc", page())["errorCode"] == "wrongToken"


@row(POST, "403 a token that was used", "documented", "1.3, 5", needs=WITH_CAPTURE)
def _(bench: Bench) -> None:
    token = bench.token("player")
    upload(bench, 201, token, page())
    bench.refuse(404, "notFound", "Token not found", "GET", f"/v1/process/token/{token}", key=None)
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
    bench.refuse(404, "notFound", f"Cant find video uuid {w.NOBODY}", "POST", "/v1/process", token=token, json=body)
    bench.expect(404, "GET", f"/v1/process/token/{token}", key=None)


@row(POST, "429 the player's limit of the day", "documented", "2.7, 5", needs=WITH_CAPTURE)
def _(bench: Bench) -> None:
    """The limit is looked at where tokens are given; a token given before it was reached is still good."""
    user = bench.daily_user()
    first, second = bench.token(user, "daily"), bench.token(user, "daily")
    upload(bench, 201, first, page())
    message = "Too many processes for today for this user."
    bench.refuse(429, "tooManyUserProcesses", message, "GET", f"/v1/process/token?userId={user}", key="daily")
    bench.expect(200, "GET", f"/v1/process/token/{second}", key=None)


# --- the form ---


@row(POST, "400 a file and no text", "recorded", "11.1")
def _(bench: Bench) -> None:
    token = bench.token("player")
    value = upload(bench, 400, token, form([("video", b"clip")]))
    assert value["details"] == ['"body" is required', '"body" is required, "files" is not allowed']
    bench.expect(200, "GET", f"/v1/process/token/{token}", key=None)


@row(POST, "400 text and no file", "documented", "2.7")
def _(bench: Bench) -> None:
    value = upload(bench, 400, bench.token("player"), form([("name", "x")]))
    assert value["details"] == ['"files" is required', '"body.videoUuid" is required']


@row(POST, "400 nothing at all", "recorded", "11.3")
def _(bench: Bench) -> None:
    details = ['"body" is required, "files" is required', '"body" is required']
    bench.malformed(details, "POST", "/v1/process", token=bench.token("player"))


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
for _name, _parts, _details in TEXTS:

    def _texts(bench: Bench, parts: Any = _parts, details: Any = _details) -> None:
        token = bench.token("player")
        headers, body = form(parts)
        bench.malformed(details, "POST", "/v1/process", token=token, headers=headers, body=body)
        bench.expect(200, "GET", f"/v1/process/token/{token}", key=None)

    row(POST, f"400 {_name}", "documented", "2.7, 11.18")(_texts)


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
    bench.refuse(403, "planLimitReached", "Plan limit reached", "POST", "/v1/process", token=token, json=body)
    bench.expect(404, "GET", f"/v1/process/token/{token}", key=None)


@row(POST, "400 an unknown field", "documented", "2")
def _(bench: Bench) -> None:
    value = upload(bench, 400, bench.token("player"), form([("name", "x"), ("video", b"x"), ("colour", "red")]))
    assert value["details"] == [
        '"body.colour" is not allowed',
        '"body.videoUuid" is required, "body.colour" is not allowed, "files" is not allowed',
    ]


@row(POST, "400 our own fields", "ours", "2", modes=("2024",))
def _(bench: Bench) -> None:
    for name, given in (("loop", "true"), ("face", "true"), ("body", "upper"), ("people", "all")):
        value = upload(bench, 400, bench.token("player"), form([("name", "x"), ("video", b"x"), (name, given)]))
        assert f'"body.{name}" is not allowed' in value["details"][0]


@row(POST, "400 a prompt in place of a video", "recorded", "11.17")
def _(bench: Bench) -> None:
    bench.expect(400, "POST", "/v1/process", token=bench.token("player"), json={"text": "dance"})


@row(POST, "400 both a file and a video's id", "recorded", "11.17")
def _(bench: Bench) -> None:
    upload(bench, 400, bench.token("player"), form([("videoUuid", w.VIDEO), ("video", b"x")]))


@row(POST, "400 an unknown query", "recorded", "11.14")
def _(bench: Bench) -> None:
    headers, body = page()
    value = bench.expect(400, "POST", "/v1/process?a=1", token=bench.token("player"), headers=headers, body=body)
    assert value["details"] == [
        '"query" is not allowed',
        '"body.videoUuid" is required, "files" is not allowed, "query" is not allowed',
    ]


@row(POST, "201 any name of the file's field, any type, any order", "documented", "2.7, 11.17", needs=WITH_CAPTURE)
def _(bench: Bench) -> None:
    forms = [
        form([("movie", b"clip"), ("name", "one")]),
        form([("name", "one"), ("video", b"clip")], kind="application/x-anything", filename="a.mkv"),
        form([("mature", "TRUE"), ("video", b"clip"), ("name", "one")]),
        form(
            [("x", "-1"), ("y", "abc"), ("outputWidth", "null"), ("name", "one"), ("start", "soon"), ("video", b"clip")]
        ),
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
    value = bench.expect(
        400, "POST", "/v1/process", token=bench.token("player"), json={"videoUuid": w.ANIMATION, "name": "x"}
    )
    assert value["message"] == "uuid is not an video uuid"


@row(POST, "400 a form that ends too early", "ours", "2.7")
def _(bench: Bench) -> None:
    headers, body = page()
    bench.expect(400, "POST", "/v1/process", token=bench.token("player"), headers=headers, body=body[:-20])
