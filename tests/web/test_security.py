"""One test an attack on the pages and their routes."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest
import requests
from playwright.sync_api import expect

from tests.support.raw_server import Exchange, RawServer
from tests.support.service import Running, running
from tests.support.waiting import LIMIT_S, until
from tests.web.conftest import DESKTOP, Open, assert_accessible, link, picture, tiny_video

pytestmark = pytest.mark.xdist_group("web")
EVIL = '<img src=x onerror="window.hacked=1">'
OWN = {"x-kinetix-page": "1"}


def token_of(service: Running, user: str = "player") -> str:
    return link(service, user).partition("token=")[2].partition("&")[0]


def page_url(service: Running, token: str, rest: str = "") -> str:
    return f"{service.url}/_local/page/{token}{rest}"


def put(service: Running, token: str, data: bytes, **given: str | int) -> requests.Response:
    query: dict[str, str | int] = {"offset": 0, "total": len(data), "name": "clip.webm", **given}
    return requests.put(page_url(service, token, "/clip"), params=query, data=data, headers=OWN, timeout=LIMIT_S)


def submit(service: Running, token: str, **form: object) -> requests.Response:
    return requests.post(page_url(service, token, "/submit"), json=form, headers=OWN, timeout=LIMIT_S)


def test_names_stay_text(service: Running, library: Open) -> None:
    """Emote, user and file names with markup do nothing on either page."""
    service.emote(EVIL, name=EVIL, filename=f"{EVIL.replace('/', '')}.mp4")
    page = library(DESKTOP)
    expect(page.get_by_role("button", name="onerror").first).to_be_visible()
    page.get_by_role("button", name="onerror").first.click()
    expect(page.get_by_role("dialog").get_by_role("heading").first).to_have_text(EVIL)
    for tab in ("Users", "Processes"):
        page.get_by_role("dialog").get_by_role("button", name="Close").click() if page.get_by_role(
            "dialog"
        ).count() else None
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tabpanel")).to_contain_text("onerror")
    assert page.evaluate("window.hacked") is None


def test_the_policy_stops_injected_scripts(service: Running, open_page: Open) -> None:
    """Even markup that got in would not run: no inline script, no foreign host."""
    page = open_page(DESKTOP)
    page.goto(f"{service.url}/")
    page.evaluate(
        "window.stopped = []; document.addEventListener('securitypolicyviolation', e => window.stopped.push(e.effectiveDirective))"
    )
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=/nothing onerror=\"window.hacked=1\">')")
    page.evaluate(
        "const s = document.createElement('script'); s.textContent = 'window.hacked=2'; document.body.append(s)"
    )
    page.wait_for_function("window.stopped.length >= 2")
    assert set(page.evaluate("window.stopped")) == {"script-src-attr", "script-src-elem"}
    assert page.evaluate("window.hacked") is None


def test_another_site_changes_nothing(service: Running) -> None:
    """CSRF: with the cookie but without the session's secret, or from a foreign origin, every request is refused."""
    browser = service.signed_in()
    secret = browser.headers["x-kinetix-session"]
    world = browser.get(f"{service.url}/_local/library", timeout=LIMIT_S).json()["worlds"][0]["uuid"]
    target = f"{service.url}/_local/worlds/{world}/keys"
    foreign = {"origin": "http://evil.example"}
    for wrong, status in (({"x-kinetix-session": "x" * 64}, 401), ({"x-kinetix-session": None}, 401), (foreign, 403)):
        assert browser.post(target, json={}, headers=wrong, timeout=LIMIT_S).status_code == status
    token = token_of(service)
    for headers in ({}, OWN | {"origin": "http://evil.example"}):
        answer = requests.post(page_url(service, token, "/submit"), json={}, headers=headers, timeout=LIMIT_S)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "foreignPage")
    assert secret and browser.post(target, json={}, timeout=LIMIT_S).status_code == 201


