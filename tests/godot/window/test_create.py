"""From a clip to an emote by real clicks: the form, its hints, the phone, the decision."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from tests.godot.window.stage import Stage
from tests.support import tools
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("godot-gui")


def test_clip_to_emote_in_the_project_by_clicks(stage: Stage) -> None:
    stage.press(stage.find("SyncProject"), lambda: stage.call("GET", "/v1/sync/targets")["targets"], "the target")
    clip = stage.clip()
    stage.tab("Create")
    stage.editor.run(f"{stage.find('Clip')}.text = '{clip}'\n{stage.find('Clip')}.text_changed.emit('')\n"
                     f"{stage.find('EmoteName')}.text = 'Hello'\nreturn true")  # fmt: skip
    stage.create("Hello")
    until(lambda: stage.job()["state"] == "awaitingDecision", "the decision")
    stage.press(stage.find("Retake"), lambda: stage.job()["state"] != "awaitingDecision", "the retake")


def test_the_form_names_by_the_clip_and_says_what_is_missing(stage: Stage) -> None:
    stage.tab("Create")
    view = "plugin.dock.create_view"
    assert "Choose a video: one person, full body, 1 to 10 s" in stage.editor.run(f"return {view}._why.text")
    assert stage.editor.run(f"return {view}._create.disabled")
    clip = stage.root / "First.mp4"
    clip.write_bytes(stage.clip().read_bytes())

    def choose(path: Path) -> str:
        return str(stage.editor.run(f"{view}.choose(['{path}'])\nreturn {view}._name.text"))

    assert choose(clip) == "First 2", "the library has a First"
    assert choose(stage.root / "none.mp4") == "none", "nobody has typed a name"
    why = stage.editor.run(f"return [{view}._why.text, {view}._create.disabled]")
    assert why == ["The file does not exist. Choose the video again.", True]
    stage.editor.run(f"{view}._name.text = 'Middle'\nreturn true")
    assert choose(clip) == "Middle", "what was typed stays"
    stage.editor.run(
        f"{stage.find('PartOnly')}.button_pressed = true\n{stage.find('Crop_left')}.value = 60\nreturn true"
    )
    assert "out of frame" in stage.editor.run(f"return {view}._why.text")
    stage.editor.run(f"{stage.find('Crop_width')}.value = 40\n{stage.find('To')}.value = 1.5\nreturn true")
    stage.frames(3)
    stage.editor.shot(tools.ARTEFACTS / "godot-create.png")
    stage.editor.run(f"{stage.find('People')}.select(1)\n{stage.find('AskFirst')}.button_pressed = true\nreturn true")
    settings = stage.create("Middle")["settings"]
    assert settings["people"] == "all" and settings["askFirst"] is True
    stage.editor.run(f"{stage.find('People')}.select(0)\n{stage.find('AskFirst')}.button_pressed = false\nreturn true")
    assert settings["trimEnd"] == 1.5 and settings["crop"] == [0.6, 0, 0.4, 1] and settings["body"] == "whole"
    assert settings["face"] is False
    stage.cancel_jobs()
    stage.editor.run(f"{view}._name.text = 'Desk'\nreturn true")
    choose(clip)
    stage.editor.run(f"{stage.find('Body')}.select(1)\n{view}._refresh()\nreturn true")
    assert stage.editor.run(f"return {stage.find('People')}.visible") is False
    stage.editor.run(f"{stage.find('Face')}.button_pressed = true\nreturn true")
    settings = stage.create("Desk")["settings"]
    assert settings["body"] == "upper" and settings["face"] is True
    stage.editor.run(f"{stage.find('Face')}.button_pressed = false\nreturn true")
    stage.editor.run(f"{stage.find('Body')}.select(0)\n{view}._refresh()\nreturn true")
    stage.cancel_jobs()


def test_several_clips_become_an_emote_each(stage: Stage) -> None:
    """Files dropped onto the form: other files are ignored, and Godot's copies are reported."""
    stage.tab("Create")
    view, many = "plugin.dock.create_view", "plugin.dock.create_view._many"
    folder = stage.root / "together"
    folder.mkdir()
    clips = [folder / name for name in ("Wave.mp4", "Bow.mov", "Wave.webm", "Gone.mp4")]
    for clip in clips:
        clip.write_bytes((tools.ROOT / "samples/balance.mp4").read_bytes())
    with clips[1].open("ab") as file:
        file.write(struct.pack(">I4s", 14, b"free") + b"NOBODY")
    (folder / "notes.txt").write_text("no film", encoding="utf-8")
    place = stage.editor.run(
        f"{stage.find('Loops')}.button_pressed = true\n{stage.find('AskFirst')}.button_pressed = true\n"
        f"var middle = {view}.get_global_rect().get_center()\nreturn [middle.x, middle.y]"
    )
    stage.editor.point(*place)
    stage.frames(3)
    dropped = [str(file) for file in (*clips, folder / "notes.txt")]
    stage.editor.run(f"{view}.get_window().files_dropped.emit(PackedStringArray({dropped}))\nreturn true")
    stage.frames(3)
    for copied in dropped:
        (stage.project / Path(copied).name).unlink(missing_ok=True)
    assert "Delete the copies there" in stage.editor.run(f"return {view}._problem.text")
    assert stage.editor.run(f"return Array({many}.paths())") == [str(clip) for clip in clips]
    shown = f"[{view}._create.text, {view}._name.visible, {view}._clip.editable, {view}._why.text]"
    assert stage.editor.run(f"return {shown}") == ["Create 4 emotes", False, False, ""]
    against = f"{many}.get_child(%d).find_child('Against', true, false).text"
    # While a capture of another test ends nobody looks, so it is asked again.
    said = f"if 'Nobody was found' in {against % 1}: return true\n{many}._look()\nreturn false"
    until(lambda: stage.editor.run(said), "what a quick look has against the second", pause_s=0.5)
    assert stage.editor.run(f"return {against % 0}") == "" and stage.editor.run(f"return {view}._why.text") == ""
    stage.editor.shot(tools.ARTEFACTS / "godot-create-many.png")
    clips[3].unlink()
    why = stage.editor.run(f"{view}._refresh()\nreturn [{view}._why.text, {view}._create.disabled]")
    assert why == ["Gone.mp4 is missing. Remove it from the list.", True]
    out = f"{many}.get_child(3).find_child('TakeOut', true, false)"
    stage.press(out, lambda: stage.editor.run(f"return {many}.paths().size()") == 3, "three clips")

    def jobs() -> dict[str, dict[str, Any]]:
        return {job["name"]: job for job in stage.call("GET", "/v1/snapshot")["jobs"]}

    stage.press(stage.find("CreateFromClip"), lambda: {"Wave", "Bow", "Wave 2"} <= set(jobs()), "three jobs")
    assert [jobs()[name]["clip"] for name in ("Wave", "Bow", "Wave 2")] == ["Wave.mp4", "Bow.mov", "Wave.webm"]
    assert all(jobs()[name]["settings"]["loop"] for name in ("Wave", "Bow", "Wave 2"))
    until(lambda: all(jobs()[name]["state"] == "awaitingDecision" for name in ("Wave", "Bow", "Wave 2")), "the takes")
    stage.call("POST", f"/v1/jobs/{jobs()['Bow']['id']}/validate", {})
    stage.editor.until(f"{many}.summary.text == '1 of 3 emotes created.'")
    stage.frames(3)
    stage.editor.shot(tools.ARTEFACTS / "godot-many-sent.png")
    assert stage.editor.run(f"return [{view}._create.text, {view}._clip.editable]") == ["Create emote", True]
    stage.editor.run(
        f"{stage.find('Loops')}.button_pressed = false\n{stage.find('AskFirst')}.button_pressed = false\nreturn true"
    )
    stage.cancel_jobs()
    stage.settle()


