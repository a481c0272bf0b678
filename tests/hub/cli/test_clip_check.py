"""A clip with nobody in it is told before it is sent: by the hub to every front end, with the capture's own look at it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kinetix_core.protocol.hub.bodies import ClipCheckBody
from kinetix_core.protocol.hub.enumerations import ProfileKind
from kinetix_core.values.clip_length import ClipLength
from kinetix_core.values.errors import InputError
from kinetix_core.values.failure import FailureReason
from kinetix_hub.jobs import clip_check
from kinetix_hub.services.local_process import LocalService
from tests.capture import clips
from tests.hub.conftest import HubProcess
from tests.support import tools
from tests.support.refused import refused
from tests.support.waiting import until

SAMPLE = tools.ROOT / "samples" / "balance.mp4"


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """Two seconds of a wall."""
    shades = np.linspace(60, 180, 320, dtype=np.uint8)
    return clips.write(tmp_path / "room.mp4", [np.broadcast_to(shades[None, :, None], (240, 320, 3)).copy()] * 60)


@pytest.fixture
def patient(own_hub: HubProcess) -> HubProcess:
    """A running hub whose capture takes the time that it needs for its look at a clip."""
    own_hub.environment = {"KINETIX_LOCAL_CAPTURE": "tests.hub.jobs.patient_capture:deliver"}
    own_hub.start()
    return own_hub


def test_nobody_is_told_by_the_hub_and_by_the_command_line(patient: HubProcess, room: Path, tmp_path: Path) -> None:
    # A look that takes too long says nothing, as the first one may on a busy machine: a worker starts for it.
    found = until(lambda: (told := patient.link.post("/v1/clips/check", {"clip": str(room)}))["reason"] and told)
    assert found["reason"] == FailureReason.NOBODY.value and found["title"] and found["nextStep"]
    nothing: dict[str, object] = {"reason": None, "title": "", "nextStep": "", "command": "", "people": []}
    assert patient.link.post("/v1/clips/check", {"clip": str(SAMPLE)}) == nothing
    corner = {"clip": str(SAMPLE), "trimEnd": 2.0, "crop": [0.0, 0.0, 0.12, 0.12]}
    assert patient.link.post("/v1/clips/check", corner)["reason"] == FailureReason.NOBODY.value
    with refused("clipNotFound"):
        patient.link.post("/v1/clips/check", {"clip": str(tmp_path / "none.mp4")})
    text = tmp_path / "text.mp4"
    text.write_text("I am no video.\n" * 100, encoding="utf-8")
    assert patient.link.post("/v1/clips/check", {"clip": str(text)})["reason"] == FailureReason.NOT_A_VIDEO.value

    done = patient.cli("emote", "create", str(room))
    assert done.returncode != 0 and FailureReason.NOBODY.summary in done.stderr + done.stdout
    assert "Film one person" in done.stderr + done.stdout
    folder = patient.cli("emote", "create", str(room.parent), "--json")
    row = next(row for row in json.loads(folder.stdout)["clips"] if row["clip"] == str(room))
    assert row["error"]["code"] == FailureReason.NOBODY.value and row["job"] is None
    assert patient.link.get("/v1/jobs") == {"jobs": []}, "nothing was sent"
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(b"REJECT:cut\n")
    sent = patient.link.post("/v1/jobs", {"clip": str(cut)})["id"]
    job = until(lambda: (found := patient.link.get(f"/v1/jobs/{sent}"))["error"] and found)
    assert job["error"]["title"] == "The scene changes at 2.5 s."
    assert job["error"]["wording"]["title"]["text"] == "The scene changes at {seconds} s."

    assert patient.link.call("PUT", "/v1/connection/clip-length", {"maxSeconds": 1.0})["maxSeconds"] == 1.0
    command = "kinetix profile clip-length 60"
    long = patient.link.post("/v1/clips/check", {"clip": str(SAMPLE)})
    assert long["reason"] == FailureReason.TOO_LONG.value and long["command"] == command
    assert long["wording"]["title"]["text"] == "The clip is {seconds} s long; an emote has at most {most} s."
    assert command in patient.cli("emote", "create", str(SAMPLE)).stderr
    assert patient.cli(*command.split()[1:]).returncode == 0
    assert patient.link.post("/v1/clips/check", {"clip": str(SAMPLE)}) == nothing

    command = "kinetix profile clip-length --least 0.3"
    part = {"clip": str(SAMPLE), "trimStart": 1.0, "trimEnd": 1.5}
    short = patient.link.post("/v1/clips/check", part)
    assert short["reason"] == FailureReason.TOO_SHORT.value and short["command"] == command
    assert patient.cli(*command.split()[1:]).returncode == 0
    connection = patient.link.get("/v1/snapshot")["connection"]
    assert (connection["minSeconds"], connection["maxSeconds"]) == (0.3, 60.0), "what is left out stays"
    assert patient.link.post("/v1/clips/check", part) == nothing
    still = patient.link.post("/v1/clips/check", part | {"trimEnd": 1.2})
    assert "at least 0.3 s" in still["title"] and not still["command"]
    assert "SECONDS" in patient.cli("profile", "clip-length").stderr


def test_one_of_several_people_is_chosen_by_number(patient: HubProcess, tmp_path: Path) -> None:
    two = str(tools.DATA / "real" / "two_people_cam02.mp4")
    until(lambda: patient.link.post("/v1/clips/check", {"clip": two, "people": True})["people"])  # a worker has started
    shown = json.loads(
        patient.cli("emote", "create", two, "--show-people", str(tmp_path / "new" / "people"), "--json").stdout
    )
    assert [round(one["at"][1], 1) for one in shown["people"]] == [0.2, 0.5]
    assert all(Path(path).read_bytes().startswith(b"\xff\xd8") for path in shown["pictures"])
    none = patient.cli("emote", "create", two, "--person", "3")
    assert none.returncode == 2 and "There is no person 3; 2 are in the clip" in none.stderr + none.stdout
    twice = patient.cli("emote", "create", two, "--person", "1", "--people", "all")
    assert twice.returncode == 2 and "exclude each other" in twice.stderr + twice.stdout
    made = json.loads(patient.cli("emote", "create", two, "--person", "2", "--json").stdout)["job"]
    assert made["settings"]["people"] == "one" and made["settings"]["person"] == shown["people"][1]["at"]
    told = patient.cli("emote", "create", two, "--no-wait")
    assert "2 people are in this clip: 1 on the left, 2 in the middle. Use --person NUMBER" in told.stdout
    with refused("noPeople"):
        patient.link.post("/v1/jobs", {"clip": two, "people": "all", "person": [0.5, 0.5, 0.5]})
    for odd in ([0.5, 2.0, 0.5], [-1.0, 0.5, 0.5], [0.5], "left"):
        with pytest.raises(InputError):
            patient.link.post("/v1/jobs", {"clip": two, "people": "one", "person": odd})


def test_how_long_a_clip_may_be_in_the_world_is_asked_told_and_kept(patient: HubProcess, room: Path) -> None:
    """The room has two seconds; a world that allows less of it stands for one that allows a minute of a longer one."""
    assert patient.link.get("/v1/snapshot")["connection"]["maxSeconds"] == 10.0, "nobody has said another one"
    asked = {"clip": str(SAMPLE), "trimEnd": 2.0}
    made = patient.home / "local" / "serve.json"
    until(lambda: patient.link.post("/v1/clips/check", asked) and made.exists())
    assert patient.link.post("/v1/clips/check", asked)["reason"] is None
    changed = patient.cli("local", "world", "set", "--config", "maxSeconds=1.5")
    assert changed.returncode == 0, changed.stderr
    # A service looks from time to time what an administrator has changed.
    found = until(lambda: (told := patient.link.post("/v1/clips/check", asked))["reason"] and told)
    assert found["reason"] == FailureReason.TOO_LONG.value
    assert "at most 1.5 s" in found["title"] and "1 to 1.5 s" in found["nextStep"]
    assert patient.link.get("/v1/snapshot")["connection"]["maxSeconds"] == 1.5
    done = patient.cli("emote", "create", str(room))
    assert done.returncode != 0 and "at most 1.5 s" in done.stderr + done.stdout
    assert patient.link.get("/v1/jobs") == {"jobs": []}, "nothing was sent"
    patient.end()
    patient.start()
    assert patient.link.get("/v1/snapshot")["connection"]["maxSeconds"] == 1.5, "before the service runs again"


def test_a_clip_for_another_service_is_looked_at_as_a_file_alone(room: Path, tmp_path: Path) -> None:
    wanted, local = ClipCheckBody(clip=str(room)), LocalService(tmp_path / "home", tmp_path / "logs")

    def no_length() -> ClipLength:
        raise AssertionError("it was asked")

    assert clip_check.check(wanted, ProfileKind.CLOUD, local, no_length, lambda: False).reason is None
    assert not (tmp_path / "logs").exists(), "Kinetix Local was not started"
    room.write_bytes(b"")
    with pytest.raises(InputError, match="is empty"):
        clip_check.check(wanted, ProfileKind.CLOUD, local, no_length, lambda: False)
