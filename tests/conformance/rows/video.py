"""Online videos in place of a file (docs/api-contract.md#2.7, #11.28). The hosts themselves: tests/local."""

from __future__ import annotations

from functools import partial

from .. import world as w
from ..suite import Bench, answers, player_token, row

INFO, FETCH = "POST /v1/process/video/info", "POST /v1/process/video/download"
VIDEO = {"url": "https://a.example/x"}
REFUSED = ("ftp://a.example/x.mp4", "http://127.0.0.1:9/x", "http://[::1]/x", "http://10.0.0.1/x", "file:///etc/passwd")


answers(INFO, "401 no token", "2.7", "Missing generation token", key=None, json=VIDEO)
answers(INFO, "403 a token that was never given", "2.7", "Wrong generation token", token=w.NOBODY, json=VIDEO)
_details = '"body.url" must be a valid uri'
answers(INFO, "400 no address", "2.7", _details, token=player_token, json={"url": "x y"})
answers(FETCH, "401 no token", "2.7", "Missing generation token", key=None, json=VIDEO)


def _unsupported(path: str, bench: Bench) -> None:
    token = bench.token("player")
    for url in REFUSED:
        bench.refuse(422, "Unsupported URL", "POST", path, token=token, json={"url": url})
    bench.expect(200, "GET", f"/v1/process/token/{token}", key=None)


def _no_body(path: str, bench: Bench) -> None:
    """A missing body is not looked at before the token, and then there is nothing to load."""
    bench.refuse(401, "Missing generation token", "POST", path, key=None)
    bench.refuse(422, "Bad URL", "POST", path, token=bench.token("player"))
    bench.malformed('"body.url" is required, "body.x" is not allowed', "POST", path, key=None, json={"x": 1})


for _route in (INFO, FETCH):
    _path = _route.removeprefix("POST ")
    row(_route, "422 addresses that are not allowed, and the token stays", "ours", "2.7, 11.28")(
        partial(_unsupported, _path)
    )
    row(_route, "422 no body", "recorded", "11.3")(partial(_no_body, _path))
