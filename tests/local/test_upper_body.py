"""The upload form's choice of the upper body: the emote says in its metadata that it moves no more."""

from __future__ import annotations

import pytest

from tests.local.conftest import World

pytestmark = pytest.mark.xdist_group("local")


@pytest.mark.parametrize(("asked", "told"), [("upper", "upper"), ("whole", None), (None, None)])
def test_the_emote_says_what_it_moves(world: World, asked: str | None, told: str | None) -> None:
    done = world.emote(name="wave") if asked is None else world.emote(name="wave", body=asked)
    data = world.call("GET", f"/v1/emotes/{done['emote']}").json()
    assert data["metadata"].get("body") == told


def test_the_published_server_knows_no_upper_bodies(strict_world: World) -> None:
    answer = strict_world.service.upload(strict_world.token()["uuid"], b"a clip", name="wave", body="upper")
    assert answer.status_code == 400
    assert "body" in answer.text
