"""The published upload page (docs/api-contract.md#12.1): one row per line, sent as its browser sends it."""

from __future__ import annotations

from kinetix_local.api import pages

from .. import world as w
from ..forms import Form, form, page
from ..suite import Bench, client
from ..targets import Reply

line = client("page", "12.1", source="page", needs=("world", "capture"), mark="recorded")
STATE, POST = "GET /v1/process/token/{uuid}", "POST /v1/process"
ORIGIN = "http://localhost:4001"
BROWSER = [
    ("Origin", ORIGIN), ("Referer", f"{ORIGIN}/"), ("Accept", "application/json, text/plain, */*"), ("Sec-Fetch-Mode", "cors"),
    ("Sec-Fetch-Site", "same-site"), ("Cookie", "theme=dark"), ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64) Chrome/120"),
]  # fmt: skip


def status(bench: Bench, token: str) -> Reply:
    return bench.ask("GET", f"/v1/process/token/{token}", key=None, headers=BROWSER)


def send(bench: Bench, token: str, sent: Form | None = None) -> Reply:
    sent = sent or page()
    headers = [*BROWSER, *sent["headers"]]
    return bench.ask("POST", "/v1/process", key=None, token=token, headers=headers, body=sent["body"])


def readable(reply: Reply) -> None:
    """The page's browser lets it see the answer."""
    assert reply.all("access-control-allow-origin") == [ORIGIN], reply.headers
    assert reply.all("access-control-allow-credentials") == ["true"], reply.headers


@line(STATE, 1, "every answer names exactly its origin, with credentials")
def _(bench: Bench) -> None:
    good = bench.token("player")
    for reply in (
        status(bench, good),
        status(bench, w.NOBODY),
        status(bench, "abc"),
        send(bench, w.NOBODY),
        send(bench, good, form([("video", b"x")])),
        send(bench, good),
        bench.ask("GET", "/v1/nothing", key=None, headers=BROWSER),
        bench.ask("GET", f"/user-data/{w.NOBODY}-x.png", key=None, headers=BROWSER),
    ):
        readable(reply)


@line(STATE, 1, "a foreign page's origin is not named", mark="ours")
def _(bench: Bench) -> None:
    reply = bench.ask("GET", f"/v1/process/token/{w.NOBODY}", key=None, headers=[("Origin", "https://evil.example")])
    assert reply.header("access-control-allow-origin") is None


@line(POST, 2, "the preflight asks and burns nothing")
def _(bench: Bench) -> None:
    token = bench.token("player")
    asked = [("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "x-api-token")]
    reply = bench.ask("OPTIONS", "/v1/process", key=None, headers=[*BROWSER, *asked])
    assert reply.status == 204
    readable(reply)
    assert "x-api-token" in (reply.header("access-control-allow-headers") or "").lower()
    assert "POST" in (reply.header("access-control-allow-methods") or "")
    assert status(bench, token).status == 200 and send(bench, token).status == 201


@line(STATE, 3, "asked on every change of a page, and valid all the time")
def _(bench: Bench) -> None:
    token = bench.token("player")
    assert [status(bench, token).status for _ in range(5)] == [200] * 5
    assert send(bench, token).status == 201
    assert status(bench, token).status == 404
    assert status(bench, "abc").status == 400


@line(POST, 4, "two text parts come after the file")
def _(bench: Bench) -> None:
    reply = send(bench, bench.token("player"), page(name="after the file", mature="true"))
    assert reply.status == 201 and reply.json["name"] == "after the file" and reply.json["maturity"] is True


@line(POST, 4, "two text parts after a file of 3 MB", mark="ours")
def _(bench: Bench) -> None:
    reply = send(bench, bench.token("player"), page(name="after much", clip=b"clip " * 600_000))
    assert reply.status == 201 and reply.json["name"] == "after much"


@line(STATE, 5, "404 at once after the upload")
def _(bench: Bench) -> None:
    token = bench.token("player")
    assert send(bench, token).status == 201
    reply = status(bench, token)
    assert reply.status == 404
    readable(reply)


@line(POST, 6, "403 is an ended session, after a 400 the token is tried again")
def _(bench: Bench) -> None:
    token = bench.token("player")
    assert send(bench, token, form([("video", b"x")])).status == 400
    assert send(bench, token).status == 201
    assert send(bench, token).status == 403


@line(POST, 7, "a refusal is a complete answer although the form is large")
def _(bench: Bench) -> None:
    reply = send(bench, w.NOBODY, page(clip=bytes(6 << 20)))
    assert reply.status == 403 and reply.json["errorCode"] == "wrongToken"
    readable(reply)


@line("GET /v1/process/token", 8, "token comes first in the address and is enough")
def _(bench: Bench) -> None:
    value = bench.expect(200, "GET", "/v1/process/token?userId=player")
    alone = value["url"].split("&")[0]
    assert alone.endswith(f"/?token={value['uuid']}")
    assert status(bench, alone.partition("token=")[2]).status == 200


@line(POST, 9, "an end before the start, or beyond the clip, is taken")
def _(bench: Bench) -> None:
    times = (("00:00:02.500", "00:00:02.000"), ("00:00:00.000", "00:00:00.000"), ("00:00:00.000", "00:59:59.999"))
    for start, end in (*times, ("", "")):
        assert send(bench, bench.token("player"), page(start=start, end=end)).status == 201


@line("POST /v1/process/{uuid}/retake", 10, "a retake's link is an ordinary link")
def _(bench: Bench) -> None:
    process, _, _ = bench.take("valid")
    token = bench.expect(200, "POST", f"/v1/process/{process}/retake", key="valid")["uuid"]
    assert status(bench, token).status == 200
    assert send(bench, token).status == 201
    assert status(bench, token).status == 404


@line("GET /", 11, "the address of a link does not answer like the API", mark="ours")
def _(bench: Bench) -> None:
    """The page is HTML whatever `Accept` says; one line stands for a page that is not built."""
    status = 200 if pages.DIST.is_dir() else 404
    for accept in ([("Accept", "text/html,application/xhtml+xml")], [("Accept", "*/*")], []):
        reply = bench.ask("GET", f"/?token={w.NOBODY}&expire=2026", key=None, headers=accept)
        assert (reply.status, reply.header("content-type")) == (status, "text/html; charset=utf-8")
    bench.expect(200, "GET", "/?tokens=1", key=None, headers=[("Accept", "*/*")])
