"""`/_local/`: what is ours needs the admin token or a signed-in browser, and no other page gets in."""

from __future__ import annotations

from uuid import uuid4

import pytest
import requests

from tests.support.service import Running
from tests.support.waiting import LIMIT_S

pytestmark = pytest.mark.xdist_group("local")


def test_nothing_without_signing_in(service: Running) -> None:
    for path in ("worlds", "plans", "deliveries", "captures", "worlds/Local/keys"):
        assert requests.get(f"{service.url}/_local/{path}", timeout=LIMIT_S).status_code == 401, path
        wrong = {"authorization": "Bearer wrong"}
        assert requests.get(f"{service.url}/_local/{path}", headers=wrong, timeout=LIMIT_S).status_code == 401
    assert (
        requests.get(f"{service.url}/_local/worlds", headers={"x-api-key": service.key}, timeout=LIMIT_S).status_code
        == 401
    )
    assert requests.get(f"{service.url}/_local/health", timeout=LIMIT_S).json()["status"] == "ok"


def test_a_browser_that_signed_in_learns_nothing_of_the_machines_files(service: Running) -> None:
    browser = service.signed_in()
    check = browser.post(f"{service.url}/_local/clip-checks", json={"clip": "/etc/hostname"}, timeout=LIMIT_S)
    people = browser.post(f"{service.url}/_local/clip-people", json={"clip": "/etc/hostname"}, timeout=LIMIT_S)
    clip = browser.get(f"{service.url}/_local/processes/{uuid4()}/clip", timeout=LIMIT_S)
    assert [check.status_code, people.status_code, clip.status_code] == [403, 403, 403]
    assert service.admin("GET", f"/processes/{uuid4()}/clip").status_code == 404
    browser.close()


@pytest.mark.parametrize("name", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_foreign_host_names_and_pages_are_refused(service: Running, name: str) -> None:
    headers = {"authorization": f"Bearer {service.info['adminToken']}"}
    if name:
        foreign = requests.get(f"{service.url}/_local/worlds", headers={**headers, "host": name}, timeout=LIMIT_S)
        assert foreign.status_code == 403
    page = requests.get(
        f"{service.url}/_local/worlds", headers={**headers, "origin": "http://localhost:1"}, timeout=LIMIT_S
    )
    assert page.status_code == 403 and "access-control-allow-origin" not in page.headers


def test_its_description_is_its_own(service: Running) -> None:
    own = service.admin("GET", "/openapi.json").json()
    assert all(path.startswith("/_local/") for path in own["paths"])
    contract = service.call("GET", "/swagger.json").json()
    assert not [path for path in contract["paths"] if path.startswith("/_local")]
