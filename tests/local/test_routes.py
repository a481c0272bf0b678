"""The routes on a running service: order of checks, keys, tokens, decisions, limits."""

from __future__ import annotations

import functools
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from kinetix_core.values.failure import FailureReason
from tests.local.conftest import World, new_world
from tests.support.fast_capture import STEPS, held_clip
from tests.support.service import Running
from tests.support.waiting import LIMIT_S, until

pytestmark = pytest.mark.xdist_group("local")
NOWHERE = str(uuid.uuid4())


def said(answer: requests.Response) -> tuple[int, Any, Any]:
    body = answer.json()
    return answer.status_code, body.get("errorCode"), body.get("message")


def test_order_of_checks(world: World) -> None:
    """Malformed comes before the key, the key before its flag, the flag before what is asked for."""
    path = "/v1/virtual-world/users/nobody"
    assert said(world.call("GET", path + "?x=1", key=None)) == (400, "badRequest", "malformed request")
    assert said(world.call("GET", path, key=None)) == (401, "missingApiKey", "Missing API key")
    assert said(world.call("GET", path, key="0" * 32)) == (403, "unknownApiKey", "Unknown API key")
    writer = world.new_key(canRead=False)["key"]
    assert said(world.call("GET", path, key=writer)) == (403, "forbidden", "Wrong API key")
    assert said(world.call("GET", path)) == (404, "notFound", "User not found")


def test_flags_are_those_of_this_key(world: World) -> None:
    reader = world.new_key(canWrite=False)["key"]
    assert said(world.call("POST", "/v1/virtual-world/users", json={"id": "a"}, key=reader))[0] == 403
    assert world.call("POST", "/v1/virtual-world/users", json={"id": "a"}).status_code == 200
    assert world.call("GET", "/v1/virtual-world/users/a", key=reader).status_code == 200


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


def test_users(world: World) -> None:
    created = world.call("POST", "/v1/virtual-world/users", json={"id": "steam:1/ä"})
    assert created.status_code == 200 and set(created.json()) == {"id", "virtualWorldId", "createdAt"}
    assert said(world.call("POST", "/v1/virtual-world/users", json={"id": "steam:1/ä"})) == (
        409,
        "alreadyExists",
        "User already exists",
    )
    got = world.call("GET", "/v1/virtual-world/users/steam:1%2F%C3%A4")
    assert got.status_code == 200 and got.json()["virtualWorldId"] == "steam:1/ä"
    world.user("plain")
    shown = world.call("GET", "/v1/virtual-world/users/plain").json()
    assert shown["virtualWorldId"] == "plain" and isinstance(shown["id"], int)
    assert world.call("POST", "/v1/virtual-world/users", json={}).json()["details"] == '"body" is required'
    assert (
        world.call("POST", "/v1/virtual-world/users", json={"id": 5}).json()["details"] == '"body.id" must be a string'
    )


def test_configuration(world: World) -> None:
    put = world.call(
        "PUT", "/v1/virtual-world/config", json={"name": "My Arena", "website": None, "ugcValidation": {"maxRetry": 2}}
    )
    assert put.status_code == 200 and put.json()["message"] == "VirtualWorld updated successfully"
    shown = world.call("GET", "/v1/virtual-world/config").json()
    assert shown == {
        "name": "My Arena",
        "allowUGC": True,
        "allowPremium": True,
        "website": None,
        "ugcValidation": {"maxRetry": 2},
    }
    world.call("PUT", "/v1/virtual-world/config", json={"ugcValidation": "true"})
    assert world.call("GET", "/v1/virtual-world/config").json()["ugcValidation"] == {"maxRetry": 2}
    world.call("PUT", "/v1/virtual-world/config", json={"ugcValidation": False})
    assert world.call("GET", "/v1/virtual-world/config").json()["ugcValidation"] is False
    assert said(world.call("PUT", "/v1/virtual-world/config", json={"name": "ab"}))[0] == 400


