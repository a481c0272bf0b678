"""From a clip to an emote by real clicks: the form, its hints, the phone, the decision."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.godot.editor import Editor
from tests.godot.window.stage import cancel_jobs, create, last_job, new_clip
from tests.support import tools
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("godot-gui")


@pytest.fixture(autouse=True)
def _empty_form(stage: Editor) -> Iterator[None]:
    stage.tab("Create")
    yield
    cancel_jobs(stage)
    stage.run(
        "for box in ['PartOnly', 'AskFirst', 'Loops', 'Face']: part(box).button_pressed = false\n"
        "for choice in ['People', 'Body']: part(choice).select(0)\n"
        "create._name.text = ''\n"
        "create.choose([])"
    )


def _looked(stage: Editor, found: str, again: str = "create._checked = ''\ncreate._refresh()") -> None:
    """Wait for what a quick look at a clip shows. While a capture of another test ends nobody looks, so it is asked again."""
    until(lambda: stage.run(f"if {found}: return true\n{again}"), found, pause_s=0.5)


def _shot(stage: Editor, name: str) -> None:
    stage.frames(3)
    stage.shot(tools.ARTEFACTS / f"godot-{name}.png")


def _state(stage: Editor, job: str) -> str:
    return str(stage.call("GET", f"/v1/jobs/{job}")["state"])


def test_clip_to_emote_in_the_project_by_clicks(stage: Editor) -> None:
    stage.click("part('SyncProject')", lambda: stage.call("GET", "/v1/sync/targets")["targets"], "the target")
    stage.run(
        f"part('Clip').text = '{new_clip(stage.root)}'\n"
        "part('Clip').text_changed.emit('')\n"
        "part('EmoteName').text = 'Hello'"
    )
    create(stage, "Hello")
    until(lambda: last_job(stage)["state"] == "awaitingDecision", "the decision")
    stage.click("part('Retake')", lambda: last_job(stage)["state"] != "awaitingDecision", "the retake")


def test_the_form_names_by_the_clip_and_says_what_is_missing(stage: Editor) -> None:
    assert "Choose a video: one person, full body, 1 to 10 s" in stage.get("create._why.text")
    assert stage.get("create._create.disabled")
    clip = new_clip(stage.root, "First.mp4")

    def choose(path: Path) -> str:
        return str(stage.run(f"create.choose(['{path}'])\nreturn create._name.text"))

    assert choose(clip) == "First 2", "the library has a First"
    assert choose(stage.root / "none.mp4") == "none", "nobody has typed a name"
    why = stage.get("[create._why.text, create._create.disabled]")
    assert why == ["The file does not exist. Choose the video again.", True]
    stage.run("create._name.text = 'Middle'")
    assert choose(clip) == "Middle", "what was typed stays"
    stage.run("part('PartOnly').button_pressed = true\npart('Crop_left').value = 60")
    assert "out of frame" in stage.get("create._why.text")
    stage.run("part('Crop_width').value = 40\npart('To').value = 1.5")
    _shot(stage, "create")
    stage.run("part('People').select(1)\npart('AskFirst').button_pressed = true")
    settings = create(stage, "Middle")["settings"]
    assert settings["people"] == "all" and settings["askFirst"] is True
    assert settings["trimEnd"] == 1.5 and settings["crop"] == [0.6, 0, 0.4, 1]
    assert settings["body"] == "whole" and settings["face"] is False


def test_the_upper_body_and_the_face_are_captured(stage: Editor) -> None:
    stage.run(f"create.choose(['{new_clip(stage.root, 'At a desk.mp4')}'])\npart('Body').select(1)\ncreate._refresh()")
    assert stage.get("part('People').visible") is False
    stage.run("part('Face').button_pressed = true")
    settings = create(stage, "At a desk")["settings"]
    assert settings["body"] == "upper" and settings["face"] is True


def test_several_clips_become_an_emote_each(stage: Editor) -> None:
    """Files dropped onto the form: other files are ignored, and Godot's copies are reported."""
    folder = stage.root / "together"
    folder.mkdir()
    clips = [
        new_clip(folder, "Wave.mp4"),
        new_clip(folder, "Bow.mov", b"NOBODY"),
        new_clip(folder, "Wave.webm"),
        new_clip(folder, "Gone.mp4"),
    ]
    (folder / "notes.txt").write_text("no film", encoding="utf-8")
    place = stage.run(
        "part('Loops').button_pressed = true\npart('AskFirst').button_pressed = true\n"
        "var middle = create.get_global_rect().get_center()\nreturn [middle.x, middle.y]"
    )
    stage.point(*place)
    stage.frames(3)
    dropped = [str(file) for file in (*clips, folder / "notes.txt")]
    stage.run(f"create.get_window().files_dropped.emit(PackedStringArray({dropped}))\nawait frames(3)")
    for copied in dropped:
        (stage.project / Path(copied).name).unlink(missing_ok=True)
    assert "Delete the copies there" in stage.get("create._problem.text")
    assert stage.get("create._many.paths()") == [str(clip) for clip in clips]
    shown = stage.get("[create._create.text, create._name.visible, create._clip.editable, create._why.text]")
    assert shown == ["Create 4 emotes", False, False, ""]
    against = "create._many.get_child(%d).find_child('Against', true, false).text"
    _looked(stage, f"'Nobody was found' in {against % 1}", "create._many.check()")
    assert stage.get(f"[{against % 0}, create._why.text]") == ["", ""]
    _shot(stage, "create-many")
    clips[3].unlink()
    why = stage.run("create._refresh()\nreturn [create._why.text, create._create.disabled]")
    assert why == ["Gone.mp4 is missing. Remove it from the list.", True]
    out = "create._many.get_child(3).find_child('TakeOut', true, false)"
    stage.click(out, lambda: stage.get("create._many.paths().size()") == 3, "three clips")
    names = ("Wave", "Bow", "Wave 2")

    def jobs() -> list[dict[str, Any]]:
        found = {job["name"]: job for job in stage.call("GET", "/v1/snapshot")["jobs"]}
        return [found[name] for name in names if name in found]

    stage.click("part('CreateFromClip')", lambda: len(jobs()) == 3, "three jobs")
    assert [job["clip"] for job in jobs()] == ["Wave.mp4", "Bow.mov", "Wave.webm"]
    assert all(job["settings"]["loop"] for job in jobs())
    until(lambda: all(job["state"] == "awaitingDecision" for job in jobs()), "the takes")
    stage.call("POST", f"/v1/jobs/{jobs()[1]['id']}/validate", {})
    stage.until("create._many.summary.text == '1 of 3 emotes created.'")
    _shot(stage, "many-sent")
    assert stage.get("[create._create.text, create._clip.editable]") == ["Create emote", True]
    cancel_jobs(stage)
    stage.settle()