def test_a_second_camera_goes_along_with_the_clip(stage: Stage) -> None:
    stage.tab("Create")
    view = "plugin.dock.create_view"
    front, side = stage.clip(), stage.clip()
    stage.editor.run(f"{view}.choose(['{front}'])\n{view}._name.text = 'Both'\nreturn true")
    named = f"{view}._cameras.add(PackedStringArray({{}}))\nreturn [{view}._why.text, {view}._people.visible]"
    assert stage.editor.run(named.format(f"['{front}']"))[0].startswith("A camera has the first clip again.")
    stage.editor.run(f"{view}._cameras.reset()\nreturn true")
    empty = stage.root / "No One.mp4"
    empty.write_bytes(side.read_bytes() + struct.pack(">I4s", 14, b"free") + b"NOBODY")
    stage.editor.run(named.format(f"['{empty}']"))
    # While a capture of another test ends nobody looks, so it is asked again.
    said = (
        f"var why: String = {view}._why.text\n"
        "if why.begins_with('No One.mp4: Nobody was found in the clip.'): return true\n"
        f"{view}._cameras._look('{empty}')\nreturn false"
    )
    until(lambda: stage.editor.run(said), "the reason", pause_s=0.5)
    stage.editor.run(f"{view}._cameras.reset()\nreturn true")
    assert stage.editor.run(named.format(f"['{side}']")) == ["", False], (
        "several people are captured from one clip only"
    )
    stage.frames(3)
    stage.editor.shot(tools.ARTEFACTS / "godot-create-cameras.png")
    job = stage.create("Both")
    assert job["settings"]["views"] == [side.name] and job["settings"]["people"] is None
    until(lambda: stage.call("GET", f"/v1/jobs/{job['id']}")["state"] == "awaitingDecision", "the decision")
    title = f"plugin.dock.find_child('Job_{job['id']}', true, false).find_child('Title', true, false).text"
    stage.editor.until(f"'It was seen from 2 sides.' in {title}")
    assert stage.editor.run(f"return {view}._cameras.paths()") == []
    stage.call("POST", f"/v1/jobs/{job['id']}/cancel", {})