def test_from_token_to_bag(world: World) -> None:
    world.user()
    token = world.token()
    assert token["url"].startswith(world.service.url + "/?token=" + token["uuid"] + "&expire=")

    def state(uuid: str) -> dict[str, Any]:
        return dict(requests.get(f"{world.service.url}/v1/process/token/{uuid}", timeout=LIMIT_S).json())

    assert state(token["uuid"])["retake"] is False
    until(lambda: state(world.token()["uuid"])["expireIn"] == 300)  # of a fresh one each time: a second may pass
    created = world.service.upload(token["uuid"])
    body = created.json()
    assert created.status_code == 201 and isinstance(body["createdAt"], int) and body["step"] == "initialized"
    assert set(body) == {
        *("uuid", "name", "animation", "emote", "user", "video", "vw", "step"),
        *("progression", "maturity", "validated", "rejected", "key", "createdAt"),
    }
    used = requests.get(f"{world.service.url}/v1/process/token/{token['uuid']}", timeout=LIMIT_S)
    assert said(used) == (404, "notFound", "Token not found")
    assert said(world.service.upload(token["uuid"])) == (403, "wrongToken", "Wrong generation token")
    done = world.emote(name="second take")
    assert done["step"] == "done" and done["progression"] == 100
    bag = world.call("GET", "/v1/users/player-1/emotes")
    assert bag.status_code == 200 and bag.json()[0]["data"]["name"] == "second take"
    # Who made the emote drops the bag once that is on disk, which may be a moment after the process was seen to be done.
    until(lambda: world.call("GET", "/v1/users/player-1/emotes").status_code == 208)
    url = next(file["url"] for file in bag.json()[0]["data"]["files"] if file["extension"] == "glb")
    assert requests.get(url, timeout=LIMIT_S).content[:4] == b"glTF"


def test_a_malformed_upload_keeps_the_token_and_others_burn_it(world: World) -> None:
    token = world.token()["uuid"]
    service = world.service
    alone = requests.post(
        f"{service.url}/v1/process",
        headers={"x-api-token": token},
        files={"video": ("a.mp4", b"x", "video/mp4")},
        timeout=LIMIT_S,
    )
    assert alone.status_code == 400
    assert alone.json()["details"] == ['"body" is required', '"body" is required, "files" is not allowed']
    assert requests.get(f"{service.url}/v1/process/token/{token}", timeout=LIMIT_S).status_code == 200
    world.configure(allowUGC=False)
    assert said(service.upload(token))[1] == "noUGC"
    world.configure(allowUGC=True)
    assert said(service.upload(token))[1] == "wrongToken"
    parts: dict[str, Any] = {"name": (None, "x"), "v": ("a", b"x")}
    assert said(requests.post(f"{service.url}/v1/process", files=parts, timeout=LIMIT_S)) == (
        401,
        "missingToken",
        "Missing generation token",
    )


def test_decision_of_the_player(world: World) -> None:
    world.configure(ugcValidation={"maxRetry": 1})
    first = world.emote()
    assert world.call("GET", "/v1/users/player-1/emotes").json() == []
    assert world.call("GET", f"/v1/emotes/{first['emote']}").status_code == 200
    retake = world.call("POST", f"/v1/process/{first['uuid']}/retake")
    assert retake.status_code == 200
    again = world.call("POST", f"/v1/process/{first['uuid']}/retake").json()
    created = world.service.upload(again["uuid"]).json()
    assert created["parent"] == first["uuid"]
    until(lambda: world.call("GET", f"/v1/process/{created['uuid']}").json()["step"] == "done")
    second = world.call("GET", f"/v1/process/{created['uuid']}").json()
    assert second["hierarchy"] == {"parents": 1, "parent": {"uuid": first["uuid"]}, "children": 0, "child": {}}
    shown = world.call("GET", f"/v1/process/{first['uuid']}").json()
    assert shown["hierarchy"]["children"] == 1 and shown["rejected"] is True and shown["step"] == "rejected"
    refused = world.call("POST", f"/v1/process/{first['uuid']}/retake")
    assert said(refused) == (404, "notFound", "Process retake limit reached")
    valid = world.call("POST", f"/v1/process/{second['uuid']}/validate")
    assert valid.status_code == 200 and valid.json()["validated"] is True and "hierarchy" not in valid.json()
    assert [row["emoteUuid"] for row in world.call("GET", "/v1/users/player-1/emotes").json()] == [second["emote"]]
    assert said(world.call("POST", f"/v1/process/{second['uuid']}/validate"))[0] == 403
    listed = {row["uuid"]: row["status"] for row in world.call("GET", "/v2/users/player-1/processes").json()}
    assert listed == {first["uuid"]: "rejected", second["uuid"]: "validated"}


