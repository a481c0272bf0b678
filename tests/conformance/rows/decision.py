"""The player's decision about a take: acceptance and retakes (docs/api-contract.md#2.7, #3.2)."""

from __future__ import annotations

from .. import world as w
from ..suite import Bench, answers, recorded, row
from .bag import bag, ids
from .process import expect_token

VALIDATE, RETAKE = "POST /v1/process/{uuid}/validate", "POST /v1/process/{uuid}/retake"
NOT_READY = "Process is not ready to be validated"
NO_FLOW = "This route is disabled when validation flow is disabled. Check settings."


@row(VALIDATE, "200 accepted, and in the bag", "documented", "2.7, 11.24")
def _(bench: Bench) -> None:
    process, emote, user = bench.take("valid")
    value = bench.expect(200, "POST", f"/v1/process/{process}/validate", key="valid")
    assert value["validated"] is True and value["step"] == "validated" and "hierarchy" not in value
    entry = bench.expect(200, "GET", f"/v1/users/{user}/emotes", key="valid")[0]
    assert entry["emoteUuid"] == emote and entry["isUGE"] is True


answers(VALIDATE, "200 render_done counts as done", "3.1", uuid=w.RENDERED, key="valid")


for _name in ("validated", "rejected", "transcode_failed", "many"):
    recorded(VALIDATE, f"403 {_name}", "11.24", NOT_READY, uuid=w.state(_name), key="valid")


@row(VALIDATE, "403 the second time", "recorded", "11.24")
def _(bench: Bench) -> None:
    process, _, _ = bench.take("valid")
    bench.expect(200, "POST", f"/v1/process/{process}/validate", key="valid")
    bench.refuse(403, NOT_READY, "POST", f"/v1/process/{process}/validate", key="valid")


@row(VALIDATE, "403 the world has no validation, whatever the process", "documented", "2.7")
def _(bench: Bench) -> None:
    for process in (bench.take("main")[0], w.NOBODY):
        bench.refuse(403, NO_FLOW, "POST", f"/v1/process/{process}/validate")


answers(VALIDATE, "404 no such process", "2.7", "Process not found", uuid=w.NOBODY, key="valid")


@row(VALIDATE, "404 of another world", "ours", "11.23")
def _(bench: Bench) -> None:
    process, _, _ = bench.take("valid")
    bench.refuse(404, "Process not found", "POST", f"/v1/process/{process}/validate", key="valid_true")


@row(RETAKE, "200 a new token, and the take is given up", "documented", "2.7")
def _(bench: Bench) -> None:
    process, _, _ = bench.take("valid")
    value = bench.expect(200, "POST", f"/v1/process/{process}/retake", key="valid")
    expect_token(bench, value)
    assert bench.expect(200, "GET", f"/v1/process/token/{value['uuid']}", key=None)["retake"] is True
    after = bench.expect(200, "GET", f"/v1/process/{process}", key="valid")
    assert after["rejected"] is True and after["step"] == "rejected"


@row(RETAKE, "200 again before it was used", "documented", "2.7")
def _(bench: Bench) -> None:
    process, _, _ = bench.take("valid")
    tokens = [bench.expect(200, "POST", f"/v1/process/{process}/retake", key="valid")["uuid"] for _ in range(3)]
    assert len(set(tokens)) == 3


recorded(RETAKE, "200 of a failed take", "11.25", uuid=w.UNBOUND, key="valid")


@row(RETAKE, "404 no retakes left", "documented", "2.7, 11.25")
def _(bench: Bench) -> None:
    for process in (w.uuid(31, 0), w.uuid(31, 1)):  # a parent stands for its newest take
        bench.refuse(404, "Process retake limit reached", "POST", f"/v1/process/{process}/retake", key="valid")


@row(RETAKE, "200 a validated take: the flags flip, the emote stays", "recorded", "11.24")
def _(bench: Bench) -> None:
    process, emote, user = bench.take("valid")
    bench.expect(200, "POST", f"/v1/process/{process}/validate", key="valid")
    bench.expect(200, "POST", f"/v1/process/{process}/retake", key="valid")
    after = bench.expect(200, "GET", f"/v1/process/{process}", key="valid")
    assert (after["validated"], after["rejected"]) == (False, True)
    assert ids(bench.expect(200, "GET", bag(user), key="valid")) == [emote]


@row(RETAKE, "200 without end where validation has no number", "recorded", "11.7")
def _(bench: Bench) -> None:
    process, _, _ = bench.take("valid_true")
    for _ in range(4):
        bench.expect(200, "POST", f"/v1/process/{process}/retake", key="valid_true")


# An object is on, and without a number there is no limit.
answers(RETAKE, "200 without end where validation is an empty object", "2.2, 2.7", uuid=w.UNLIMITED, key="valid_object")


@row(RETAKE, "403 the world has no validation, whatever the process", "documented", "2.7")
def _(bench: Bench) -> None:
    for process in (bench.take("main")[0], w.NOBODY):
        bench.refuse(403, NO_FLOW, "POST", f"/v1/process/{process}/retake")


answers(RETAKE, "404 no such process", "2.7", "Process not found", uuid=w.NOBODY, key="valid")


@row(RETAKE, "404 of another world", "documented", "2.7")
def _(bench: Bench) -> None:
    process, _, _ = bench.take("valid")
    bench.refuse(404, "Process not found", "POST", f"/v1/process/{process}/retake", key="valid_true")