def test_the_form_says_how_long_a_clip_may_be_in_this_world(stage: Stage) -> None:
    stage.tab("Create")
    view = "plugin.dock.create_view"
    # In one go, so that no event of the hub comes in between.
    said = stage.editor.run(
        "var link = plugin.link\nvar before = link.connection\n"
        f"{view}._clip.text = ''\n"
        "link._take_event('connection.changed', before.json.merged({'maxSeconds': 60.0}, true))\n"
        f"var found = [{view}._why.text, {view}._clip.tooltip_text]\n"
        f"{view}._clip.text = '{stage.clip()}'\n{stage.find('To')}.value = 60\n"
        f"found.append({view}._why.text)\n{stage.find('To')}.value = 60.2\nfound.append({view}._why.text)\n"
        f"{view}._clip.text = ''\n{view}._part.reset()\n"
        "link._take_event('connection.changed', before.json)\n"
        f"found.append({view}._why.text)\nreturn found"
    )
    assert "one person, full body, 1 to 60 s" in said[0] and "one person, full body, 1 to 60 s" in said[1]
    assert said[2] == "" and said[3] == "The part is longer than 60 s. Move From or To."
    assert "one person, full body, 1 to 10 s" in said[4]


@pytest.mark.parametrize(
    ("button", "end_s", "why", "limit", "now_s", "rule", "before"),
    [
        ("TakeLongerClips", 30, "longer than 10 s", "max_seconds", 60.0, "1 to 60 s", {"maxSeconds": 10}),
        ("TakeShorterClips", 0.7, "shorter than 1 s", "min_seconds", 0.3, "0.3 to 10 s", {"minSeconds": 1}),
    ],
)
def test_a_clip_of_another_length_is_taken_after_one_click(
    stage: Stage, button: str, end_s: float, why: str, limit: str, now_s: float, rule: str, before: dict[str, float]
) -> None:
    """The hub changes the limits of Kinetix Local, and the dock follows."""
    stage.tab("Create")
    view, offer = "plugin.dock.create_view", stage.find(button)
    stage.editor.run(f"{view}._clip.text = '{stage.clip()}'\n{stage.find('To')}.value = {end_s}\nreturn true")
    stage.editor.until(f"{offer}.is_visible_in_tree()")
    assert stage.editor.run(f"return {view}._why.text") == f"The part is {why}. Move From or To."
    stage.editor.shot(tools.ARTEFACTS / f"godot-{button}.png")
    stage.press(offer, lambda: stage.editor.run(f"return plugin.link.connection.{limit}") == now_s, button)
    stage.editor.until(f"not {offer}.visible")
    assert stage.editor.run(f"return {view}._clip.tooltip_text").find(rule) > 0
    stage.call("PUT", "/v1/connection/clip-length", before)
    stage.editor.until(f"plugin.link.connection.{limit} == {float(*before.values())}")
    stage.editor.run(f"{view}._clip.text = ''\n{view}._part.reset()\n{view}._refresh()\nreturn true")


