"""The New Emote form: names, known-bad clips, crop, cameras."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hub_answers
import numpy as np
import pytest
import rigs
from blender_api import OPS
from panels import drawn

NOBODY = {"reason": "noPerson", "title": "Nobody was found in the clip.", "nextStep": "Film one person."}


def fault() -> str:
    return str(rigs.addon("create.clip_check").fault())


def test_the_name_follows_the_clip_until_a_person_types_one(form: Any) -> None:
    form.clip("dance_take_2.mp4")
    assert form.values.name == "dance_take_2"
    assert "dance_take_2.mp4" in drawn("create").texts, "the file's name, not half of its path"
    form.clip("kick.mp4")
    assert form.values.name == "kick"
    form.values.name = "My Own"
    form.clip("wave.mp4")
    assert form.values.name == "My Own"
    assert form.created()["name"] == "My Own"
    form.clip("jump.mp4")
    assert form.values.name == "jump", "a name that was used does not stick"


@pytest.mark.parametrize(
    ("phase", "said"),
    [
        ("starting", "Starting Kinetix…"),
        ("searching", "Looking for Kinetix…"),
        ("failed", "Capture is unavailable"),
        ("off", "Not connected"),
    ],
)
def test_it_stands_below_create_how_it_is_with_the_capture(form: Any, phase: str, said: str) -> None:
    form.phase(phase)
    assert said in drawn("create").said and "Ready" not in drawn("create").said


def test_the_file_browser_opens_where_the_last_clip_was(form: Any, tmp_path: Path) -> None:
    (tmp_path / "wave.mp4").write_bytes(b"film")
    assert OPS.kinetix.choose_clip(filepath=str(tmp_path / "wave.mp4")) == {"FINISHED"}
    chooser, opened = SimpleNamespace(filepath="", files=[]), []
    manager = SimpleNamespace(fileselect_add=lambda operator: opened.append(operator.filepath))
    operator = rigs.addon("create.ops").KINETIX_OT_choose_clip
    assert operator.invoke(chooser, SimpleNamespace(window_manager=manager), None) == {"RUNNING_MODAL"}
    assert opened == [f"{tmp_path}{os.sep}"]


def test_who_is_captured_holds_for_one_clip(form: Any) -> None:
    form.values.people = "all"
    form.clip("two.mp4")
    assert form.values.people == "all", "said before a clip was chosen"
    form.values.captured = "upper"
    form.clip("desk.mp4")
    assert (form.values.people, form.values.captured) == ("none", "whole")


def test_equal_names_get_a_number_at_once(form: Any) -> None:
    form.link.state.emotes = {"1": {"id": "1", "name": "Dance"}, "2": {"id": "2", "name": "dance 2"}}
    form.jobs(hub_answers.job(3, "processing", name="Dance 3"), hub_answers.job(4, "failed", name="Kick"))
    form.clip("dance.mp4")
    assert form.values.name == "dance 4"
    form.clip("kick.mp4")
    assert form.values.name == "kick", "a job that failed made no emote"
    form.values.name = "Dance"
    assert form.created()["name"] == "Dance 4"


def test_the_phone_does_not_take_the_clips_name(form: Any) -> None:
    form.clip("dance.mp4")
    OPS.kinetix.phone()
    assert form.asked.sent[-1] == ("POST", "/v1/jobs/phone", {"name": "Phone Emote", "askFirst": True})
    form.values.ask = False
    OPS.kinetix.phone()
    assert form.asked.sent[-1][2]["askFirst"] is False


@pytest.mark.parametrize(
    ("film", "part", "why"),
    [
        ({"seconds": 0.8}, (0, 0), "shorter than 1 s"),
        ({"seconds": 12.0}, (0, 0), "longer than 10 s"),
        ({"seconds": 12.0}, (1, 8), ""),
        ({"seconds": 8.0}, (3, 3.4), "shorter than 1 s"),
        ({"seconds": 8.0}, (7.5, 0), "shorter than 1 s"),
        ({"seconds": 8.0}, (5, 4), "ends before it starts"),
        ({"seconds": 1.0}, (0, 0), ""),
        ({"seconds": 10.0}, (0, 0), ""),
        ({"seconds": 0.0, "problem": "UNREADABLE"}, (0, 0), "cannot be read"),
        ({"seconds": 0.0, "problem": "NOT_SHOWN"}, (0, 0), ""),
        ({"seconds": 0.0, "reading": True}, (0, 0), ""),
    ],
)
def test_a_clip_that_cannot_work_is_told_when_it_is_chosen(form: Any, film: Any, part: Any, why: Any) -> None:
    if "problem" in film:
        film = film | {"problem": getattr(rigs.addon("films"), film["problem"])}
    form.clip(**film)
    form.values.start, form.values.end = part
    assert why in fault() and OPS.kinetix.create.poll() is not bool(why)
    assert "Best results" not in drawn("create").said, "one sentence of advice"


def test_the_length_that_the_world_allows_is_said_and_taken(form: Any) -> None:
    form.link.state.connection = {"profile": "local", "state": "ready", "maxSeconds": 60.0}
    assert "1–60 s, steady camera" in drawn("create").said
    form.clip(seconds=59.0)
    assert OPS.kinetix.create.poll()
    form.clip(seconds=61.0)
    assert "longer than 60 s" in fault()
    form.link.state.connection = {"profile": "local", "state": "ready", "maxSeconds": 7.5}
    assert "longer than 7.5 s" in fault()
    form.clip(seconds=7.0)
    assert OPS.kinetix.create.poll()


def test_a_longer_clip_is_taken_after_one_click(form: Any) -> None:
    form.link.state.connection = {"profile": "local", "state": "ready", "maxSeconds": 10.0}

    def is_offered() -> bool:
        return "kinetix.long_clips" in drawn("create").buttons

    form.clip(seconds=61.0)
    assert not is_offered(), "it would still be too long"
    form.clip(seconds=30.0)
    assert is_offered() and not OPS.kinetix.create.poll()
    form.asked.reply({"reason": "videoTooLong", "title": "The clip is 30.0 s long; an emote has at most 10 s."})
    OPS.kinetix.long_clips()
    assert form.asked.sent[-1] == ("PUT", "/v1/connection/clip-length", {"maxSeconds": 60.0})
    form.asked.reply({"profile": "local", "state": "ready", "maxSeconds": 60.0})
    assert not is_offered() and OPS.kinetix.create.poll(), "what was said of its length holds no more"
    assert form.asked[-1][1] == "/v1/clips/check", "who is in it is asked again"
    OPS.kinetix.long_clips()
    assert form.asked[-1][2] == {"maxSeconds": 10.0}
    form.link.state.connection = {"profile": "cloud", "state": "ready", "maxSeconds": 10.0}
    with form.elsewhere():
        assert not is_offered(), "another service decides itself"
    for seconds, offers in ((0.2, False), (0.7, True)):
        form.clip(seconds=seconds)
        assert ("kinetix.short_clips" in drawn("create").buttons) is offers and "shorter than 1 s" in fault()


def test_nobody_in_the_picture_is_told_while_the_form_is_filled_in(form: Any) -> None:
    asked = form.asked
    form.clip("room.mp4")
    form.values.start = 1.0
    form.values.start = 2.0
    assert [one[1] for one in asked] == ["/v1/clips/check"], "one question at a time"
    assert asked[-1][2]["trimStart"] == 0.0 and OPS.kinetix.create.poll(), "nothing is said before it is known"
    asked.reply(NOBODY)
    assert OPS.kinetix.create.poll(), "that was the answer for another part"
    assert len(asked) == 2 and asked[-1][2]["trimStart"] == 2.0
    asked.reply(NOBODY)
    assert not OPS.kinetix.create.poll()
    assert "Nobody was found in the clip. Film one person." in drawn("create").said
    form.clip("kick.mp4")
    assert OPS.kinetix.create.poll()
    late = len(asked) - 1
    form.clip("other.mp4")
    asked.reply(NOBODY, at=late)
    asked.reply({"reason": None})
    assert OPS.kinetix.create.poll(), "what was said of another clip is not said of this one"


def test_one_of_several_people_is_chosen_by_a_picture(form: Any) -> None:
    def created() -> Any:
        body = form.created()
        return body["people"], body["person"]

    picture = base64.b64encode(hub_answers.png(8, 16, (200, 60, 50))).decode()
    two = {"reason": None, "people": [{"at": [0.2, x, 0.5], "jpeg": picture} for x in (0.25, 0.75)]}
    form.clip("duet.mp4")
    assert form.asked[-1][2].get("people"), "who is in it is asked too"
    form.asked.reply(two)
    assert "Choose one, or Everybody" in drawn("create").said
    OPS.kinetix.choose_person(person=2)
    assert "Choose one, or Everybody" not in drawn("create").said
    assert created() == ("one", [0.2, 0.75, 0.5])
    OPS.kinetix.choose_person(person=0)
    assert created() == ("all", None)
    OPS.kinetix.choose_person(person=1)
    form.values.start = 1.0
    assert created() == (None, None), "of another part it has to be chosen anew"
    odd = {"reason": None, "people": [{"at": [0.2, 0.1, 0.1], "jpeg": "no picture"}] * 9}
    form.asked.reply(odd, at=-2)
    assert len(rigs.addon("create.seen_people").pictures()) == 4, "no more than can be captured, also without a picture"


def test_half_a_body_is_offered_before_it_would_be_refused(form: Any) -> None:
    def is_offered() -> bool:
        return "Capture Upper Body" in drawn("create").texts

    form.clip("desk.mp4")
    assert not is_offered()
    half = {"at": [0.2, 0.5, 0.5], "jpeg": "", "upperOnly": True}
    form.asked.reply({"reason": None, "people": [half]})
    assert is_offered()
    form.values.captured = "upper"
    assert not is_offered()
    form.values.captured = "whole"
    form.clip("dance.mp4")
    assert not is_offered(), "another clip"
    form.asked.reply({"reason": None, "people": [half | {"upperOnly": False}]})
    assert not is_offered()


def test_a_hub_that_does_not_answer_says_nothing_against_a_clip(form: Any) -> None:
    form.clip("walk.mp4")
    for status in (0, 500):
        form.asked.reply(status=status, error=hub_answers.ERROR)
        assert OPS.kinetix.create.poll(), "it is asked again by the form's next change, and else by nobody"
        form.values.start += 0.5
    assert len(form.asked) == 3


CUT = {"crop_left": 25.0, "crop_top": 10.0, "crop_bottom": 5.0}


@pytest.mark.parametrize(
    ("elsewhere", "values", "sent"),
    [
        (False, CUT, {"crop": None}),  # the switch is off
        (False, CUT | {"crop": True}, {"crop": [0.25, 0.1, 0.75, 0.85]}),
        (False, {"height": 182.0}, {"heightCm": None}),
        (False, {"height": 182.0, "height_known": True}, {"heightCm": 182.0}),
        (False, {}, {"askFirst": True, "people": None, "body": "whole"}),
        (False, {"ask": False}, {"askFirst": False}),
        (False, {"people": "all"}, {"people": "all", "body": "whole"}),
        (False, {"people": "all", "captured": "upper"}, {"people": None, "body": "upper", "face": False}),
        (False, {"captured": "upper", "face": True}, {"body": "upper", "face": True}),
        (True, {"people": "all", "captured": "upper", "face": True}, {"people": None, "body": "whole", "face": False}),
        (True, {"ask": True}, {"askFirst": False}),
    ],
)
def test_what_the_form_has_is_sent(form: Any, elsewhere: bool, values: Any, sent: Any) -> None:
    form.clip()
    for name, value in values.items():
        setattr(form.values, name, value)
    with form.elsewhere(elsewhere):
        assert ("ask" in drawn("options").properties) is not elsewhere
        assert sent.items() <= form.created().items()


def test_what_a_crop_cuts_away_is_dark(form: Any) -> None:
    form.values.crop = True
    for name, value in CUT.items():
        setattr(form.values, name, value)
    shown = rigs.addon("create.frames")._darkened(np.ones((20, 40, 4), np.float32))
    assert (shown[2:19, 10:, :3] == 1).all() and (shown[:2, :, :3] < 0.5).all() and (shown[:, :10, :3] < 0.5).all()


def test_a_second_camera_is_added_named_and_taken_out(form: Any, tmp_path: Path) -> None:
    assert not OPS.kinetix.add_view.poll(), "first the clip that shows the person best"
    form.clip("front.mp4")
    files = [tmp_path / f"side {number}.mp4" for number in range(3)]
    for file in files:
        file.write_bytes(b"film")
        assert OPS.kinetix.add_view(filepath=str(file)) == {"FINISHED"}
    assert not OPS.kinetix.add_view.poll(), "four clips are the most"
    shown = drawn("options")
    assert {file.name for file in files} <= set(shown.texts) and "people" not in shown.properties
    OPS.kinetix.remove_view(view=str(files[1]))
    form.values.people = "all"
    body = form.created()
    assert body["views"] == [str(files[0]), str(files[2])] and body["people"] is None
    with form.elsewhere():
        assert form.created()["views"] == [], "a service elsewhere takes one clip"
        assert files[0].name not in drawn("options").texts
    form.clip("another.mp4")
    assert rigs.addon("clip_form").FORM.views == [], "they belong to the clip"


def test_a_camera_of_no_use_is_told_with_its_name(form: Any, tmp_path: Path) -> None:
    form.clip("front.mp4")
    side = tmp_path / "side.mp4"
    side.write_bytes(b"film")
    OPS.kinetix.add_view(filepath=str(side))
    assert form.asked[-1][1:3] == ("/v1/clips/check", {"clip": str(side)}), (
        "all of it: what was filmed meanwhile is used"
    )
    form.asked.reply({"reason": "videoTooLong", "title": "Too long.", "nextStep": "Trim it."})
    assert OPS.kinetix.create.poll()
    form.asked.reply(NOBODY)
    assert not OPS.kinetix.create.poll()
    assert "side.mp4: Nobody was found in the clip. Film one person." in drawn("create").said
    OPS.kinetix.remove_view(view=str(side))
    assert OPS.kinetix.create.poll()
    OPS.kinetix.add_view(filepath=form.values.clip)
    assert "have the same clip" in fault()
    OPS.kinetix.remove_view(view=form.values.clip)
    OPS.kinetix.add_view(filepath=str(side))
    side.unlink()
    assert "is missing" in fault()


def test_times_are_written_as_people_write_them() -> None:
    clock = rigs.addon("text").clock
    assert [clock(s) for s in (-1, 5, 65, 3599, 3600, 7325)] == ["0:00", "0:05", "1:05", "59:59", "1:00:00", "2:02:05"]
