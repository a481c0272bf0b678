"""The hub and Blender, each killed (kill -9) while a job is in each of its states: afterwards the job's row, the panel and the files
are right, and nothing is there twice or lost."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import pytest
import rigs
from blender_api import OPS
from gate import Gate
from panels import drawn
from rigs import pumped as pump
from waiting import LIMIT_S, until

KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows ends a process hard by any signal
ENDED = ("delivered", "failed", "cancelled", "rejected")
# State → the request that is held back so that the job stays in it.
HELD: dict[str, dict[str, Any]] = {
    "queued": {"request": "(GET|POST) /v1/process/token"},
    "uploading": {"request": "POST /v1/process"},
    "uploading, arrived": {"request": "POST /v1/process", "answer": True},
    "submitted": {"request": "GET /v1/process/[^/]+"},
    "downloading": {"request": r"GET .*\.glb.*"},
    "verifying": {"request": "GET /v1/emotes/[^/]+", "skip": 1},
}
AT_THE_END = ("downloading", "verifying")
STATES = (*HELD, "processing", "awaitingUpload", "awaitingDecision", *ENDED)
# What the panel offers in a state.
BUTTONS = {
    "delivered": {"remove_job"},
    "failed": {"retry_job", "remove_job"},
    "cancelled": {"retry_job", "remove_job"},
    "rejected": {"retry_job", "remove_job"},
    "awaitingDecision": {"cancel_job", "validate", "retake", "compare", "accept_and_import"},
    "awaitingUpload": {"cancel_job", "copy_link"},
}


@pytest.fixture(scope="module")
def service() -> Any:
    return json.loads(Path(os.environ["KB_LOCAL"]).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def world(service: Any) -> Iterator[Any]:
    """A home for all cases, whose hub reaches Kinetix Local through a gate."""
    home, gate = Path(os.environ["KB_GATED"]), Gate(service["url"])
    (home / "local" / "serve.json").write_text(json.dumps({**service, "url": gate.url}), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KINETIX_HOME", str(home))
        patch.setenv("KINETIX_HUB_IDLE_S", "0")
        patch.setattr(rigs.addon("hub.process"), "wheel_folder", lambda: None)  # so the hub is `kinetix` on the PATH
        yield gate
        rigs.addon("hub.heartbeat").stop()
    gate.close()


@pytest.fixture
def link(world: Any) -> Iterator[Any]:
    beat = rigs.addon("hub.heartbeat")
    beat.LINK.connect()
    pump(lambda: beat.LINK.phase == "live", "a hub")
    yield beat.LINK
    world.drop()


def ask(link: Any, method: str, path: str, body: Any = None) -> Any:
    answer = rigs.ask(link, method, path, body)
    assert answer.error is None, answer
    return answer.data


def call(service: Any, method: str, path: str, data: Any = None, **headers: Any) -> Any:
    request = urllib.request.Request(service["url"] + path, data=data, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
        return json.load(answer)


def goes_on(folder: Path) -> Path:
    """The file without which the capture of a `processing` clip does not end: however late it is seen, it is so."""
    return folder / "goes on"


def clip_for(state: str, folder: Path) -> Any:
    word = {"processing": f"HOLD:{goes_on(folder)}", "failed": "REJECT:nobody"}.get(state, "SLOW:0.1")
    clip = folder / "clip é.mp4"
    clip.write_bytes(f"{word}\n".encode() + bytes(100_000))
    return clip


def job_of(link: Any, name: str) -> Any:
    return next((job for job in link.state.jobs.values() if job["name"] == name), None)


def reach(link: Any, world: Any, service: Any, state: str, clip: Any, name: str) -> Any:
    """A job in this state, made with the add-on's buttons; gives its id."""
    hold, form = HELD.get(state), rigs.addon("clip_form").FORM
    if hold and state not in AT_THE_END:
        world.hold(**hold)
    form.clip, form.name, form.ask = str(clip), name, False
    made = OPS.kinetix.phone() if state == "awaitingUpload" else OPS.kinetix.create()
    assert made == {"FINISHED"}
    pump(lambda: job_of(link, name), "a job")
    identity = job_of(link, name)["id"]
    if state == "cancelled":
        OPS.kinetix.cancel_job(job=identity)
    if state in (*AT_THE_END, "delivered", "rejected"):
        pump(lambda: link.state.jobs[identity]["state"] == "awaitingDecision", "the decision")
        if state == "rejected":
            reject_elsewhere(link, service, identity)
        else:
            world.hold(**hold) if hold else None
            OPS.kinetix.validate(job=identity)
    if hold:
        pump(world.held.is_set, f"{state}: the request is held")
    wanted = state.partition(",")[0]
    pump(lambda: link.state.jobs[identity]["state"] == wanted, wanted)
    return identity