def test_a_second_camera_goes_along_with_the_clip(stage: Editor) -> None:
    front, side = new_clip(stage.root), new_clip(stage.root)
    empty = new_clip(stage.root, "No One.mp4", b"NOBODY")
    stage.run(f"create.choose(['{front}'])\ncreate._name.text = 'Both'")

    def film(clip: Path) -> Any:
        stage.run(f"create._cameras.reset()\ncreate._cameras.add(PackedStringArray(['{clip}']))")
        return stage.get("[create._why.text, create._people.visible]")

    assert film(front)[0].startswith("A camera has the first clip again.")
    film(empty)
    why = "create._why.text.begins_with('No One.mp4: Nobody was found in the clip.')"
    _looked(stage, why, f"create._cameras._look('{empty}')")
    assert film(side) == ["", False], "several people are captured from one clip only"
    _shot(stage, "create-cameras")
    job = create(stage, "Both")
    assert job["settings"]["views"] == [side.name] and job["settings"]["people"] is None
    until(lambda: _state(stage, job["id"]) == "awaitingDecision", "the decision")
    stage.until(f"'It was seen from 2 sides.' in part('Job_{job['id']}').find_child('Title', true, false).text")
    assert stage.get("create._cameras.paths()") == []


def test_the_form_says_how_long_a_clip_may_be_in_this_world(stage: Editor) -> None:
    said = stage.pretend(
        "link._take_event('connection.changed', link.connection.json.merged({'maxSeconds': 60.0}, true))\n"
        "var found = [create._why.text, create._clip.tooltip_text]\n"
        f"create._clip.text = '{new_clip(stage.root)}'\n"
        "for end in [60, 60.2]:\n"
        "\tpart('To').value = end\n"
        "\tfound.append(create._why.text)\n"
        "return found"
    )
    assert "one person, full body, 1 to 60 s" in said[0] and "one person, full body, 1 to 60 s" in said[1]
    assert said[2:] == ["", "The part is longer than 60 s. Move From or To."]
    stage.run("create.choose([])\ncreate._part.reset()")
    stage.until("'one person, full body, 1 to 10 s' in create._why.text")


