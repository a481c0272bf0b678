"""The New Emote form: names, known-bad clips, crop, cameras."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hub_answers
import panels
import pytest
import rigs
from blender_api import CONTEXT, OPS


def name() -> Any:
    return CONTEXT.window_manager.kinetix_create.name


def test_the_name_follows_the_clip_until_a_person_types_one(form: Any) -> None:
    form.clip("dance_take_2.mp4", seconds=4.0, fps=30.0)
    assert name() == "dance_take_2"
    assert "dance_take_2.mp4" in panels.drawn("create.KINETIX_PT_create").texts, "the file's name, not half of its path"
    form.clip("kick.mp4", seconds=4.0, fps=30.0)
    assert name() == "kick"
    CONTEXT.window_manager.kinetix_create.name = "My Own"
    form.clip("wave.mp4", seconds=4.0, fps=30.0)
    assert name() == "My Own"
    OPS.kinetix.create()
    assert form.asked.sent[-1][2]["name"] == "My Own"
    form.clip("jump.mp4", seconds=4.0, fps=30.0)
    assert name() == "jump", "a name that was used does not stick"


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
    shown = " ".join(panels.drawn("create.KINETIX_PT_create").texts)
    assert said in shown and "Ready" not in shown


def test_the_file_browser_opens_where_the_last_clip_was(form: Any, tmp_path: Path) -> None:
    (tmp_path / "wave.mp4").write_bytes(b"film")
    assert OPS.kinetix.choose_clip(filepath=str(tmp_path / "wave.mp4")) == {"FINISHED"}
    chooser, opened = SimpleNamespace(filepath="", files=[]), []
    manager = SimpleNamespace(fileselect_add=lambda operator: opened.append(operator.filepath))
    operator = rigs.addon("create.ops").KINETIX_OT_choose_clip
    assert operator.invoke(chooser, SimpleNamespace(window_manager=manager), None) == {"RUNNING_MODAL"}
    assert opened == [f"{tmp_path}{os.sep}"]


def test_who_is_captured_holds_for_one_clip(form: Any) -> None:
    values = CONTEXT.window_manager.kinetix_create
    values.people = "all"
    form.clip("two.mp4", seconds=4.0, fps=30.0)
    assert values.people == "all", "said before a clip was chosen"
    values.captured = "upper"
    form.clip("desk.mp4", seconds=4.0, fps=30.0)
    assert (values.people, values.captured) == ("none", "whole")


def test_equal_names_get_a_number_at_once(form: Any) -> None:
    form.link.state.emotes = {"1": {"id": "1", "name": "Dance"}, "2": {"id": "2", "name": "dance 2"}}
    form.link.state.jobs = {
        "3": hub_answers.job(3, "processing", name="Dance 3"),
        "4": hub_answers.job(4, "failed", name="Kick"),
    }
    form.clip("dance.mp4", seconds=4.0, fps=30.0)
    assert name() == "dance 4"
    form.clip("kick.mp4", seconds=4.0, fps=30.0)
    assert name() == "kick", "a job that failed made no emote"
    CONTEXT.window_manager.kinetix_create.name = "Dance"
    OPS.kinetix.create()
    assert form.asked.sent[-1][2]["name"] == "Dance 4"


def test_the_phone_does_not_take_the_clips_name(form: Any) -> None:
    form.clip("dance.mp4", seconds=4.0, fps=30.0)
    OPS.kinetix.phone()
    assert form.asked.sent[-1] == ("POST", "/v1/jobs/phone", {"name": "Phone Emote", "askFirst": True})
    CONTEXT.window_manager.kinetix_create.ask = False
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
        ({"problem": "UNREADABLE"}, (0, 0), "cannot be read"),
        ({"problem": "NOT_SHOWN"}, (0, 0), ""),
        ({"reading": True}, (0, 0), ""),
    ],
)
def test_a_clip_that_cannot_work_is_told_when_it_is_chosen(form: Any, film: Any, part: Any, why: Any) -> None:
    if "problem" in film:
        film = {"problem": getattr(rigs.addon("films"), film["problem"])}
    form.clip(**{"fps": 30.0} | film)
    values = CONTEXT.window_manager.kinetix_create
    values.start, values.end = part
    shown = " ".join(panels.drawn("create.KINETIX_PT_create").texts)
    assert why in rigs.addon("create.clip_check").fault()
    assert OPS.kinetix.create.poll() is not bool(why)
    assert "Best results" not in shown, "one sentence of advice"


def test_the_length_that_the_world_allows_is_said_and_taken(form: Any) -> None:
    form.link.state.connection = {"profile": "local", "state": "ready", "maxSeconds": 60.0}
    assert "1–60 s, steady camera" in " ".join(panels.drawn("create.KINETIX_PT_create").texts)
    form.clip(seconds=59.0, fps=30.0)
    assert OPS.kinetix.create.poll()
    form.clip(seconds=61.0, fps=30.0)
    assert "longer than 60 s" in rigs.addon("create.clip_check").fault()
    form.link.state.connection = {"profile": "local", "state": "ready", "maxSeconds": 7.5}
    assert "longer than 7.5 s" in rigs.addon("create.clip_check").fault()
    form.clip(seconds=7.0, fps=30.0)
    assert OPS.kinetix.create.poll()


def test_a_longer_clip_is_taken_after_one_click(form: Any) -> None:
    asked = form.asked
    form.link.state.profiles = [{"name": "local", "kind": "local", "active": True, "url": ""}]
    form.link.state.connection = {"profile": "local", "state": "ready", "maxSeconds": 10.0}
    offered, answer = "kinetix.long_clips", rigs.addon("hub.link").Answer

    def is_offered() -> bool:
        return offered in {one.button for one in panels.drawn("create.KINETIX_PT_create").operators}

    form.clip(seconds=61.0, fps=30.0)
    assert not is_offered(), "it would still be too long"
    form.clip(seconds=30.0, fps=30.0)
    assert is_offered() and not OPS.kinetix.create.poll()
    too_long = {"reason": "videoTooLong", "title": "The clip is 30.0 s long; an emote has at most 10 s."}
    asked[-1][-1](answer(200, too_long))
    OPS.kinetix.long_clips()
    *sent, done = asked[-1]
    assert sent == ["PUT", "/v1/connection/clip-length", {"maxSeconds": 60.0}]
    done(answer(200, {"profile": "local", "state": "ready", "maxSeconds": 60.0}))
    assert not is_offered() and OPS.kinetix.create.poll(), "what was said of its length holds no more"
    assert asked[-1][1] == "/v1/clips/check", "who is in it is asked again"
    OPS.kinetix.long_clips()
    assert asked[-1][2] == {"maxSeconds": 10.0}
    form.link.state.connection = {"profile": "cloud", "state": "ready", "maxSeconds": 10.0}
    form.link.state.profiles = [{"name": "cloud", "kind": "cloud", "active": True, "url": "https://c.example"}]
    assert not is_offered(), "another service decides itself"
    form.link.state.profiles = [{"name": "local", "kind": "local", "active": True, "url": ""}]
    for seconds, offers in ((0.2, False), (0.7, True)):
        form.clip(seconds=seconds, fps=30.0)
        buttons = {one.button for one in panels.drawn("create.KINETIX_PT_create").operators}
        assert ("kinetix.short_clips" in buttons) is offers and "shorter than 1 s" in rigs.addon(
            "create.clip_check"
        ).fault()


def test_nobody_in_the_picture_is_told_while_the_form_is_filled_in(form: Any, tmp_path: Path) -> None:
    asked = form.asked
    answer, values = rigs.addon("hub.link").Answer, CONTEXT.window_manager.kinetix_create
    nobody = {"reason": "noPerson", "title": "Nobody was found in the clip.", "nextStep": "Film one person."}
    form.clip("room.mp4", seconds=4.0, fps=30.0)
    values.start = 1.0
    values.start = 2.0
    *_, body, done = asked[-1]
    assert [one[1] for one in asked] == ["/v1/clips/check"] and body["trimStart"] == 0.0, "one question at a time"
    assert OPS.kinetix.create.poll(), "nothing is said before it is known"
    done(answer(200, nobody))
    assert OPS.kinetix.create.poll(), "that was the answer for another part"
    *_, body, done = asked[-1]
    assert len(asked) == 2 and body["trimStart"] == 2.0
    done(answer(200, nobody))
    assert not OPS.kinetix.create.poll()
    assert "Nobody was found in the clip. Film one person." in " ".join(panels.drawn("create.KINETIX_PT_create").texts)
    form.clip("kick.mp4", seconds=4.0, fps=30.0)
    assert OPS.kinetix.create.poll()
    late = asked[-1][-1]
    form.clip("other.mp4", seconds=4.0, fps=30.0)
    late(answer(200, nobody))
    asked[-1][-1](answer(200, {"reason": None}))
    assert OPS.kinetix.create.poll(), "what was said of another clip is not said of this one"


def test_one_of_several_people_is_chosen_by_a_picture(form: Any) -> None:
    asked = form.asked
    form.link.state.profiles = [{"name": "local", "kind": "local", "active": True, "url": ""}]
    answer, values = rigs.addon("hub.link").Answer, CONTEXT.window_manager.kinetix_create
    picture = base64.b64encode(hub_answers.png(8, 16, (200, 60, 50))).decode()
    two = {"reason": None, "people": [{"at": [0.2, x, 0.5], "jpeg": picture} for x in (0.25, 0.75)]}
    form.clip("duet.mp4", seconds=4.0, fps=30.0)
    assert asked[-1][2].get("people"), "who is in it is asked too"
    asked[-1][3](answer(200, two))
    assert "Choose one, or Everybody" in " ".join(panels.drawn("create.KINETIX_PT_create").texts)
    OPS.kinetix.choose_person(person=2)
    assert "Choose one, or Everybody" not in " ".join(panels.drawn("create.KINETIX_PT_create").texts)
    OPS.kinetix.create()
    assert (asked[-1][2]["people"], asked[-1][2]["person"]) == ("one", [0.2, 0.75, 0.5])
    OPS.kinetix.choose_person(person=0)
    OPS.kinetix.create()
    assert (asked[-1][2]["people"], asked[-1][2]["person"]) == ("all", None)
    OPS.kinetix.choose_person(person=1)
    values.start = 1.0
    OPS.kinetix.create()
    assert (asked[-1][2]["people"], asked[-1][2]["person"]) == (None, None), "of another part it has to be chosen anew"
    odd = {"reason": None, "people": [{"at": [0.2, 0.1, 0.1], "jpeg": "no picture"}] * 9}
    asked[-2][3](answer(200, odd))
    assert len(rigs.addon("create.seen_people").pictures()) == 4, "no more than can be captured, also without a picture"


def test_half_a_body_is_offered_before_it_would_be_refused(form: Any) -> None:
    asked = form.asked
    form.link.state.profiles = [{"name": "local", "kind": "local", "active": True, "url": ""}]
    answer, values = rigs.addon("hub.link").Answer, CONTEXT.window_manager.kinetix_create

    def is_offered() -> bool:
        return "Capture Upper Body" in panels.drawn("create.KINETIX_PT_create").texts

    form.clip("desk.mp4", seconds=4.0, fps=30.0)
    assert not is_offered()
    half = {"at": [0.2, 0.5, 0.5], "jpeg": "", "upperOnly": True}
    asked[-1][3](answer(200, {"reason": None, "people": [half]}))
    assert is_offered()
    values.captured = "upper"
    assert not is_offered()
    values.captured = "whole"
    form.clip("dance.mp4", seconds=4.0, fps=30.0)
    assert not is_offered(), "another clip"
    asked[-1][3](answer(200, {"reason": None, "people": [half | {"upperOnly": False}]}))
    assert not is_offered()


def test_a_hub_that_does_not_answer_says_nothing_against_a_clip(form: Any) -> None:
    asked = form.asked
    answer, values = rigs.addon("hub.link").Answer, CONTEXT.window_manager.kinetix_create
    gone = {"code": "hubGone", "title": "Kinetix does not answer.", "detail": "", "nextStep": "Wait."}
    form.clip("walk.mp4", seconds=4.0, fps=30.0)
    for status in (0, 500):
        asked[-1][3](answer(status, error=gone))
        assert OPS.kinetix.create.poll(), "it is asked again by the form's next change, and else by nobody"
        values.start += 0.5
    assert len(asked) == 3


def test_a_crop_is_sent_as_shares_of_the_picture_and_shown(form: Any) -> None:
    form.clip(seconds=4.0, fps=30.0)
    values = CONTEXT.window_manager.kinetix_create
    values.crop_left, values.crop_top, values.crop_bottom = 25.0, 10.0, 5.0
    OPS.kinetix.create()
    assert form.asked.sent[-1][2]["crop"] is None, "the switch is off"
    values.crop = True
    OPS.kinetix.create()
    assert form.asked.sent[-1][2]["crop"] == [0.25, 0.1, 0.75, 0.85]
    import numpy as np

    shown = rigs.addon("create.frames")._darkened(np.ones((20, 40, 4), np.float32))
    assert (shown[2:19, 10:, :3] == 1).all() and (shown[:2, :, :3] < 0.5).all() and (shown[:, :10, :3] < 0.5).all()


def test_the_height_is_sent_only_when_it_is_known(form: Any) -> None:
    form.clip(seconds=4.0, fps=30.0)
    values = CONTEXT.window_manager.kinetix_create
    values.height = 182.0
    OPS.kinetix.create()
    values.height_known = True
    OPS.kinetix.create()
    assert [body["heightCm"] for _, _, body in form.asked.sent] == [None, 182.0]


def test_a_take_is_asked_about_on_this_machine_unless_a_person_says_no(form: Any) -> None:
    form.clip(seconds=4.0, fps=30.0)
    assert "ask" in panels.drawn("create.KINETIX_PT_options").properties
    OPS.kinetix.create()
    CONTEXT.window_manager.kinetix_create.ask = False
    OPS.kinetix.create()
    form.link.state.profiles = [{"name": "cloud", "kind": "cloud", "active": True, "url": "http://127.0.0.1:1"}]
    CONTEXT.window_manager.kinetix_create.ask = True
    assert "ask" not in panels.drawn("create.KINETIX_PT_options").properties
    OPS.kinetix.create()
    assert [body["askFirst"] for _, _, body in form.asked.sent] == [True, False, False]


def test_a_second_camera_is_added_named_and_taken_out(form: Any, tmp_path: Path) -> None:
    assert not OPS.kinetix.add_view.poll(), "first the clip that shows the person best"
    form.clip("front.mp4", seconds=4.0, fps=30.0)
    files = [tmp_path / f"side {number}.mp4" for number in range(3)]
    for file in files:
        file.write_bytes(b"film")
        assert OPS.kinetix.add_view(filepath=str(file)) == {"FINISHED"}
    assert not OPS.kinetix.add_view.poll(), "four clips are the most"
    shown = panels.drawn("create.KINETIX_PT_options")
    assert {file.name for file in files} <= set(shown.texts) and "people" not in shown.properties
    OPS.kinetix.remove_view(view=str(files[1]))
    CONTEXT.window_manager.kinetix_create.people = "all"
    OPS.kinetix.create()
    assert (
        form.asked.sent[-1][2]["views"] == [str(files[0]), str(files[2])] and form.asked.sent[-1][2]["people"] is None
    )
    form.link.state.profiles = [{"name": "cloud", "kind": "cloud", "active": True, "url": "http://127.0.0.1:1"}]
    OPS.kinetix.create()
    assert form.asked.sent[-1][2]["views"] == [], "a service elsewhere takes one clip"
    assert files[0].name not in panels.drawn("create.KINETIX_PT_options").texts
    form.clip("another.mp4", seconds=4.0, fps=30.0)
    assert rigs.addon("clip_form").FORM.views == [], "they belong to the clip"


def test_a_camera_of_no_use_is_told_with_its_name(form: Any, tmp_path: Path) -> None:
    asked = form.asked
    answer = rigs.addon("hub.link").Answer
    form.clip("front.mp4", seconds=4.0, fps=30.0)
    side = tmp_path / "side.mp4"
    side.write_bytes(b"film")
    OPS.kinetix.add_view(filepath=str(side))
    _, path, body, done = asked[-1]
    assert (path, body) == ("/v1/clips/check", {"clip": str(side)}), "all of it: what was filmed meanwhile is used"
    done(answer(200, {"reason": "videoTooLong", "title": "Too long.", "nextStep": "Trim it."}))
    assert OPS.kinetix.create.poll()
    done(answer(200, {"reason": "noPerson", "title": "Nobody was found in the clip.", "nextStep": "Film one person."}))
    assert not OPS.kinetix.create.poll()
    problem = "side.mp4: Nobody was found in the clip. Film one person."
    assert problem in " ".join(panels.drawn("create.KINETIX_PT_create").texts)
    OPS.kinetix.remove_view(view=str(side))
    assert OPS.kinetix.create.poll()
    OPS.kinetix.add_view(filepath=CONTEXT.window_manager.kinetix_create.clip)
    assert "have the same clip" in rigs.addon("create.clip_check").fault()
    OPS.kinetix.remove_view(view=CONTEXT.window_manager.kinetix_create.clip)
    OPS.kinetix.add_view(filepath=str(side))
    side.unlink()
    assert "is missing" in rigs.addon("create.clip_check").fault()


def test_times_are_written_as_people_write_them() -> None:
    clock = rigs.addon("text").clock
    assert [clock(s) for s in (-1, 5, 65, 3599, 3600, 7325)] == ["0:00", "0:05", "1:05", "59:59", "1:00:00", "2:02:05"]
