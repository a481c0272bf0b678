"""A clip that a phone sends is asked about too: compared with its film, taken again with other settings, accepted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.hub.conftest import HubProcess, wait_job
from tests.support.waiting import LIMIT_S

Row = dict[str, Any]
FILM = b"what the phone has filmed"


def send(hub: HubProcess, job: Row) -> None:
    """Send a clip as the upload page does, without its first second, on this machine in place of the network."""
    (token,) = parse_qs(urlsplit(job["phone"]["url"]).query)["token"]
    parts: list[Any] = [
        ("start", (None, "00:00:01.000")),
        ("video", ("film.mp4", FILM, "video/mp4")),
        ("name", (None, "By phone")),
    ]
    url = hub.service_info()["url"]
    answer = requests.post(f"{url}/v1/process", headers={"x-api-token": token}, files=parts, timeout=LIMIT_S)
    assert answer.status_code == 201, answer.text


def test_a_take_by_phone_is_compared_taken_again_and_accepted(own_hub: HubProcess) -> None:
    own_hub.start()
    made = own_hub.link.post("/v1/jobs/phone", {"name": "By phone", "askFirst": True})
    job = wait_job(own_hub.link, made["id"], "awaitingUpload")  # the answer waits for the link for some seconds only
    send(own_hub, job)
    asked = wait_job(own_hub.link, job["id"], "awaitingDecision")
    clip = Path(asked["preview"]["clip"])
    assert clip.read_bytes() == FILM and asked["preview"]["clipStart"] == 1.0, (
        "Compare has the film, from where it begins"
    )
    assert own_hub.link.get("/v1/emotes") == {"emotes": []}, "nothing is in the library before somebody said so"

    again = {"clip": str(clip), "name": "By phone", "trimStart": 0.5, "askFirst": True}
    own_hub.link.post(f"/v1/jobs/{job['id']}/retake", again)
    asked = wait_job(own_hub.link, job["id"], "awaitingDecision")
    assert asked["kind"] == "clip" and asked["preview"]["clipStart"] == 0.5, "no second filming for another cut"
    own_hub.link.post(f"/v1/jobs/{job['id']}/validate")
    wait_job(own_hub.link, job["id"], "delivered")
    assert [row["name"] for row in own_hub.link.get("/v1/emotes")["emotes"]] == ["By phone"]

    done = own_hub.cli("emote", "create", str(clip), "--name", "Typed", "--ask", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["job"]["state"] == "awaitingDecision", done.stderr
    assert [row["name"] for row in own_hub.link.get("/v1/emotes")["emotes"]] == ["By phone"]