@pytest.mark.parametrize(
    ("button", "end_s", "why", "limit", "now_s", "rule", "before"),
    [
        ("TakeLongerClips", 30, "longer than 10 s", "max_seconds", 60.0, "1 to 60 s", {"maxSeconds": 10}),
        ("TakeShorterClips", 0.7, "shorter than 1 s", "min_seconds", 0.3, "0.3 to 10 s", {"minSeconds": 1}),
    ],
)
def test_a_clip_of_another_length_is_taken_after_one_click(
    stage: Editor, button: str, end_s: float, why: str, limit: str, now_s: float, rule: str, before: dict[str, float]
) -> None:
    """The hub changes the limits of Kinetix Local, and the dock follows."""
    offer = f"part('{button}')"
    stage.run(f"create._clip.text = '{new_clip(stage.root)}'\npart('To').value = {end_s}")
    stage.until(f"{offer}.is_visible_in_tree()")
    assert stage.get("create._why.text") == f"The part is {why}. Move From or To."
    _shot(stage, button)
    stage.click(offer, lambda: stage.get(f"link.connection.{limit}") == now_s, button)
    stage.until(f"not {offer}.visible")
    assert rule in stage.get("create._clip.tooltip_text")
    stage.call("PUT", "/v1/connection/clip-length", before)
    stage.until(f"link.connection.{limit} == {float(*before.values())}")
    stage.run("create._part.reset()")


def test_it_is_offered_for_one_of_several_clips_too(stage: Editor) -> None:
    """After the change all clips are checked again."""
    clips = [str(new_clip(stage.root)), str(new_clip(stage.root))]
    # In one go, so that no quick look comes in between.
    shown = stage.run(
        "var offer = part('TakeLongerClips')\nvar found = [offer.visible]\n"
        f"create._many.choose(PackedStringArray({clips}))\n"
        "create._many.get_child(1).say('The clip is 30 s long.', 'videoTooLong')\ncreate._many.seen.emit()\n"
        "found.append(offer.visible)\noffer.pressed.emit()\nreturn found"
    )
    assert shown == [False, True]
    stage.until("link.connection.max_seconds == 60.0")
    stage.until("not part('TakeLongerClips').visible and not create._many.have('videoTooLong')")
    stage.call("PUT", "/v1/connection/clip-length", {"maxSeconds": 10})
    stage.until("link.connection.max_seconds == 10.0")


def test_what_was_said_of_a_clips_length_is_asked_again_once_longer_ones_are_taken(stage: Editor) -> None:
    """A busy hub does not check the clip and is asked again."""
    shown = stage.pretend(
        "var looked = func():\n"
        "\tfor frame in 2000:\n"
        "\t\tif create._pending.is_empty() and create._checked == create._question(create._clip.text): break\n"
        "\t\tcreate._refresh()\n"
        "\t\tawait frames(1)\n"
        f"create._clip.text = '{new_clip(stage.root)}'\n"
        "await looked.call()\n"
        "create._reason = 'videoTooLong'\ncreate._against = 'The clip is 30 s long.'\ncreate._refresh()\n"
        "var found = [create._longer.visible, create._why.text]\n"
        "link._take_event('connection.changed', link.connection.json.merged({'maxSeconds': 60.0}, true))\n"
        "found.append_array([create._longer.visible, create._why.text])\n"
        "await looked.call()\n"
        "return found + [create._reason]"
    )
    assert shown == [True, "The clip is 30 s long.", False, "", ""]


def test_only_this_machine_offers_to_ask_and_to_choose_among_people(stage: Editor) -> None:
    shown = stage.pretend(
        "part('AskFirst').button_pressed = true\nvar found = []\n"
        "for kind in ['cloud', 'local']:\n"
        "\tlink._take_event('connection.changed', link.connection.json.merged({'kind': kind}, true))\n"
        "\tfound.append([create._review.visible, create._reviews_first(), create._people.visible])\n"
        "return found"
    )
    assert shown == [[False, False, False], [True, True, True]]


