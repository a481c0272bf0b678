"""Kills, with real parts: the hub in several states, Blender in the middle of a job; the add-on disabled meanwhile."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from pathlib import Path

import pytest

from tests.blender import screen
from tests.blender.test_story import CAPTURE, TIMEOUT_S, result_of
from tests.support import tools
from tests.support.waiting import LIMIT_S, until

pytestmark = [pytest.mark.xdist_group("blender-gui"), pytest.mark.timeout(TIMEOUT_S)]
CLIP = str(tools.ROOT / "samples" / "balance.mp4")


def snapshot(profile: screen.Profile) -> dict[str, list[dict[str, object]]]:
    info = json.loads((profile.home / "hub" / "hub.json").read_text(encoding="utf-8"))
    request = urllib.request.Request(
        f"http://127.0.0.1:{info['port']}/v1/snapshot", headers={"Authorization": f"Bearer {info['token']}"}
    )
    with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
        return json.load(answer)  # type: ignore[no-any-return]


def test_the_hub_is_killed_and_no_job_is_lost(profile: screen.Profile, tmp_path: Path) -> None:
    with screen.kinetix_local(profile, tmp_path, CAPTURE):
        screen.decide_by_hand(profile)
        with (
            screen.display(tmp_path) as number,
            screen.blender(profile, number, "faults", tmp_path, size=(1000, 900), KB_CLIP=CLIP) as process,
        ):
            answer = result_of(process, tmp_path, "faults ")
    assert answer["after idle kill"] == "live"
    assert answer["same job"] and answer["still to decide"]
    assert answer["retries left"] == 2
    assert answer["library"] == "Balance 动作 é" and answer["glb is there"]
    assert str(answer["phone"]).startswith("http")
    assert answer["create offline"] is False, "a profile that needs the internet while Online Access is off"


def test_blender_is_killed_and_the_emote_arrives_all_the_same(profile: screen.Profile, tmp_path: Path) -> None:
    with screen.kinetix_local(profile, tmp_path, CAPTURE), screen.display(tmp_path) as number:
        with screen.blender(profile, number, "begin", tmp_path, size=(640, 480), KB_CLIP=CLIP) as process:
            until((tmp_path / "running").is_file, (tmp_path / "blender.log").read_text)
            os.kill(process.pid, signal.SIGKILL)
            process.wait(LIMIT_S)
        (profile.home / "hold").unlink()
        until(lambda: [job["state"] for job in snapshot(profile)["jobs"]] == ["delivered"])
        assert len(snapshot(profile)["emotes"]) == 1