def too_early(world: World) -> list[tuple[int, Any, Any]]:
    """Return the answers to a validation, a retake and a gift while the process works."""
    world.configure(ugcValidation=True)
    with held_clip() as clip:
        process = world.upload(clip)
        asked = (
            f"process/{process['uuid']}/validate",
            f"process/{process['uuid']}/retake",
            f"users/player-1/emotes/{process['emote']}",
        )
        return [said(world.call("POST", f"/v1/{path}")) for path in asked]


def test_too_early(world: World) -> None:
    assert too_early(world) == [
        (425, None, "Process is not ready to be validated"),
        (425, None, "Process is not ready to be retaken"),
        (425, None, "Emote is not available yet"),
    ]


def test_too_early_strict(strict_world: World) -> None:
    assert too_early(strict_world) == [
        (403, "forbidden", "Process is not ready to be validated"),
        (200, None, None),
        (403, "emoteNotAvailable", "Emote not available on SDK"),
    ]


def test_bag_changes(world: World) -> None:
    emote = world.emote()["emote"]
    world.user("friend")
    path = f"/v1/users/friend/emotes/{emote}"
    assert world.call("GET", "/v1/users/friend/emotes").json() == []
    assert world.call("POST", path).json() == {
        "status": "success",
        "message": "Emote successfully attributed to user.",
    }
    assert world.call("POST", path).json() == {"message": "Emote already attributed to user", "data": {}}
    bag = world.call("GET", "/v1/users/friend/emotes")
    assert bag.status_code == 200 and bag.json()[0]["isUGE"] is False
    renamed = world.call("PUT", path, json={"name": "new name"})
    assert renamed.status_code == 200 and renamed.json()["name"] == "new name"
    assert world.call("GET", f"/v1/emotes/{emote}").json()["name"] == "new name"
    assert said(world.call("PUT", path, json={"name": "abc"}))[0] == 400
    assert world.call("DELETE", path, json={"reason": "dull"}).json()["status"] == "success"
    assert said(world.call("DELETE", path)) == (404, "notFound", "Emote not attributed to user")
    assert said(world.call("PUT", path, json={"name": "new name"})) == (
        403,
        "forbidden",
        "User does not own the specified emote.",
    )
    assert said(world.call("POST", f"/v1/users/friend/emotes/{NOWHERE}")) == (404, "notFound", "Emote not found")
    assert said(world.call("GET", "/v1/users/nobody/emotes")) == (404, "notFound", "User not found.")


def test_other_worlds_see_nothing(world: World) -> None:
    mine, other = world.emote(), new_world(world.service)
    other.user()
    other.configure(ugcValidation=True)
    for method, path in (
        ("GET", f"/v1/emotes/{mine['emote']}"),
        ("GET", f"/v1/process/{mine['uuid']}"),
        ("POST", f"/v1/users/player-1/emotes/{mine['emote']}"),
        ("POST", f"/v1/process/{mine['uuid']}/validate"),
    ):
        assert other.call(method, path).status_code == 404, path


def test_white_list(world: World) -> None:
    emote = world.emote()["emote"]
    world.user("friend")
    world.change(whiteList=True)
    assert world.call("POST", f"/v1/users/friend/emotes/{emote}").status_code == 200
    listed = world.call("GET", "/v1/virtual-world/emotes").json()
    assert [row["emoteUuid"] for row in listed] == [emote]
    failed = world.call("POST", "/v1/virtual-world/emotes", json={"uuids": [NOWHERE, emote]})
    assert failed.status_code == 403
    assert failed.json()["data"]["failed"] == {NOWHERE: "Emote does not exist", emote: "Emote already associated"}


def test_daily_and_plan_limits(world: World) -> None:
    world.configure(maxEmotes=1)
    world.emote()
    assert said(world.call("GET", "/v1/process/token?userId=player-1"))[:2] == (429, "tooManyUserProcesses")
    world.user("another")
    assert world.call("GET", "/v1/process/token?userId=another").status_code == 200
    world.change(plan="Limited")
    for number in range(40):
        answer = world.call("POST", "/v1/virtual-world/users", json={"id": f"u{number}"})
    assert answer.status_code == 200
    assert said(world.call("POST", "/v1/virtual-world/users", json={"id": "u40"}))[1] == "planLimitReached"
    assert said(world.call("POST", "/v1/virtual-world/users", json={"id": "u1"}))[1] == "alreadyExists"


