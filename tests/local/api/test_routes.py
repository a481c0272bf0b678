"""A running service beyond the rows of tests/conformance: keys that end, a whole take, progress, failures, uploads at once."""

from __future__ import annotations

import functools
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
import requests

from kinetix_core.values.failure import FailureReason
from tests.local.conftest import World
from tests.support.fast_capture import STEPS
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("local")
NOWHERE = str(uuid.uuid4())


def said(answer: requests.Response) -> tuple[int, Any, Any]:
    body = answer.json()
    return answer.status_code, body.get("errorCode"), body.get("message")


def test_keys_end(world: World) -> None:
    key = world.new_key()
    assert world.call("GET", "/v1/virtual-world/config", key=key["key"]).status_code == 200
    world.service.admin("DELETE", f"/keys/{key['uuid']}")
    assert said(world.call("GET", "/v1/virtual-world/config", key=key["key"]))[1] == "deletedApiKey"

    def expiring(seconds: float) -> Any:
        """None for one that would have ended before it was made, on a busy machine."""
        expire = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
        return world.service.admin("POST", f"/worlds/{world.uuid}/keys", json={"expire": expire}).json().get("key")

    soon, later = until(lambda: expiring(2)), expiring(3600)
    until(lambda: world.call("GET", "/v1/virtual-world/config", key=soon).status_code != 200)
    assert said(world.call("GET", "/v1/virtual-world/config", key=soon))[1] == "expiredApiKey"
    assert world.call("GET", "/v1/virtual-world/config", key=later).status_code == 200
    world.service.admin("DELETE", f"/worlds/{world.uuid}")
    assert said(world.call("GET", "/v1/virtual-world/config"))[1] == "deletedVW"


def test_failures_are_told(world: World) -> None:
    nobody = world.emote(clip=b"REJECT:nobody\n")
    assert nobody["step"] == "ml_failed" and nobody["mlReturnCode"] == 6
    assert nobody["errorMessage"].startswith("Nobody was found in the clip.")
    many = world.emote(clip=b"REJECT:many\n")
    assert many["errorMessage"] == (
        "More than one person is in the clip. A second person is seen in 40% of the frames. "
        "Choose a person or “Everybody” (Kinetix Local), film one person alone, or crop the clip."
    )
    assert many["failure"]["code"] == "severalPeople"
    cut = world.emote(clip=b"REJECT:cut\n")["failure"]
    assert cut["title"] == "The scene changes at 2.5 s."
    assert cut["wording"] == {"title": {"text": "The scene changes at {seconds} s.", "values": {"seconds": "2.5"}}}
    half = world.emote(clip=b"REJECT:half\n")
    assert half["mlReturnCode"] == -1
    assert half["failure"] == {
        "code": "halfBody",
        "title": FailureReason.HALF_BODY.summary,
        "detail": "",
        "kind": "invalidInput",
        "nextStep": FailureReason.HALF_BODY.advice,
    }
    assert world.emote(clip=b"REJECT:type\n")["step"] == "transcode_failed"
    assert world.emote(clip=b"BUG\n")["step"] == "render_failed"
    crashed = world.emote(clip=b"CRASH\n")
    assert crashed["step"] == "ml_failed" and crashed["mlReturnCode"] == -1
    assert world.emote()["step"] == "done", "the service goes on after a worker died"
    statuses = [row["status"] for row in world.call("GET", "/v2/users/player-1/processes?failed=true").json()]
    assert statuses == ["failed"] * 7
    assert len(world.call("GET", "/v2/users/player-1/processes?failed=false").json()) == 1


def test_progress_is_seen(world: World, tmp_path: Path) -> None:
    process = world.upload(f"STEPS:{tmp_path}\n".encode())["uuid"]
    seen: list[dict[str, Any]] = []

    def reached(percent: int) -> bool:
        seen.append(world.call("GET", "/v2/users/player-1/processes").json()[0])
        return bool(seen[-1]["progression"] >= percent)

    for step in range(STEPS):
        until(functools.partial(reached, 100 * (step + 1) // (STEPS + 1)), lambda: seen[-1])
        (tmp_path / str(step)).touch()
    until(lambda: reached(100) and seen[-1]["status"] == "done", lambda: seen[-1])
    running = [row for row in seen if row["step"] == "ml_running" and "ml" in row]
    assert running and all(isinstance(value, int) for row in running for value in row["ml"].values())
    assert {row.get("stage") for row in running} <= {"decode", "track", "fit"}
    percents = [row["progression"] for row in seen]
    assert percents == sorted(percents) and percents[-1] == 100
    assert seen[-1]["uuid"] == process and {row["status"] for row in seen} <= {"pending", "processing", "done"}


def test_one_token_makes_one_process_however_many_use_it_at_once(world: World) -> None:
    from concurrent.futures import ThreadPoolExecutor

    token = world.token()["uuid"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: world.service.upload(token).status_code, range(8)))
    assert sorted(answers) == [201, *[403] * 7]
    assert len(world.call("GET", "/v2/users/player-1/processes").json()) == 1


def test_plan_limit_holds_against_uploads_at_once(world: World) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from click.testing import CliRunner

    from kinetix_local.commands.local import local

    made = ["plan", "create", "Three", "--emotes", "3", "--home", str(world.service.home)]
    assert CliRunner().invoke(local, made).exit_code == 0
    world.change(plan="Three")
    tokens = [world.token()["uuid"] for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda token: world.service.upload(token, b"SLOW:0").status_code, tokens))
    assert sorted(answers) == [201] * 3 + [403] * 5
