"""Phones on the network: only the upload page, only with the secret, with a certificate when it is asked for."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
import requests

from kinetix_local.api import lan
from tests.support.service import running
from tests.support.waiting import LIMIT_S

SECRET = "a-secret-of-its-own"


async def _inner(scope: Any, _receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": scope["path"].encode()})


def ask(path: str, cookie: str = "", *, secure: bool = False) -> tuple[int, dict[bytes, bytes], bytes]:
    """One request through the door from another machine of the network."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"cookie", cookie.encode())] if cookie else []
    scope = {"type": "http", "method": "GET", "path": path, "headers": headers, "client": ("192.168.1.20", 5000)}
    asyncio.run(lan.Door(_inner, SECRET, secure=secure)(scope, None, send))  # type: ignore[arg-type]
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"]


@pytest.mark.quick
def test_the_link_opens_the_page_and_leaves_a_cookie() -> None:
    status, headers, body = ask(f"/phone/{SECRET}/")
    assert (status, body) == (200, b"/")
    cookie = headers[b"set-cookie"].decode()
    assert "HttpOnly" in cookie and "Secure" not in cookie
    assert "Secure" in ask(f"/phone/{SECRET}/", secure=True)[1][b"set-cookie"].decode()
    for path in ("/assets/upload.js", "/_local/page/0b5c/clip", "/user-data/x-animation-v2.glb", "/"):
        assert ask(path, cookie.partition(";")[0])[0] == 200


@pytest.mark.quick
@pytest.mark.parametrize(
    "path", ["/", "/assets/upload.js", "/_local/page/0b5c", f"/phone/{SECRET[:-1]}/", "/phone//", f"/phone/{SECRET}x/"]
)
def test_without_the_secret_nothing_opens(path: str) -> None:
    assert ask(path)[0] == 403
    assert ask(path, f"{lan.COOKIE}=guess")[0] == 403


@pytest.mark.quick
@pytest.mark.parametrize(
    "path", ["/_local/library", "/_local/worlds", "/documentation", "/v1/virtual-world/config", "/_local/session"]
)
def test_api_and_administration_stay_on_this_machine(path: str) -> None:
    assert ask(path, f"{lan.COOKIE}={SECRET}")[0] == 403
    assert ask(f"/phone/{SECRET}{path}")[0] == 403


@pytest.mark.quick
def test_a_certificate_is_kept_until_the_address_changes(tmp_path: Path) -> None:
    first = lan.certificate(tmp_path, "127.0.0.1")
    assert lan.certificate(tmp_path, "127.0.0.1") == first
    assert first.key.stat().st_mode & 0o077 == 0
    assert lan.certificate(tmp_path, "192.168.1.5").fingerprint != first.fingerprint
    ssl.create_default_context().load_cert_chain(first.chain, first.key)


@pytest.mark.xdist_group("web")
def test_links_lead_to_the_page_over_https(tmp_path: Path) -> None:
    with running(tmp_path / "lan", "--lan", "--https") as service:
        service.user()
        url = service.token()["url"]
        begin = service.info["lan"]["url"]
        assert url.startswith(f"{begin}/?token=") and begin.startswith("https://")
        port, rest = begin.rpartition(":")[2].partition("/")[::2]
        here = f"https://127.0.0.1:{port}"
        chain = tmp_path / "lan" / "local" / "tls" / "certificate.pem"
        session = requests.Session()
        session.trust_env = False  # a CA bundle in the environment would win over ours
        session.verify = str(chain)
        session.mount("https://", _AnyName())
        assert session.get(here, timeout=LIMIT_S).status_code == 403
        page = session.get(f"{here}/{rest}{url.removeprefix(begin)}", headers={"accept": "text/html"}, timeout=LIMIT_S)
        assert page.status_code == 200 and "upload" in page.text
        token = url.partition("token=")[2].partition("&")[0]
        assert session.get(f"{here}/_local/page/{token}", timeout=LIMIT_S).json()["state"] == "open"
        assert session.get(f"{here}/_local/library", timeout=LIMIT_S).status_code == 403
        assert service.call("GET", "/v1/virtual-world/config").status_code == 200, "programs here go on over loopback"


class _AnyName(requests.adapters.HTTPAdapter):
    """The certificate names the machine's network address; the test comes over loopback."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, assert_hostname=False, **options)