def test_alias(world: World) -> None:
    one, two = world.emote()["emote"], world.emote()["emote"]
    admin = world.service.admin
    assert admin("POST", f"/worlds/{world.uuid}/aliases", json={"name": "Daily", "emotes": [one]}).status_code == 201
    assert world.call("GET", "/v1/virtual-world/alias/DAILY").json()["emoteUuid"] == one
    admin("POST", f"/worlds/{world.uuid}/aliases", json={"name": "many", "emotes": [one, two]})
    assert world.call("GET", "/v1/virtual-world/alias/many").status_code == 428
    rotating = {"name": "turn", "emotes": [one, two], "interval": 3_600_000, "startDate": "2020-01-01T00:00:00Z"}
    admin("POST", f"/worlds/{world.uuid}/aliases", json=rotating)
    before = time.time()
    now = world.call("GET", "/v1/virtual-world/alias/turn").json()["emoteUuid"]
    started = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
    assert now in {(one, two)[int((moment - started) // 3600) % 2] for moment in (before, time.time())}
    assert said(world.call("GET", "/v1/virtual-world/alias/none")) == (404, "notFound", "Alias not found")


def test_paging(world: World) -> None:
    for number in range(5):
        world.emote(name=f"emote {number}", mature="true" if number % 2 else "false")
    page = world.call("GET", "/v1/users/player-1/emotes?limit=2&offset=2")
    assert [row["data"]["name"] for row in page.json()] == ["emote 2", "emote 1"]
    headers = page.headers
    assert headers["x-pagination-length"] == "5"
    assert headers["x-pagination-first-page"] == "/v1/users/player-1/emotes?limit=2&offset=0"
    assert headers["x-pagination-previous-page"] == "/v1/users/player-1/emotes?limit=2&offset=0"
    assert headers["x-pagination-next-page"] == "/v1/users/player-1/emotes?limit=2&offset=4"
    assert headers["x-pagination-last-page"] == "/v1/users/player-1/emotes?limit=2&offset=4"
    until(lambda: world.call("GET", "/v1/users/player-1/emotes").status_code == 208)
    mature = world.call("GET", "/v1/users/player-1/emotes?mature=TRUE")
    assert mature.status_code == 208 and len(mature.json()) == 2
    assert world.call("GET", "/v1/users/player-1/emotes?limit=0").json() == []
    since = world.call("GET", "/v1/users/player-1/emotes?since=2099-01-01")
    assert since.status_code == 200 and since.json() == []


def test_failures_are_told(world: World) -> None:
    nobody = world.emote(clip=b"REJECT:nobody\n")
    assert nobody["step"] == "ml_failed" and nobody["mlReturnCode"] == 6
    assert nobody["errorMessage"].startswith("Nobody was found in the clip.")
    many = world.emote(clip=b"REJECT:many\n")
    assert many["errorMessage"] == (
        "More than one person is in the clip. A second person is seen in 40% of the frames. "
        "With Kinetix Local, choose a person or “Everybody”. Otherwise film one person alone, or crop the picture."
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


def test_http_edges(world: World) -> None:
    call = world.call
    page = call("DELETE", "/v1/plans")
    assert page.status_code == 404 and page.headers["content-type"].startswith("text/html")
    assert call("GET", "/V1/Virtual-World/CONFIG/").status_code == 200
    head = call("HEAD", "/v1/virtual-world/config")
    assert head.status_code == 200 and head.content == b"" and int(head.headers["content-length"]) > 10
    tag = call("GET", "/v1/virtual-world/config").headers["etag"]
    assert call("GET", "/v1/virtual-world/config", headers={"if-none-match": tag}).status_code == 304
    json_type = {"content-type": "application/json"}
    path = "/v1/virtual-world/users"
    assert call("POST", path, data=b"{", headers=json_type).json()["message"] == "Malformed request"
    assert call("POST", path, data=b"[" * 90_000, headers=json_type).status_code == 400
    assert call("POST", path, data=b'{"id":"' + b"a" * 200_000 + b'"}', headers=json_type).status_code == 413
    assert (
        call(
            "POST", path, data="{}".encode("utf-16"), headers={"content-type": "application/json; charset=utf-16"}
        ).status_code
        == 415
    )
    assert call("POST", path, data={"id": "form-user"}).status_code == 200
    assert call("GET", "/v1/users/player-1/emotes?limit=%FF").status_code == 400


def test_unreachable_videos_are_refused_honestly(world: World) -> None:
    token = {"x-api-token": world.token()["uuid"]}
    url = world.service.url + "/v1/process/video/info"
    for address, code in (
        ("http://127.0.0.1:1/a.mp4", "unsupportedURL"),
        ("ftp://host/a.mp4", "unsupportedURL"),
        ("http://localhost/a.mp4", "unsupportedURL"),
        ("http://[::ffff:127.0.0.1]/a.mp4", "unsupportedURL"),
    ):
        answer = requests.post(url, headers=token, json={"url": address}, timeout=LIMIT_S)
        assert said(answer)[:2] == (422, code), address
    assert (
        requests.get(f"{world.service.url}/v1/process/token/{token['x-api-token']}", timeout=LIMIT_S).status_code == 200
    )


def test_files(world: World) -> None:
    asset = world.call("GET", f"/v1/emotes/{world.emote()['emote']}").json()
    url = next(file["url"] for file in asset["files"] if file["extension"] == "kinanim")
    whole = requests.get(url, timeout=LIMIT_S)
    assert whole.status_code == 200 and whole.headers["accept-ranges"] == "bytes"
    size = len(whole.content)
    for header, body in (
        ("bytes=0-9", whole.content[:10]),
        ("bytes=5-", whole.content[5:]),
        ("bytes=-7", whole.content[-7:]),
        (f"bytes=3-{size * 2}", whole.content[3:]),
    ):
        part = requests.get(url, headers={"range": header}, timeout=LIMIT_S)
        assert part.status_code == 206 and part.content == body, header
    assert requests.get(url, headers={"range": f"bytes={size}-"}, timeout=LIMIT_S).status_code == 416
    stale = requests.get(url, headers={"range": "bytes=0-9", "if-range": '"other"'}, timeout=LIMIT_S)
    assert stale.status_code == 200 and len(stale.content) == size
    assert requests.get(url, headers={"if-none-match": whole.headers["etag"]}, timeout=LIMIT_S).status_code == 304
    assert requests.head(url, timeout=LIMIT_S).headers["content-length"] == str(size)
    for path in ("/user-data/../../secret", "/user-data/x", f"/user-data/{NOWHERE}-a.glb"):
        assert requests.get(world.service.url + path, timeout=LIMIT_S).status_code == 404


def test_health(service: Running) -> None:
    body = service.call("GET", "/", key=None).json()
    assert body["status"] == "ok" and body["info"]["version"] == "1.4.45" and body["details"] == body["info"]


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


def test_strict_texts(strict_world: World) -> None:
    """Differences from the default: fewer keys, 403 for 425, an object refused, the avatar unset by silence."""
    call = strict_world.call
    malformed = call("GET", "/v1/process/token")
    assert malformed.json() == {"details": '"query" is required', "message": "malformed request"}
    assert list(malformed.json()) == ["details", "message"]
    refused = call("PUT", "/v1/virtual-world/config", json={"ugcValidation": {"maxRetry": 1}})
    assert refused.status_code == 400 and refused.json()["details"] == '"body.ugcValidation" must be a boolean'
    avatar = str(uuid.uuid4())
    call("PUT", "/v1/virtual-world/config", json={"defaultAvatarUuid": avatar})
    assert call("GET", "/v1/virtual-world/config").json()["defaultAvatarUuid"] == avatar
    call("PUT", "/v1/virtual-world/config", json={"website": "x"})
    assert "defaultAvatarUuid" not in call("GET", "/v1/virtual-world/config").json()
    reader = strict_world.new_key(canWrite=False)["key"]
    assert said(call("GET", f"/v1/process/{NOWHERE}", key=reader))[0] == 403
