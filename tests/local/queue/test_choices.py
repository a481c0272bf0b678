"""The upload form's choice of body and face, by the API and on the upload page: the emote says, and has, what was asked for."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from kinetix_core.formats import glb
from kinetix_core.values.face_shapes import FACE_SHAPES
from tests.local.conftest import World
from tests.support.waiting import LIMIT_S

pytestmark = pytest.mark.xdist_group("local")


def _emote(world: World, process: dict[str, Any]) -> dict[str, Any]:
    return dict(world.call("GET", f"/v1/emotes/{process['emote']}").json())


def _has_face(emote: dict[str, Any]) -> bool:
    (file,) = [one for one in emote["files"] if (one["name"], one["extension"]) == ("animation-v2", "glb")]
    motion = glb.read_motion(requests.get(file["url"], timeout=LIMIT_S).content)
    return motion.face is not None and bool(motion.face[:, FACE_SHAPES.index("jawOpen")].any())


@pytest.mark.parametrize(
    ("asked", "body", "face"),
    [
        ({}, None, False),
        ({"body": "upper", "face": "true"}, "upper", True),
        ({"body": "whole", "face": "False"}, None, False),
        ({"face": "True"}, None, True),
        ({"face": ""}, None, False),
    ],
)
def test_the_emote_has_what_was_asked_for(world: World, asked: dict[str, Any], body: str | None, face: bool) -> None:
    emote = _emote(world, world.emote(name="talk", **asked))
    assert emote["metadata"].get("body") == body
    assert _has_face(emote) is face


def _sent_by_page(world: World, **form: Any) -> dict[str, Any]:
    """Send a clip by the upload page; return the limits that the page shows."""
    page, own = f"{world.service.url}/_local/page/{world.token()['uuid']}", {"x-kinetix-page": "1"}
    limits = requests.get(page, timeout=LIMIT_S).json()["limits"]
    query: dict[str, str | int] = {"offset": 0, "total": 6, "name": "clip.webm"}
    assert requests.put(f"{page}/clip", params=query, data=b"a clip", headers=own, timeout=LIMIT_S).ok
    shown = requests.post(f"{page}/submit", json={"name": "Talk", **form}, headers=own, timeout=LIMIT_S)
    assert shown.status_code == 200, shown.text
    return dict(limits)


def test_the_upload_page_has_the_choices(world: World) -> None:
    limits = _sent_by_page(world, face=True, body="upper")
    assert limits["face"] is limits["upperBody"] is True
    (process,) = world.call("GET", "/v2/users/player-1/processes").json()
    emote = _emote(world, world.finished(process["uuid"]))
    assert emote["metadata"]["body"] == "upper" and _has_face(emote)


def test_the_published_servers_page_has_no_such_choice(strict_world: World) -> None:
    limits = _sent_by_page(strict_world)
    assert limits["face"] is limits["upperBody"] is False
