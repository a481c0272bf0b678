"""Online videos in place of a file (docs/api-contract.md#2.7, #11.28). The hosts themselves: tests/local."""

from __future__ import annotations

from .. import world as w
from ..suite import Bench, row

INFO, FETCH = "POST /v1/process/video/info", "POST /v1/process/video/download"


@row(INFO, "401 no token", "documented", "2.7")
def _(bench: Bench) -> None:
    bench.refuse(
        401,
        "missingToken",
        "Missing generation token",
        "POST",
        "/v1/process/video/info",
        key=None,
        json={"url": "https://a.example/x"},
    )


@row(INFO, "403 a token that was never given", "documented", "2.7")
def _(bench: Bench) -> None:
    options = {"token": w.NOBODY, "json": {"url": "https://a.example/x"}}
    bench.refuse(403, "wrongToken", "Wrong generation token", "POST", "/v1/process/video/info", **options)


@row(INFO, "400 no address", "documented", "2.7")
def _(bench: Bench) -> None:
    bench.malformed(
        '"body.url" must be a valid uri',
        "POST",
        "/v1/process/video/info",
        token=bench.token("player"),
        json={"url": "x y"},
    )


for _route, _path in ((INFO, "/v1/process/video/info"), (FETCH, "/v1/process/video/download")):

    def _unsupported(bench: Bench, path: str = _path) -> None:
        token = bench.token("player")
        for url in (
            "ftp://a.example/x.mp4",
            "http://127.0.0.1:9/x.mp4",
            "http://[::1]/x",
            "http://10.0.0.1/x",
            "file:///etc/passwd",
        ):
            options = {"token": token, "json": {"url": url}}
            bench.refuse(422, "unsupportedURL", "Unsupported URL", "POST", path, **options)
        bench.expect(200, "GET", f"/v1/process/token/{token}", key=None)

    row(_route, "422 addresses that are not allowed, and the token stays", "ours", "2.7, 11.28")(_unsupported)


@row(FETCH, "401 no token", "documented", "2.7")
def _(bench: Bench) -> None:
    path = "/v1/process/video/download"
    bench.refuse(
        401, "missingToken", "Missing generation token", "POST", path, key=None, json={"url": "https://a.example/x"}
    )


for _route, _path in ((INFO, "/v1/process/video/info"), (FETCH, "/v1/process/video/download")):

    def _no_body(bench: Bench, path: str = _path) -> None:
        """A missing body is not looked at before the token, and then there is nothing to load."""
        bench.refuse(401, "missingToken", "Missing generation token", "POST", path, key=None)
        bench.refuse(422, "badURL", "Bad URL", "POST", path, token=bench.token("player"))
        bench.malformed('"body.url" is required, "body.x" is not allowed', "POST", path, key=None, json={"x": 1})

    row(_route, "422 no body", "recorded", "11.3")(_no_body)