def test_a_page_on_another_port_can_do_nothing_with_the_cookie(service: Running, library: Open) -> None:
    """Browsers send the cookie to every port of this machine."""
    cookies: list[str] = []

    def other(exchange: Exchange) -> None:
        if exchange.path == "/":
            exchange.answer(200, b"<img src=/_local/picture>", Content_Type="text/html")
        else:
            cookies.append(exchange.headers.get("cookie", ""))
            exchange.answer(404)

    page = library(DESKTOP)
    expect(page.get_by_role("tab", name="Emotes")).to_be_visible()
    assert "sign-in" not in page.url
    with RawServer(other) as foreign:
        page.goto(f"{foreign.url}/")
        until(lambda: cookies)
        assert cookies[0].startswith("kinetix_session=")
        tried = page.evaluate(
            """async (url) => {
                const tries = [["library", {}], ["session", {method: "POST", body: "{}"}]];
                return Promise.all(tries.map(([path, init]) =>
                    fetch(`${url}/_local/${path}`, {credentials: "include", mode: "no-cors", ...init})
                        .then((answer) => answer.text(), String)));
            }""",
            service.url,
        )
        assert tried == ["", ""], "an opaque answer"
        assert page.evaluate("localStorage.length") == 0
    stolen = {"cookie": cookies[0]}
    for method, path in (
        ("GET", "library"),
        ("GET", "library/archive?emote=x"),
        ("GET", "worlds"),
        ("GET", "session"),
        ("POST", "session"),
        ("POST", "worlds"),
        ("POST", "lan"),
        ("POST", "sign-in-links"),
        ("POST", "sign-out"),
    ):
        for extra in ({}, {"x-kinetix-session": ""}, {"x-kinetix-session": cookies[0].partition("=")[2]}):
            answer = requests.request(
                method, f"{service.url}/_local/{path}", json={"code": "x"}, headers=stolen | extra, timeout=LIMIT_S
            )
            assert answer.status_code in {401, 403, 405, 422}, (method, path, answer.text)
    page.goto(f"{service.url}/")
    expect(page.get_by_role("tab", name="Emotes")).to_be_visible()


def test_a_session_cannot_be_fixed(service: Running) -> None:
    """An identity that somebody else chose is never taken over, and the cookie is out of scripts' and other sites' reach."""
    browser = requests.Session()
    browser.cookies.set("kinetix_session", "chosen-by-the-attacker", domain="127.0.0.1", path="/_local")
    assert browser.get(f"{service.url}/_local/library", timeout=LIMIT_S).status_code == 401
    code = service.sign_in_link().partition("/?sign-in=")[2]
    answer = browser.post(f"{service.url}/_local/session", json={"code": code}, timeout=LIMIT_S)
    cookie = answer.headers["set-cookie"]
    assert "chosen" not in cookie
    assert "HttpOnly" in cookie and "samesite=strict" in cookie.lower()
    other = requests.get(
        f"{service.url}/_local/library", cookies={"kinetix_session": "chosen-by-the-attacker"}, timeout=LIMIT_S
    )
    assert other.status_code == 401


def test_a_foreign_host_name_is_refused(service: Running) -> None:
    """DNS rebinding: a page that points its own name at this machine gets nothing of the administration."""
    answer = requests.get(f"{service.url}/_local/library", headers={"host": "evil.example"}, timeout=LIMIT_S)
    assert answer.status_code == 403
    assert "worlds" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/../serve.json",
        "/..%2f..%2fserve.json",
        "/assets/..%2f..%2f..%2fapi/app.py",
        "/%00",
        "/assets/%2e%2e/%2e%2e/site.py",
    ],
)
def test_paths_stay_inside_the_pages(service: Running, path: str) -> None:
    request = requests.Request("GET", service.url).prepare()
    request.url = service.url + path
    answer = requests.Session().send(request, timeout=LIMIT_S)
    assert "apiKey" not in answer.text and "from __future__" not in answer.text


def test_clip_names_cannot_leave_the_folder(service: Running) -> None:
    token = token_of(service, "traverser")
    assert put(service, token, b"abc", name="../../../evil.sh").status_code == 200
    files = sorted(path.name for path in (service.home / "local" / "files" / "pages").iterdir())
    assert files[-1:] and all(name.endswith(".part") and "/" not in name for name in files)
    # Not `rglob`, which stumbles over folders that the service removes meanwhile.
    assert not [name for _, _, names in os.walk(service.home) for name in names if name.startswith("evil")]