def test_it_is_offered_for_one_of_several_clips_too(stage: Stage) -> None:
    """After the change all clips are checked again."""
    stage.tab("Create")
    many, offer = "plugin.dock.create_view._many", stage.find("TakeLongerClips")
    short = stage.root / "short.mp4"
    short.write_bytes((tools.ROOT / "samples/balance.mp4").read_bytes())
    # In one go, so that no quick look comes in between.
    shown = stage.editor.run(
        f"var offer = {offer}\nvar found = [offer.visible]\n"
        f"{many}.choose(PackedStringArray(['{stage.clip()}', '{short}']))\n"
        f"{many}.get_child(1).say('The clip is 30 s long.', 'videoTooLong')\n{many}.seen.emit()\n"
        "found.append(offer.visible)\noffer.pressed.emit()\nreturn found"
    )
    assert shown == [False, True]
    stage.editor.until("plugin.link.connection.max_seconds == 60.0")
    stage.editor.until(f"not {offer}.visible and not {many}.have('videoTooLong')")
    stage.call("PUT", "/v1/connection/clip-length", {"maxSeconds": 10})
    stage.editor.until("plugin.link.connection.max_seconds == 10.0")
    stage.editor.run(f"{many}.choose(PackedStringArray())\nreturn true")


def test_what_was_said_of_a_clips_length_is_asked_again_once_longer_ones_are_taken(stage: Stage) -> None:
    """A busy hub does not check the clip and is asked again."""
    stage.tab("Create")
    view = "plugin.dock.create_view"
    until_it_looked = (
        "for frame in 2000:\n\tif {over}: break\n\tview._refresh()\n\tawait Engine.get_main_loop().process_frame\n"
    )
    asked = "view._pending.is_empty() and view._checked == view._question(view._clip.text)"
    shown = stage.editor.run(
        f"var view = {view}\nvar link = plugin.link\nvar before = link.connection\n"
        f"view._clip.text = '{stage.clip()}'\n{until_it_looked.format(over=asked)}"
        "view._reason = 'videoTooLong'\nview._against = 'The clip is 30 s long.'\nview._refresh()\n"
        "var found = [view._longer.visible, view._why.text]\n"
        "link._take_event('connection.changed', before.json.merged({'maxSeconds': 60.0}, true))\n"
        "found.append_array([view._longer.visible, view._why.text])\n"
        f"{until_it_looked.format(over=asked)}found.append(view._reason)\n"
        "link._take_event('connection.changed', before.json)\nview._clip.text = ''\nview._refresh()\nreturn found"
    )
    assert shown == [True, "The clip is 30 s long.", False, "", ""]


def test_only_this_machine_offers_to_ask_and_to_choose_among_people(stage: Stage) -> None:
    view = "plugin.dock.create_view"
    shown = stage.editor.run(
        f"var link = plugin.link\nvar before = link.connection\n{view}._review.button_pressed = true\nvar found = []\n"
        "for kind in ['cloud', 'local']:\n"
        "\tlink._take_event('connection.changed', before.json.merged({'kind': kind}, true))\n"
        f"\tfound.append([{view}._review.visible, {view}._reviews_first(), {view}._people.visible])\n"
        f"{view}._review.button_pressed = false\nlink._take_event('connection.changed', before.json)\nreturn found"
    )
    assert shown == [[False, False, False], [True, True, True]]