def reject_elsewhere(link: Any, service: Any, identity: str) -> None:
    """Somebody asks for a retake outside of this hub: for the job that is a rejection. Its next look is hastened by the check."""
    call(
        service,
        "POST",
        f"/v1/process/{link.state.jobs[identity]['process']}/retake",
        **{"x-api-key": service["apiKey"]},
    )
    ask(link, "POST", "/v1/connection/check")


def film_with_the_phone(link: Any, service: Any, identity: str, name: str) -> None:
    token = link.state.jobs[identity]["phone"]["url"].partition("?token=")[2].partition("&")[0]
    parts = (
        f'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n{name}\r\n'
        '--x\r\nContent-Disposition: form-data; name="mature"\r\n\r\nfalse\r\n'
        '--x\r\nContent-Disposition: form-data; name="video"; filename="c.mp4"\r\nContent-Type: video/mp4\r\n\r\nSLOW:0.1\n'
    )
    body = parts.encode() + bytes(1000) + b"\r\n--x--\r\n"
    headers = {"x-api-token": token, "content-type": "multipart/form-data; boundary=x"}
    call(service, "POST", "/v1/process", body, **headers)


def buttons(identity: str) -> Any:
    """Operators that the Jobs panel offers for this job, also when it has ended."""
    rigs.addon("jobs.props").JOBS.show_ended = True
    link, shown = rigs.addon("hub.heartbeat").LINK, drawn("jobs").operators
    phone = (link.state.jobs[identity]["phone"] or {}).get("url")
    names = {one.button for one in shown if getattr(one, "job", None) == identity}
    names |= {one.button for one in shown if phone and getattr(one, "url", None) == phone}
    return {name.removeprefix("kinetix.") for name in names}


def finish_and_look(link: Any, service: Any, identity: str, state: str, name: str, before: Any) -> None:
    """Drive the job to its end and assert that everything is there once."""
    job = link.state.jobs[identity]
    assert job["name"] == name and job_of(link, name)["id"] == identity
    if state in ENDED:
        assert job["state"] == state and job.get("error") == before.get("error")
    else:
        if state == "awaitingUpload":
            assert job["state"] == state and BUTTONS[state] <= buttons(identity)
            film_with_the_phone(link, service, identity, name)
        if state not in AT_THE_END:
            pump(lambda: link.state.jobs[identity]["state"] in ("awaitingDecision", *ENDED), "the decision")
            assert link.state.jobs[identity]["state"] == "awaitingDecision", link.state.jobs[identity]["error"]
            assert buttons(identity) >= BUTTONS["awaitingDecision"]
            assert Path(link.state.jobs[identity]["preview"]["glb"]).is_file()
            OPS.kinetix.validate(job=identity)
        pump(lambda: link.state.jobs[identity]["state"] in ENDED, "an end")
        assert link.state.jobs[identity]["state"] == "delivered", link.state.jobs[identity]["error"]
    end = link.state.jobs[identity]["state"]
    assert buttons(identity) == BUTTONS[end]
    look_for_doubles(link, identity, name, end)