def test_upload_bombs(open_page: Open, tmp_path: Path) -> None:
    """Too much in all, too much at once, more than was said, and holes: refused, with nothing kept of it."""
    with running(tmp_path / "bombs", "--max-upload", "5000000") as service:
        token = token_of(service)
        assert put(service, token, b"x" * 10, total=6_000_000).status_code == 413
        assert put(service, token, bytes(9 << 20), total=4_000_000).status_code == 413
        assert put(service, token, b"x" * 100, total=50).status_code == 400
        answer = put(service, token, b"x" * 10, offset=4000, total=5000)
        assert (answer.status_code, answer.json()["received"]) == (409, 0)
        assert submit(service, token).status_code == 409
        kept = sum(path.stat().st_size for path in (service.home / "local" / "files").rglob("*") if path.is_file())
        assert kept == 0
        page = open_page()
        page.goto(link(service, "large"))
        page.set_input_files("#file", tiny_video(tmp_path / "large.webm", tail=bytes(6_000_000)))
        expect(page.get_by_text("This file is too large")).to_be_visible()
        expect(page.get_by_text("The limit is 5.0 MB")).to_be_visible()


def test_headers_cannot_be_injected(service: Running) -> None:
    """Line breaks in names reach no header of any answer."""
    answer = requests.get(f"{service.url}/?token=x%0d%0aset-cookie:a=b", timeout=LIMIT_S)
    assert "set-cookie" not in answer.headers
    done = service.emote("header", name="a\r\nset-cookie: b=c")
    emote = service.call("GET", f"/v1/emotes/{done['emote']}").json()
    fetched = requests.get(emote["files"][0]["url"], timeout=LIMIT_S)
    assert fetched.status_code == 200 and "set-cookie" not in fetched.headers


def test_pages_are_shown_in_no_frame(service: Running) -> None:
    for path in ("/", f"/?token={uuid.uuid4()}"):
        policy = requests.get(service.url + path, headers={"accept": "text/html"}, timeout=LIMIT_S).headers[
            "content-security-policy"
        ]
        assert "frame-ancestors 'none'" in policy and "unsafe" not in policy


def test_a_guessed_token_opens_nothing(service: Running) -> None:
    guess = str(uuid.uuid4())
    assert requests.get(page_url(service, guess), timeout=LIMIT_S).json()["state"] == "unknown"
    assert put(service, guess, b"abc").status_code == 403
    assert submit(service, guess).status_code == 403
    for rest in ("/validate", "/retake"):
        assert requests.post(page_url(service, guess, rest), headers=OWN, timeout=LIMIT_S).status_code == 404
    assert requests.get(page_url(service, "not-a-token"), timeout=LIMIT_S).status_code == 404


def test_a_token_makes_one_emote(service: Running, tmp_path: Path) -> None:
    token = token_of(service, "once")
    clip = tiny_video(tmp_path / "clip.webm").read_bytes()
    assert put(service, token, clip).status_code == 200
    first = submit(service, token, name="Once only")
    assert (first.status_code, first.json()["state"]) == (200, "used")
    assert put(service, token, clip).status_code == 403
    assert submit(service, token, name="Once more").status_code == 403


def test_an_expired_token_takes_nothing(open_page: Open, tmp_path: Path) -> None:
    with running(tmp_path / "late", "--token-life", "0.3") as service:
        url = link(service, "late")
        token = url.partition("token=")[2].partition("&")[0]
        until(lambda: requests.get(page_url(service, token), timeout=LIMIT_S).json()["state"] == "expired")
        assert put(service, token, b"abc").status_code == 403
        page = open_page()
        page.goto(url)
        expect(page.get_by_role("heading", name="This link has expired")).to_be_visible()
        expect(page.get_by_text("Ask for a new link")).to_be_visible()
        picture(page, "expired")
        assert_accessible(page)