def test_retakes_are_counted_only_where_the_service_counts_them(stage: Stage) -> None:
    """All within one frame, without events in between."""
    said = stage.editor.run(
        "var found = []\nfor left in [null, 0.0, 1.0, 3.0]:\n"
        "\tvar job = {'id': 'made-up', 'name': 'Wave', 'state': 'awaitingDecision', 'retriesLeft': left}\n"
        "\tjob.status = 'Ready to review'\n"
        "\tplugin.link._take_event('job.changed', job)\n"
        f"\tfound.append({stage.find('Job_made-up')}.find_child('Title', true, false).text)\n"
        "plugin.link._take_event('job.removed', {'id': 'made-up'})\nreturn found"
    )
    asked = "Wave · Ready to review"
    assert said == [asked, f"{asked} (0 retakes left)", f"{asked} (1 retake left)", f"{asked} (3 retakes left)"]


def test_nobody_in_the_clip_is_told_on_the_grey_button(stage: Stage) -> None:
    stage.tab("Create")
    view = "plugin.dock.create_view"
    clip = stage.root / "Empty Room.mp4"
    clip.write_bytes(stage.clip().read_bytes() + struct.pack(">I4s", 14, b"free") + b"NOBODY")
    looks = stage.editor.run(f"{view}.choose(['{clip}'])\nreturn [{view}._create.text, {view}._create.disabled]")
    assert looks == ["Checking the clip…", True]
    # While a capture of another test ends nobody looks, so it is asked again.
    said = (
        f"var why: String = {view}._why.text\n"
        "if why.begins_with('Nobody was found in the clip.') and 'Film one person' in why: return true\n"
        f"{view}._checked = ''\n{view}._refresh()\nreturn false"
    )
    until(lambda: stage.editor.run(said), "the reason")
    assert stage.editor.run(f"return {view}._create.disabled")
    stage.frames(3)
    stage.editor.shot(tools.ARTEFACTS / "godot-create-nobody.png")
    stage.editor.run(f"{stage.find('PartOnly')}.button_pressed = true\n{stage.find('To')}.value = 1.5\nreturn true")
    stage.editor.until(f"{view}._why.text.is_empty() and not {view}._create.disabled")
    stage.editor.run(f"{stage.find('PartOnly')}.button_pressed = false\nreturn true")
    stage.editor.run(f"{view}._clip.text = ''\n{view}._on_clip_changed()\nreturn true")


def test_one_of_several_people_is_chosen_by_a_picture(stage: Stage) -> None:
    stage.tab("Create")
    stage.cancel_jobs()
    view = "plugin.dock.create_view"
    clip = stage.root / "Duet.mp4"
    clip.write_bytes(stage.clip().read_bytes() + struct.pack(">I4s", 18, b"free") + b"TWO PEOPLE")
    stage.editor.run(f"{view}.choose(['{clip}'])\nreturn true")
    # While a capture of another test ends nobody looks, so it is asked again.
    shown = (
        f"if {stage.find('FoundPeople')}.visible: return {stage.find('WhoIsThere')}.text\n"
        f"{view}._checked = ''\n{view}._refresh()\nreturn ''"
    )
    assert "several people" in until(lambda: stage.editor.run(shown), "the people")
    create = f"return [{view}._why.text, {view}._create.disabled]"
    assert stage.editor.run(create) == ["Choose who is captured.", True]
    assert stage.editor.run(f"return {stage.find('People')}.visible") is False
    stage.frames(3)
    stage.editor.shot(tools.ARTEFACTS / "godot-create-people.png")
    settings = f"return {view}._found.settings()"
    stage.editor.run(f"{stage.find('AllPeople')}.button_pressed = true\nreturn true")
    assert stage.editor.run(settings) == {"people": "all", "person": None}
    stage.editor.run(f"{stage.find('Person_2')}.button_pressed = true\nreturn true")
    assert stage.editor.run(create) == ["", False]
    settings_sent = stage.create("Duet")["settings"]
    assert settings_sent["people"] == "one" and settings_sent["person"] == [0.5, 0.75, 0.5]
    assert stage.editor.run(f"return {stage.find('FoundPeople')}.visible") is False, "the form is empty again"
    verdict = "plugin.link.Types.ClipVerdict.new({'people': [{'at': [1, 2, 3]}, {}]})"
    stage.editor.run(f"{view}._found.show_people({verdict}.people)\nreturn true")
    assert stage.editor.run(f"return {stage.find('Person_1')}.icon == null"), "a number is enough"
    stage.editor.run(f"{view}._refresh()\nreturn true")
    stage.cancel_jobs()


