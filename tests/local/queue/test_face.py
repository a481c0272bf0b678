"""The upload form's choice of the face: where it is asked for, the emote's GLB moves the mannequin's face."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from kinetix_core.formats import glb
from kinetix_core.values.face_shapes import FACE_SHAPES
from tests.local.conftest import World
from tests.support.waiting import LIMIT_S

pytestmark = pytest.mark.xdist_group("local")


def _has_face(world: World, process: dict[str, Any]) -> bool:
    emote = world.call("GET", f"/v1/emotes/{process['emote']}").json()
    (file,) = [one for one in emote["files"] if (one["name"], one["extension"]) == ("animation-v2", "glb")]
    motion = glb.read_motion(requests.get(file["url"], timeout=LIMIT_S).content)
    return motion.face is not None and bool(motion.face[:, FACE_SHAPES.index("jawOpen")].any())


@pytest.mark.parametrize(
    ("asked", "told"), [("true", True), ("True", True), ("false", False), ("", False), (None, False)]
)
def test_the_emote_has_the_face_that_was_asked_for(world: World, asked: str | None, told: bool) -> None:
    done = world.emote(name="talk") if asked is None else world.emote(name="talk", face=asked)
    assert _has_face(world, done) is told


def _sent_by_page(world: World, **form: Any) -> tuple[bool, requests.Response]:
    """Return whether the upload page has the choice, and the answer to its form."""
    page, own = f"{world.service.url}/_local/page/{world.token()['uuid']}", {"x-kinetix-page": "1"}
    offered = requests.get(page, timeout=LIMIT_S).json()["limits"]["face"]
    query: dict[str, str | int] = {"offset": 0, "total": 6, "name": "clip.webm"}
    assert requests.put(f"{page}/clip", params=query, data=b"a clip", headers=own, timeout=LIMIT_S).ok
    return offered, requests.post(f"{page}/submit", json={"name": "Talk", **form}, headers=own, timeout=LIMIT_S)


def test_the_upload_page_has_the_choice(world: World) -> None:
    offered, shown = _sent_by_page(world, face=True)
    assert offered is True and shown.status_code == 200, shown.text
    (process,) = world.call("GET", "/v2/users/player-1/processes").json()
    assert _has_face(world, world.finished(process["uuid"]))


def test_the_published_servers_page_has_no_such_choice(strict_world: World) -> None:
    offered, shown = _sent_by_page(strict_world)
    assert offered is False and shown.status_code == 200, shown.text
