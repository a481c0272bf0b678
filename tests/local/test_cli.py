"""The commands, with a service running on the same state and without one."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from click.testing import CliRunner

from kinetix_core.formats import glb
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.skeleton import Skeleton
from kinetix_core.values.errors import InputError
from kinetix_local.commands.local import local
from tests.local.conftest import World, new_world
from tests.support import tools
from tests.support.fast_capture import _glb
from tests.support.service import Running, running
from tests.support.waiting import LIMIT_S, until

NOBODY = "00000000-0000-4000-8000-000000000000"


def run(home: Path, *arguments: str) -> Any:
    result = CliRunner().invoke(local, [*arguments, "--home", str(home), "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_administration_without_a_service(tmp_path: Path) -> None:
    assert run(tmp_path, "world", "list") == []
    world = run(tmp_path, "world", "create", "Arena", "--plan", "Limited")
    assert world["limits"] == {"users": 40, "uge": 20, "calls": 2000}
    key = run(tmp_path, "key", "create", "--name", "server", "--no-write")
    listed = run(tmp_path, "key", "list")
    assert listed[0]["uuid"] == key["uuid"] and key["key"] not in json.dumps(listed)
    assert key["key"].encode() not in (tmp_path / "local" / "local.db").read_bytes()
    assert [row["id"] for row in run(tmp_path, "user", "create", "a", "b")] == ["a", "b"]
    with pytest.raises(InputError):
        run(tmp_path, "user", "create", "c", "a")
    assert [row["id"] for row in run(tmp_path, "user", "list")] == ["a", "b"], "all or none"
    changed = run(tmp_path, "world", "set", "--config", 'ugcValidation={"maxRetry": 2}', "--white-list")
    assert changed["configuration"]["ugcValidation"] == {"maxRetry": 2} and changed["whiteList"] is True
    with pytest.raises(InputError) as refused:
        run(tmp_path, "world", "set", "--config", "ugcValidaton=true")
    assert "ugcValidaton is none of" in refused.value.detail and "ugcValidation" in refused.value.detail
    assert run(tmp_path, "world", "list")[0]["configuration"] == changed["configuration"]
    assert run(tmp_path, "plan", "create", "Small", "--emotes", "1")["mugeLimit"] == 1
    assert run(tmp_path, "alias", "create", "Daily")["emotes"] == []
    run(tmp_path, "alias", "delete", "daily")
    run(tmp_path, "key", "delete", key["uuid"])
    assert run(tmp_path, "key", "list")[0]["isDeleted"] is True
    run(tmp_path, "world", "delete", "Arena")
    with pytest.raises(InputError, match="no virtual world"):
        run(tmp_path, "user", "list")


def test_what_is_administered_is_noted(service: Running, tmp_path: Path) -> None:
    run(tmp_path, "world", "create", "Arena")
    key = run(tmp_path, "key", "create", "--name", "anna")
    run(tmp_path, "world", "set", "--config", "maxEmotes=5")
    with pytest.raises(InputError):
        run(tmp_path, "world", "delete", "nowhere")
    run(tmp_path, "key", "delete", key["uuid"])
    noted = run(tmp_path, "audit")
    assert [row["action"] for row in noted] == ["delete key", "change world", "add key", "add world"]
    assert noted[1]["details"]["configuration"] == {"maxEmotes": 5} and noted[2]["details"]["name"] == "anna"
    assert all(row["actor"].startswith("command line, ") for row in noted)
    assert key["key"] not in json.dumps(noted)
    world = new_world(service)
    last = service.admin("GET", "/audit?limit=2").json()
    assert [(row["actor"], row["action"]) for row in last] == [
        ("administrator", "add key"),
        ("administrator", "add world"),
    ]
    assert last[0]["details"]["world"] == world.uuid


def test_an_administrator_lists_and_cancels_captures(tmp_path: Path) -> None:
    with running(tmp_path, "--workers", "0") as service:
        service.user()
        accepted = service.upload(service.token()["uuid"], name="spin").json()["uuid"]
        (listed,) = run(tmp_path, "capture", "list")
        assert (listed["process"], listed["name"], listed["user"]) == (accepted, "spin", "player-1")
        assert (listed["stage"], listed["worker"]) == ("waiting", None)
        assert run(tmp_path, "capture", "cancel", accepted) == {"cancelled": accepted}
        assert service.call("GET", f"/v1/process/{accepted}").json()["step"] == "rejected"
        assert run(tmp_path, "capture", "list") == []
        with pytest.raises(InputError, match="No such capture"):
            run(tmp_path, "capture", "cancel", accepted)


def test_an_artist_makes_takes_and_a_lead_validates_them(world: World) -> None:
    world.configure(ugcValidation=True)
    artist, lead = (world.new_key(name=name, role=role) for name, role in (("anna", "artist"), ("bo", "lead")))
    assert world.service.admin("POST", f"/worlds/{world.uuid}/keys", json={"role": "king"}).status_code == 400
    process = World(world.service, world.uuid, artist["key"]).emote()["uuid"]
    refused = world.call("POST", f"/v1/process/{process}/validate", key=artist["key"])
    assert refused.status_code == 403 and refused.json()["errorCode"] == "keyMayNotValidate"
    assert world.call("POST", f"/v1/process/{process}/validate", key=lead["key"]).status_code == 200
    noted = world.service.admin("GET", "/audit?limit=1").json()[0]
    assert (noted["actor"], noted["action"], noted["details"]["process"]) == ("key bo", "validate", process)
    assert [row["role"] for row in world.service.admin("GET", f"/worlds/{world.uuid}/keys").json()][-2:] == [
        "artist",
        "lead",
    ]


def test_an_avatar_must_be_a_character(tmp_path: Path) -> None:
    bad = tmp_path / "x.glb"
    bad.write_bytes(b"no glb")
    with pytest.raises(InputError):
        run(tmp_path, "avatar", "add", str(bad))
    skeleton = Skeleton(("crate", "lid"), np.array([-1, 0]), np.tile(quat.IDENTITY, (2, 1)), np.eye(2, 3))
    bad.write_bytes(
        glb.write_motion(Motion(skeleton, 30.0, skeleton.rest_rotations[None], skeleton.rest_translations[:1]))
    )
    with pytest.raises(InputError, match="hips"):
        run(tmp_path, "avatar", "add", str(bad))
    assert run(tmp_path, "avatar", "list") == []


@pytest.mark.posix_only(reason="a script in place of Blender")
def test_an_avatar_of_another_format_is_opened_by_blender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blender takes seconds: a service must be able to write meanwhile."""
    fbx, blender = tmp_path / "hero.fbx", tmp_path / "blender"
    fbx.write_bytes(b"Kaydara FBX Binary")
    monkeypatch.setenv("KINETIX_BLENDER", str(blender))
    with pytest.raises(InputError, match="Blender"):
        run(tmp_path, "avatar", "add", str(fbx))
    (tmp_path / "made.glb").write_bytes(_glb("hero"))
    write = f"{tools.python()} -m kinetix_local world create Meanwhile --home {tmp_path}"
    blender.write_text(
        f'#!/bin/sh\n{write} && for out; do :; done && cp {tmp_path}/made.glb "$out"\n', encoding="utf-8"
    )
    blender.chmod(0o755)
    assert run(tmp_path, "avatar", "add", str(fbx))["name"] == "hero"


