"""The upload form's choice of the upper body: the emote says in its metadata that it moves no more."""

from __future__ import annotations

import pytest
import requests

from tests.local.conftest import World
from tests.support.waiting import LIMIT_S

pytestmark = pytest.mark.xdist_group("local")


@pytest.mark.parametrize(("asked", "told"), [("upper", "upper"), ("whole", None), (None, None)])
def test_the_emote_says_what_it_moves(world: World, asked: str | None, told: str | None) -> None:
    done = world.emote(name="wave") if asked is None else world.emote(name="wave", body=asked)
    data = world.call("GET", f"/v1/emotes/{done['emote']}").json()
    assert data["metadata"].get("body") == told


def test_the_upload_page_has_the_choice(world: World) -> None:
    token = world.token()["uuid"]
    page, own = f"{world.service.url}/_local/page/{token}", {"x-kinetix-page": "1"}
    assert requests.get(page, timeout=LIMIT_S).json()["limits"]["upperBody"] is True
    query: dict[str, str | int] = {"offset": 0, "total": 6, "name": "clip.webm"}
    assert requests.put(f"{page}/clip", params=query, data=b"a clip", headers=own, timeout=LIMIT_S).ok
    shown = requests.post(f"{page}/submit", json={"name": "Wave", "body": "upper"}, headers=own, timeout=LIMIT_S)
    assert shown.status_code == 200, shown.text
    (process,) = world.call("GET", "/v2/users/player-1/processes").json()
    done = world.finished(process["uuid"])
    assert world.call("GET", f"/v1/emotes/{done['emote']}").json()["metadata"]["body"] == "upper"


def test_the_published_servers_page_has_no_such_choice(strict_world: World) -> None:
    page = f"{strict_world.service.url}/_local/page/{strict_world.token()['uuid']}"
    assert requests.get(page, timeout=LIMIT_S).json()["limits"]["upperBody"] is False
