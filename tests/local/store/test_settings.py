"""Settings: short lives, another clock, a small rate limit, another page; and what a plan counts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.local.conftest import World, new_world
from tests.local.test_cli import run
from tests.support.service import Running, running
from tests.support.waiting import LIMIT_S, until

pytestmark = pytest.mark.xdist_group("local-settings")
DAY = 86_400


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    arguments = ("--token-life", "1.5", "--cache-life", "1", "--clock-offset", str(DAY))
    pages = (
        "--page-url",
        "https://pages.example/up/",
        "--public-url",
        "http://files.example:9000",
        "--origin",
        "https://app.example",
    )
    with running(tmp_path_factory.mktemp("odd"), *arguments, *pages) as service:
        yield service


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """For itself: whoever waits for an emote asks more than sixty times where its worker starts slowly."""
    with running(tmp_path_factory.mktemp("limited"), "--rate-limit", "60") as service:
        yield service


@pytest.fixture
def world(odd: Running) -> World:
    return new_world(odd)


def test_a_token_ends(world: World, odd: Running) -> None:
    def state(token: dict[str, Any]) -> requests.Response:
        return requests.get(f"{odd.url}/v1/process/token/{token['uuid']}", timeout=LIMIT_S)

    # A fresh one each time: on a busy machine one may end before it is asked for.
    until(lambda: state(world.token()).json().get("expireIn") == 2)
    token = world.token()
    until(lambda: state(token).status_code == 404)
    uploads = odd.home / "local" / "files" / "uploads"
    before = set(uploads.iterdir())
    assert odd.upload(token["uuid"]).json()["errorCode"] == "wrongToken"
    assert set(uploads.iterdir()) == before, "nothing is kept of a refused clip"


def test_a_cached_bag_ends(world: World) -> None:
    world.user()

    def status() -> int:
        return world.call("GET", "/v1/users/player-1/emotes").status_code

    assert status() == 200
    until(lambda: status() == 208)  # on a busy machine the first one may have ended before it is asked for
    until(lambda: status() == 200)


def test_the_clock_is_ahead(world: World) -> None:
    before = time.time()
    world.user()
    created = world.call("GET", "/v1/virtual-world/users/player-1").json()["createdAt"]
    days = [time.strftime("%Y-%m-%d", time.gmtime(moment + DAY)) for moment in (before, time.time())]
    assert created[:10] in days, "tomorrow, even if it is midnight just now"


def test_addresses_and_origins(world: World, odd: Running) -> None:
    token = world.token()
    assert token["url"].startswith(f"https://pages.example/up/?token={token['uuid']}&expire=")
    emote = world.emote()["emote"]
    files = world.call("GET", f"/v1/emotes/{emote}").json()["files"]
    assert files[0]["url"].startswith("http://files.example:9000/user-data/")
    for origin in ("https://app.example", "https://pages.example"):
        answer = requests.get(f"{odd.url}/", headers={"origin": origin}, timeout=LIMIT_S)
        assert answer.headers["access-control-allow-origin"] == origin


def test_rate_limit_per_world_and_group(limited: Running) -> None:
    world = new_world(limited)
    answers = [world.call("GET", "/v1/plans") for _ in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert answers[-1].json() == {"errorCode": "rateLimiting", "message": "Too many requests", "data": {}}
    assert int(answers[-1].headers["retry-after"]) > 0
    assert world.call("GET", "/v1/virtual-world/config").status_code == 200, "another group"
    assert new_world(limited).call("GET", "/v1/plans").status_code == 200, "another world"
    token = "00000000-0000-4000-8000-000000000000"
    states = {requests.get(f"{limited.url}/v1/process/token/{token}", timeout=LIMIT_S).status_code for _ in range(70)}
    assert states == {404}, "the token's state is never limited"


def test_calls_of_a_plan_and_usage(world: World, odd: Running) -> None:
    run(odd.home, "plan", "create", "Five calls", "--calls", "5")
    world.change(plan="Five calls")
    for _ in range(9):  # neither of these counts
        assert world.call("GET", "/v1/virtual-world/config").status_code == 200
    world.call("GET", "/v1/virtual-world/alias/none")
    answers = [world.call("GET", "/v1/virtual-world/users/x") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [404] * 5 + [403] * 2
    assert answers[-1].json()["errorCode"] == "planLimitReached"

    def counted() -> int:
        usage = odd.admin("GET", f"/worlds/{world.uuid}/usage").json()
        return int(usage[-1]["calls"]) if usage else 0

    until(lambda: counted() >= 5)
    assert counted() == 5
