"""Further views of a take in the upload form: files called `views`, which are kept beside the clip and captured with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from kinetix_core.api.client import Client
from tests.local.conftest import World
from tests.support.waiting import LIMIT_S, until

pytestmark = pytest.mark.xdist_group("local")


def _quality(world: World, emote: str) -> dict[str, Any]:
    files = world.call("GET", f"/v1/emotes/{emote}").json()["files"]
    url = next(file["url"] for file in files if file["name"] == "quality")
    return dict(requests.get(url, timeout=LIMIT_S).json())


def _send(world: World, token: str, *names: str) -> requests.Response:
    """A form with a clip of 6 bytes and files of 1, 2, … bytes under these names, in this order, around it."""
    files: list[Any] = [(name, (f"{name}.mov", b"v" * size, "video/quicktime")) for size, name in enumerate(names, 1)]
    files.insert(1, ("video", ("clip.mp4", b"a clip", "video/mp4")))
    return requests.post(
        f"{world.service.url}/v1/process",
        headers={"x-api-token": token},
        data={"name": "two sides"},
        files=files,
        timeout=LIMIT_S,
    )


def test_views_are_captured_with_the_clip_in_their_order(world: World) -> None:
    """The first of them comes before the clip itself."""
    answer = _send(world, world.token()["uuid"], "views", "views", "views")
    assert answer.status_code == 201, answer.text
    done = world.finished(answer.json()["uuid"])
    assert done["step"] == "done"
    assert _quality(world, done["emote"])["viewBytes"] == [1, 2, 3]


def test_a_take_of_several_clips_is_corrected_by_what_was_seen_alone(world: World) -> None:
    made = world.finished(_send(world, world.token()["uuid"], "views", "views").json()["uuid"])
    (row,) = (row for row in world.service.admin("GET", "/library").json()["emotes"] if row["uuid"] == made["emote"])
    sizes = [len(requests.get(world.service.url + url, timeout=LIMIT_S).content) for url in row["clip"]["further"]]
    assert sizes == [1, 2], "the library page shows the pictures of all of them"
    where = [world.service.admin("GET", f"/processes/{made['uuid']}/clip?camera={number}") for number in range(4)]
    assert [len(Path(found.json()["path"]).read_bytes()) for found in where[:3]] == [6, 1, 2], "and Blender does"
    assert where[3].status_code == 404
    foot = {"kind": "foot", "id": "left-1", "first": 2, "last": 9, "side": "left", "stands": True}
    answer = world.service.admin("POST", f"/emotes/{made['emote']}/refine", json={"corrections": [foot]})
    assert answer.status_code == 202, answer.text
    version = answer.json()
    assert world.finished(version["process"])["step"] == "done"
    quality = _quality(world, version["emote"])
    assert quality["corrected"] == 1 and "viewBytes" not in quality, "the clips themselves are not read again"


def test_the_client_sends_them(world: World, tmp_path: Path) -> None:
    clips = [tmp_path / f"{name}.mp4" for name in ("front", "side")]
    for size, clip in enumerate(clips, 300_000):  # of more than one block
        clip.write_bytes(b"c" * size)
    sent: list[int] = []
    with Client(world.service.url, world.key) as client:
        process = client.process.create(
            world.token()["uuid"], clips[0], views=clips[1:], progress=lambda transfer: sent.append(transfer.done_bytes)
        )
    done = world.finished(process.uuid)
    assert done["name"] == "front"
    assert _quality(world, done["emote"])["viewBytes"] == [300_001]
    assert sent == sorted(sent) and sent[-1] > 600_001


def test_a_take_has_four_clips_at_most(world: World) -> None:
    token = world.token()["uuid"]
    answer = _send(world, token, *["views"] * 4)
    assert answer.status_code == 400 and "at most 4" in answer.text
    incoming = world.service.home / "local" / "files" / "incoming"  # of clips that other tests left as well
    until(lambda: not list(incoming.iterdir()), lambda: list(incoming.iterdir()))
    assert _send(world, token, "views").status_code == 201, "the token is still good"


def test_views_without_a_clip_are_no_upload(world: World) -> None:
    answer = requests.post(
        f"{world.service.url}/v1/process",
        headers={"x-api-token": world.token()["uuid"]},
        data={"name": "x"},
        files=[("views", ("side.mp4", b"v", "video/mp4"))],
        timeout=LIMIT_S,
    )
    assert answer.status_code == 400 and '"files" is required' in answer.json()["details"]


def test_other_files_are_forgotten_as_before(world: World) -> None:
    answer = _send(world, world.token()["uuid"], "views", "picture")
    assert _quality(world, world.finished(answer.json()["uuid"])["emote"])["viewBytes"] == [1]


def test_the_published_server_knows_none(strict_world: World) -> None:
    """There the first file is the clip, whatever it is called."""
    answer = _send(strict_world, strict_world.token()["uuid"], "views")
    assert answer.status_code == 201
    done = strict_world.finished(answer.json()["uuid"])
    assert done["name"] == "two sides" and "viewBytes" not in _quality(strict_world, done["emote"])