def look_for_doubles(link: Any, identity: str, name: str, end: Any) -> None:
    moves = ask(link, "GET", f"/v1/jobs/{identity}/moves")["moves"]
    assert [move["after"] for move in moves].count(end) == 1 and moves[-1]["after"] == end, moves
    assert ask(link, "GET", f"/v1/jobs/{identity}")["state"] == end
    known = [one for one in ask(link, "GET", "/v1/processes")["processes"] if one["name"] == name]
    assert len(known) == 1 or (end == "cancelled" and not known), known
    emotes = [emote for emote in ask(link, "GET", "/v1/emotes")["emotes"] if emote["name"] == name]
    assert len(emotes) == (1 if end == "delivered" else 0), emotes
    for emote in emotes:
        assert emote["job"] == identity and not emote["problem"]
        data = Path(emote["files"]["glb"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == emote["sha256"]
        assert rigs.core("formats.glb").read_motion(data).duration > 0.5
        assert link.state.emotes[emote["id"]]["name"] == name, "the library panel has it"


@pytest.mark.parametrize("state", STATES)
def test_the_hub_is_killed(state: str, link: Any, world: Any, service: Any, tmp_path: Path) -> None:
    name = f"Hub {state}"[:25]
    identity = reach(link, world, service, state, clip_for(state, tmp_path), name)
    before, first = link.state.jobs[identity], link.pid
    os.kill(first, KILL)
    world.drop()
    pump(lambda: link.phase == "live" and link.pid != first, "another hub")
    goes_on(tmp_path).touch()
    finish_and_look(link, service, identity, state, name, before)


def test_a_take_is_made_anew_and_its_emote_kept(link: Any, world: Any, service: Any, tmp_path: Path) -> None:
    identity, addon = reach(link, world, service, "awaitingDecision", clip_for("", tmp_path), "Anew"), "kinetix_emotes"
    left = link.state.jobs[identity]["retriesLeft"]
    OPS.kinetix.retake(job=identity)
    pump(lambda: link.state.jobs[identity]["state"] != "awaitingDecision", "the retake")
    sys.modules[addon].unregister()
    sys.modules[addon].register()
    link.connect()
    pump(lambda: link.state.jobs.get(identity, {}).get("state") == "awaitingDecision", "it is seen again")
    assert link.state.jobs[identity]["retriesLeft"] == left - 1
    OPS.kinetix.validate(job=identity)
    pump(lambda: link.state.jobs[identity]["state"] == "delivered" and link.state.emotes, "delivered")
    emote = link.state.jobs[identity]["emoteId"]
    rigs.addon("library.props").LIBRARY.selected = emote
    OPS.kinetix.rename_emote(name="Balance 动作 é")
    pump(lambda: link.state.emotes[emote]["name"] == "Balance 动作 é", "renamed")
    OPS.kinetix.pin_emote()
    pump(lambda: link.state.emotes[emote]["pinned"], "pinned")
    OPS.kinetix.delete_emote()
    pump(lambda: emote not in link.state.emotes, "deleted")
    pump(OPS.kinetix.restore_emote.poll, "it can be taken back")
    OPS.kinetix.restore_emote()
    pump(lambda: emote in link.state.emotes, "taken back")
    assert Path(link.state.emotes[emote]["files"]["glb"]).is_file()


@pytest.mark.parametrize("state", STATES)
def test_blender_is_killed(state: str, link: Any, world: Any, service: Any, tmp_path: Path) -> None:
    """Another Blender makes the job and is killed; this one is the Blender that is started afterwards."""
    name, hold = f"Blender {state}"[:25], HELD.get(state)
    if hold:
        # Before its decision a take is fetched once, with one look at the emote, so that it can be compared.
        world.hold(**hold | {"skip": hold.get("skip", 0) + (state in AT_THE_END)})
    link.close()
    hub, blend = link.pid, tmp_path / "character.blend"
    staged = str(Path(str(sys.modules["kinetix_emotes"].__file__)).parents[1])
    wanted, kind = state.partition(",")[0], "phone" if state == "awaitingUpload" else "clip"
    line = [sys.executable, str(Path(__file__).parents[1] / "blender_child.py"), staged, str(blend), wanted, kind]
    with (tmp_path / "child.log").open("wb") as log:
        child = subprocess.Popen(
            [*line, str(clip_for(state, tmp_path)), name], stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    try:
        if state == "rejected":
            link.connect()
            pump(lambda: (job_of(link, name) or {}).get("state") == "awaitingDecision", "the decision")
            reject_elsewhere(link, service, job_of(link, name)["id"])
            link.close()

        def said() -> Any:
            return (tmp_path / "child.log").read_text(errors="replace")

        def reached() -> Any:
            assert child.poll() is None, said()[-2000:]
            return "reached" in said() and (world.held.is_set() or not hold)

        until(reached, said)
    finally:
        child.kill()
        child.wait(LIMIT_S)
    identity = (tmp_path / "child.log").read_text(errors="replace").partition("reached ")[2].split()[0]
    saved = hashlib.sha256(blend.read_bytes()).hexdigest()
    if hold:
        world.drop()
    link.connect()
    pump(lambda: link.phase == "live", "connected again")
    assert link.pid == hub, "the hub went on"
    goes_on(tmp_path).touch()
    finish_and_look(link, service, identity, state, name, link.state.jobs[identity])
    assert hashlib.sha256(blend.read_bytes()).hexdigest() == saved
    OPS.wm.open_mainfile(filepath=str(blend))
    assert [obj.name for obj in bpy.data.objects if obj.type == "ARMATURE"] == ["Mannequin"] and not bpy.data.actions
