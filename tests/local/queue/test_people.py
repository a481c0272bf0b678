"""A clip of several people in the upload form: every person an emote of its own, in one bag."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import requests

from kinetix_capture.interface import CaptureRequest
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.people import People, PersonAt
from kinetix_local.queue.inputs import with_files
from kinetix_studio.machines.remote_job import RemoteJob
from tests.local.conftest import World
from tests.support.waiting import LIMIT_S

pytestmark = pytest.mark.xdist_group("local")


def _bag(world: World) -> dict[str, dict[str, Any]]:
    rows = world.call("GET", "/v1/users/player-1/emotes").json()
    return {row["data"]["uuid"]: row["data"] for row in rows}


def test_everybody_becomes_an_emote(world: World) -> None:
    done = world.emote(name="duo", people="all")
    assert done["emotes"][0] == done["emote"] and len(done["emotes"]) == 2
    bag = _bag(world)
    assert [bag[uuid]["name"] for uuid in done["emotes"]] == ["duo", "duo 2"]
    groups = [bag[uuid]["metadata"]["group"] for uuid in done["emotes"]]
    assert [group["person"] for group in groups] == [1, 2]
    assert groups[0]["id"] == groups[1]["id"]
    files = world.call("GET", f"/v1/emotes/{done['emotes'][1]}").json()["files"]
    assert "animation-v2" in {file["name"] for file in files}


def test_all_of_them_are_validated_together(world: World) -> None:
    world.configure(ugcValidation={"maxRetry": 2})
    done = world.emote(name="duo", people="all")
    assert not _bag(world)
    assert world.call("POST", f"/v1/process/{done['uuid']}/validate").status_code == 200
    assert set(_bag(world)) == set(done["emotes"])


def test_one_of_them_is_an_emote_like_others(world: World) -> None:
    done = world.emote(name="solo", people="one")
    assert "emotes" not in done
    assert "group" not in _bag(world)[done["emote"]]["metadata"]


def test_whoever_was_chosen_reaches_the_capture_here_and_on_another_machine(tmp_path: Path) -> None:
    at = PersonAt(1.25, 0.4, 0.6)
    request = CaptureRequest(Path("clip.mp4"), tmp_path, settings=CaptureSettings(people=People.ONE, person=at))
    here = with_files(request, lambda path: tmp_path / path)
    assert (
        here.clip == tmp_path / "clip.mp4" and here.settings.person == at and isinstance(here.settings.person, PersonAt)
    )
    sent = json.loads(json.dumps(RemoteJob.plain(request)))
    job = RemoteJob(process="one", attempt=1, request=sent, crop_pixels=None, files=[])
    there = job.capture_request(tmp_path, tmp_path)
    assert there.settings.person == at and isinstance(there.settings.person, PersonAt)


def test_the_page_is_told_of_its_own_clip_alone(world: World) -> None:
    page, own = f"{world.service.url}/_local/page/{world.token()['uuid']}", {"x-kinetix-page": "1"}

    def ask(part: dict[str, Any], address: str = page, headers: dict[str, str] = own) -> requests.Response:
        return requests.post(f"{address}/look", json=part, headers=headers, timeout=LIMIT_S)

    nothing: dict[str, Any] = {"people": [], "failure": None}
    assert ask({"end": 1.0}).json() == nothing, "no clip has arrived"
    query: dict[str, str | int] = {"offset": 0, "total": 6, "name": "clip.webm"}
    assert requests.put(f"{page}/clip", params=query, data=b"a clip", headers=own, timeout=LIMIT_S).ok
    assert ask({"end": 1.0}).json() == nothing, "this capture cannot look"
    assert ask({"end": 1.0}, headers={}).status_code == 403, "a foreign page"
    assert ask({"end": 1.0}, f"{world.service.url}/_local/page/{uuid4()}").json() == nothing, "no such link"
    for odd in ({}, {"start": -1, "end": 1}, {"end": "x"}, {"end": 1, "crop": [0, 0, 2, 2]}, {"end": 1, "clip": "/x"}):
        assert 400 <= ask(odd).status_code < 500, odd
