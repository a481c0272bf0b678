"""Phones on the network: only the upload page, only with the secret, with a certificate when it is asked for."""

from __future__ import annotations

import json
import socket
import ssl
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from kinetix_local.api.listening import lan
from tests.support.service import Running, running
from tests.support.waiting import LIMIT_S, until


@pytest.mark.quick
def test_a_certificate_is_kept_until_the_address_changes(tmp_path: Path) -> None:
    first = lan.certificate(tmp_path, "127.0.0.1")
    assert lan.certificate(tmp_path, "127.0.0.1") == first
    assert first.key.stat().st_mode & 0o077 == 0
    assert lan.certificate(tmp_path, "192.168.1.5").fingerprint != first.fingerprint
    ssl.create_default_context().load_cert_chain(first.chain, first.key)


@pytest.mark.xdist_group("web")
def test_the_network_gets_the_page_by_the_secret_alone(tmp_path: Path) -> None:
    with running(tmp_path / "lan", "--lan", "--https") as service:
        service.user()
        url = service.token()["url"]
        begin = service.info["lan"]["url"]
        assert url.startswith(f"{begin}/?token=") and begin.startswith("https://")
        here, session, secret = here_of(begin), phone(service), urlsplit(begin).path
        for path in ("/", "/_local/page/0b5c", f"{secret[:-1]}/", "/phone//", f"{secret}x/"):
            for cookie in ("", "guess"):
                answer = session.get(here + path, headers={"cookie": f"{lan.COOKIE}={cookie}"}, timeout=LIMIT_S)
                assert answer.status_code == 403, path
        path = secret + url.removeprefix(begin)
        page = session.get(here + path, headers={"accept": "text/html"}, allow_redirects=False, timeout=LIMIT_S)
        assert page.status_code == 200 and "upload" in page.text
        assert {"HttpOnly", "Secure"} <= set(page.headers["set-cookie"].split("; "))
        script = page.text.partition('src="')[2].partition('"')[0]
        assert session.get(here + script, timeout=LIMIT_S).status_code == 200
        token = token_in(url)
        assert session.get(f"{here}/_local/page/{token}", timeout=LIMIT_S).json()["state"] == "open"
        for path in (
            "/_local/library",
            "/_local/worlds",
            "/_local/session",
            "/documentation",
            "/v1/virtual-world/config",
        ):
            assert session.get(here + path, timeout=LIMIT_S).status_code == 403, path
            assert session.get(here + secret + path, timeout=LIMIT_S).status_code == 403, path
        assert service.call("GET", "/v1/virtual-world/config").status_code == 200, "programs here go on over loopback"


@pytest.mark.xdist_group("web")
def test_the_network_is_left_once_no_phone_needs_it(tmp_path: Path) -> None:
    with running(tmp_path / "lan") as service:
        service.user()
        first = service.admin("POST", "/lan").json()
        link = service.token()["url"]
        assert link.startswith(f"{first['url']}/?token=") and listens(first)
        service.admin("DELETE", f"/links/{token_in(link)}")
        until(lambda: not listens(first))
        assert "lan" not in json.loads((service.home / "local" / "serve.json").read_text(encoding="utf-8"))
        link = service.token()["url"]
        assert link.startswith(f"{service.url}/?token="), "who is no phone is led to this machine again"
        service.admin("DELETE", f"/links/{token_in(link)}")
        second = service.admin("POST", "/lan").json()
        until(lambda: listens(second))
        assert here_of(second["url"]) == here_of(first["url"]), "browsers keep what they were permitted by address"
        assert second["url"] != first["url"], "with a secret of its own"


@pytest.mark.xdist_group("web")
def test_a_phone_goes_on_after_its_take_until_its_job_is_cancelled(tmp_path: Path) -> None:
    with running(tmp_path / "lan") as service:
        service.user()
        opened = service.admin("POST", "/lan").json()
        token, other = (token_in(service.token()["url"]) for _ in range(2))
        session, page = phone(service), f"{here_of(opened['url'])}/_local/page/{token}"
        session.get(f"{here_of(opened['url'])}{urlsplit(opened['url']).path}/", timeout=LIMIT_S)
        sent = session.put(f"{page}/clip?offset=0&total=6", data=b"a clip", timeout=LIMIT_S)
        assert sent.status_code == 200
        assert session.post(f"{page}/submit", json={}, timeout=LIMIT_S).status_code == 200
        service.admin("DELETE", f"/links/{other}")
        until(lambda: session.get(page, timeout=LIMIT_S).json()["process"]["status"] == "done")
        assert listens(opened)
        service.admin("DELETE", f"/links/{token}")
        until(lambda: not listens(opened))


@pytest.mark.xdist_group("web")
def test_the_network_is_left_when_the_last_link_has_run_out(tmp_path: Path) -> None:
    with running(tmp_path / "lan", "--token-life", "1") as service:
        service.user()
        opened = service.admin("POST", "/lan").json()
        service.token()
        until(lambda: not listens(opened))


def here_of(url: str) -> str:
    """The listener at `url`, over loopback."""
    return f"https://127.0.0.1:{urlsplit(url).port}"


def token_in(link: str) -> str:
    return parse_qs(urlsplit(link).query)["token"][0]


def listens(opened: dict[str, Any]) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", urlsplit(opened["url"]).port)) == 0


def phone(service: Running) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a CA bundle in the environment would win over this one
    session.verify = str(service.home / "local" / "tls" / "certificate.pem")
    session.headers["x-kinetix-page"] = "1"
    session.mount("https://", _AnyName())
    return session


class _AnyName(requests.adapters.HTTPAdapter):
    """The certificate names the machine's network address; the test comes over loopback."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, assert_hostname=False, **options)