def test_a_uuid_in_a_table_can_be_copied(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from kinetix_local.commands.admin.common import Place

    for name, value in {"FORCE_COLOR": "1", "TERM": "dumb", "COLUMNS": "70"}.items():
        monkeypatch.setenv(name, value)
    uuid = "0f692400-6275-4f70-9076-ae878cb84fc1"
    Place(None, None, as_json=False).show(
        [{"uuid": uuid, "name": "A character", "createdAt": "2026-11-26T07:41:52.776Z"}],
        {"uuid": "id", "name": "name", "createdAt": "made", "isDeleted": "deleted"},
    )
    shown = capsys.readouterr().out
    assert f"{uuid}  A character  2026-11-26 07:41" in shown and "deleted" not in shown


@pytest.mark.xdist_group("local")
def test_a_running_service_notices(service: Running) -> None:
    world = new_world(service)
    key = run(service.home, "key", "create", "--world", world.uuid)
    assert world.call("GET", "/v1/virtual-world/config", key=key["key"]).status_code == 200
    run(service.home, "key", "delete", key["uuid"])
    until(
        lambda: world.call("GET", "/v1/virtual-world/config", key=key["key"]).status_code != 200,
        "a deleted key still works",
    )


@pytest.mark.xdist_group("local")
def test_export_of_a_running_service(service: Running, tmp_path: Path) -> None:
    new_world(service).emote()
    done = run(service.home, "export", str(tmp_path / "state.json"), "--files")
    document = json.loads((tmp_path / "state.json").read_text(encoding="utf-8"))
    assert len(document["assets"]) == done["assets"] > 0 and (tmp_path / "state-files").is_dir()
    assert os.name != "posix" or (tmp_path / "state.json").stat().st_mode & 0o077 == 0
    counts = run(tmp_path / "other", "import", str(tmp_path / "state.json"))
    assert counts["processes"] == len(document["processes"])


@pytest.mark.xdist_group("local")
def test_a_new_emote_is_made_for_every_avatar(service: Running, tmp_path: Path) -> None:
    character = tmp_path / "hero.glb"
    character.write_bytes(_glb("hero"))
    world = new_world(service)
    avatar = run(service.home, "avatar", "add", str(character), "--world", world.uuid)["uuid"]
    emote = world.emote()["emote"]
    flat = world.call("GET", f"/v1/emotes/{emote}/avatar/{avatar}").json()
    assert requests.get(flat["animationGlbUrl"], timeout=LIMIT_S).content[:4] == b"glTF"
    world.configure(defaultAvatarUuid=avatar)
    shown = world.call("GET", f"/v1/emotes/{emote}").json()
    assert shown["defaultThumbnailPngUrl"].endswith(f"-thumbnail-{avatar}.png")


def test_errors_are_json_when_asked(tmp_path: Path) -> None:
    done = subprocess.run(
        [tools.kinetix(), "local", "key", "list", "--home", tmp_path, "--json"],
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "worldNeeded"