def test_retakes_are_counted_only_where_the_service_counts_them(stage: Editor) -> None:
    said = stage.pretend(
        "var found = []\nfor left in [null, 0.0, 1.0, 3.0]:\n"
        "\tvar job = {'id': 'made-up', 'name': 'Wave', 'state': 'awaitingDecision', 'retriesLeft': left}\n"
        "\tlink._take_event('job.changed', job.merged({'status': 'Ready to review'}))\n"
        "\tfound.append(part('Job_made-up').find_child('Title', true, false).text)\n"
        "return found"
    )
    asked = "Wave · Ready to review"
    assert said == [asked, f"{asked} (0 retakes left)", f"{asked} (1 retake left)", f"{asked} (3 retakes left)"]


def test_nobody_in_the_clip_is_told_on_the_grey_button(stage: Editor) -> None:
    clip = new_clip(stage.root, "Empty Room.mp4", b"NOBODY")
    looks = stage.run(f"create.choose(['{clip}'])\nreturn [create._create.text, create._create.disabled]")
    assert looks == ["Checking the clip…", True]
    why = "create._why.text"
    _looked(stage, f"{why}.begins_with('Nobody was found in the clip.') and 'Film one person' in {why}")
    assert stage.get("create._create.disabled")
    _shot(stage, "create-nobody")
    stage.run("part('PartOnly').button_pressed = true\npart('To').value = 1.5")
    stage.until("create._why.text.is_empty() and not create._create.disabled")


def test_one_of_several_people_is_chosen_by_a_picture(stage: Editor) -> None:
    stage.run(f"create.choose(['{new_clip(stage.root, 'Duet.mp4', b'TWO PEOPLE')}'])")
    _looked(stage, "part('FoundPeople').visible")
    assert "several people" in stage.get("part('WhoIsThere').text")
    button = "[create._why.text, create._create.disabled]"
    assert stage.get(button) == ["Choose who is captured.", True]
    assert stage.get("part('People').visible") is False
    _shot(stage, "create-people")
    stage.run("part('AllPeople').button_pressed = true")
    assert stage.get("create._found.settings()") == {"people": "all", "person": None}
    stage.run("part('Person_2').button_pressed = true")
    assert stage.get(button) == ["", False]
    settings = create(stage, "Duet")["settings"]
    assert settings["people"] == "one" and settings["person"] == [0.5, 0.75, 0.5]
    assert stage.get("part('FoundPeople').visible") is False, "the form is empty again"
    verdict = "link.Types.ClipVerdict.new({'people': [{'at': [1, 2, 3]}, {}]})"
    stage.run(f"create._found.show_people({verdict}.people)")
    assert stage.get("part('Person_1').icon == null"), "a number is enough"


def test_a_clip_that_failed_for_its_people_comes_back_into_the_form(stage: Editor) -> None:
    """A busy machine skips the check, so the job fails for its people."""
    clip = stage.root / "Crowd.mp4"
    clip.write_bytes(b"REJECT:many\n")
    stage.run(f"create.choose(['{clip}'])\ncreate._name.text = 'Crowd'")
    stage.click("part('CreateFromClip')", lambda: last_job(stage)["name"] == "Crowd", "the job")
    job = last_job(stage)["id"]
    until(lambda: _state(stage, job) == "failed", "the refusal")
    stage.until(f"part('Clip').text == '{clip}' and part('EmoteName').text == 'Crowd'")
    said = stage.get(f"part('Job_{job}').find_child('Title', true, false).text")
    assert "hoose a person or “Everybody”" in said


def test_half_a_body_is_offered_before_it_would_be_refused(stage: Editor) -> None:
    offer = "part('CaptureUpperBody')"
    assert stage.get(f"{offer}.visible") is False
    stage.run(f"create.choose(['{new_clip(stage.root, 'Desk.mp4', b'HALF A BODY')}'])")
    _looked(stage, f"{offer}.visible")
    _shot(stage, "create-half")
    stage.click(offer, lambda: stage.get("part('Body').selected") == 1, "the upper body")
    assert stage.get(f"{offer}.visible") is False


def test_the_phones_code_is_shown(stage: Editor) -> None:
    code = "part('QR') != null and part('QR').texture.get_width() > 20"
    stage.click("part('CreateByPhone')", lambda: stage.get(code), "the code")
    (job,) = [job for job in stage.call("GET", "/v1/snapshot")["jobs"] if job["state"] == "awaitingUpload"]
    assert stage.get("part('PhoneHint').text") == job["phone"]["hint"]
    stage.frames(30)
    _shot(stage, "phone")