def test_a_clip_that_failed_for_its_people_comes_back_into_the_form(stage: Stage) -> None:
    """A busy machine skips the check, so the job fails for its people."""
    stage.tab("Create")
    clip = stage.root / "Crowd.mp4"
    clip.write_bytes(b"REJECT:many\n")
    view = "plugin.dock.create_view"
    stage.editor.run(f"{view}.choose(['{clip}'])\n{view}._name.text = 'Crowd'\nreturn true")
    stage.press(stage.find("CreateFromClip"), lambda: stage.job()["name"] == "Crowd", "the job")
    job = stage.job()["id"]
    until(lambda: stage.call("GET", f"/v1/jobs/{job}")["state"] == "failed", "the refusal")
    form = f"[{stage.find('Clip')}.text, {stage.find('EmoteName')}.text]"
    until(lambda: stage.editor.run(f"return {form}") == [str(clip), "Crowd"], "the form")
    said = stage.editor.run(f"return {stage.find(f'Job_{job}')}.find_child('Title', true, false).text")
    assert "hoose a person or “Everybody”" in said
    stage.editor.run(f"{view}.choose([])\nreturn true")


def test_half_a_body_is_offered_before_it_would_be_refused(stage: Stage) -> None:
    stage.tab("Create")
    view = "plugin.dock.create_view"
    clip = stage.root / "Desk.mp4"
    clip.write_bytes(stage.clip().read_bytes() + struct.pack(">I4s", 19, b"free") + b"HALF A BODY")
    assert stage.editor.run(f"{view}.choose([])\nreturn {stage.find('CaptureUpperBody')}.visible") is False
    stage.editor.run(f"{view}.choose(['{clip}'])\nreturn true")
    offered = f"if {stage.find('CaptureUpperBody')}.visible: return true\n{view}._checked = ''\n{view}._refresh()\nreturn false"
    until(lambda: stage.editor.run(offered), "the offer", pause_s=0.5)
    stage.editor.shot(tools.ARTEFACTS / "godot-create-half.png")
    chosen = f"return {stage.find('Body')}.selected"
    stage.press(stage.find("CaptureUpperBody"), lambda: stage.editor.run(chosen) == 1, "the upper body")
    assert stage.editor.run(f"return {stage.find('CaptureUpperBody')}.visible") is False
    stage.editor.run(f"{view}._body.select(0)\n{view}._clip.text = ''\n{view}._on_clip_changed()\nreturn true")


def test_the_phones_code_is_shown(stage: Stage) -> None:
    stage.tab("Create")
    code = f"var code = {stage.find('QR')}\nreturn code != null and code.texture.get_width() > 20"
    stage.press(stage.find("CreateByPhone"), lambda: stage.editor.run(code), "the code")
    hint = stage.editor.run(f"return {stage.find('PhoneHint')}.text")
    (job,) = [job for job in stage.call("GET", "/v1/snapshot")["jobs"] if job["state"] == "awaitingUpload"]
    assert hint == job["phone"]["hint"]
    stage.frames(30)
    stage.editor.shot(tools.ARTEFACTS / "godot-phone.png")
