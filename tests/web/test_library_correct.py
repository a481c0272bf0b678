"""A take is corrected on the library page: a joint is dragged over the clip's picture, and the real fit solves it again."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.support.seen_take import FRAMES, FURTHER_SIZE, FURTHER_STARTS_S, SIZE, STARTS_S, UNSURE
from tests.support.service import Running
from tests.support.waiting import until
from tests.web.conftest import DESKTOP, PHONE, picture, tiny_video
from tests.web.test_library import in_every_look, sign_in_link
from tests.web.test_screens import assert_accessible

pytestmark = pytest.mark.xdist_group("web")
Open = Callable[..., Page]
Versions = list[dict[str, Any]]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return tiny_video(tmp_path_factory.mktemp("seen") / "clip.webm", 2.0, SIZE).read_bytes()


def captured(service: Running, user: str, name: str, clip: bytes, *views: bytes) -> str:
    """The emote of a take that is kept."""
    process = service.emote(user, clip, filename="clip.webm", name=name, views=views)
    assert process["step"] == "done", process
    return str(process["emote"])


def opened(page: Page, service: Running, emote: str, name: str) -> Locator:
    """The view in which the emote is corrected, ready."""
    page.emulate_media(reduced_motion="reduce")  # nothing plays by itself
    page.goto(f"{sign_in_link(service)}#{emote}")
    page.get_by_role("dialog", name=name).get_by_role("button", name="Correct…").press("Enter")
    dialog = page.get_by_role("dialog", name=f"Correct {name}")
    expect(dialog).to_have_attribute("data-state", "ready")
    return dialog


def versions(service: Running, emote: str) -> Versions:
    return list(service.admin("GET", f"/emotes/{emote}/refine").json())


def shows(video: Locator, seconds: float) -> None:
    """Wait until a clip is at this moment of it."""
    until(lambda: abs(float(video.evaluate("clip => clip.currentTime")) - seconds) < 0.02, "the clip's moment")


def centre(joint: Locator) -> tuple[float, float]:
    box: FloatRect | None = joint.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def lift(page: Page, joint: Locator) -> None:
    """Drag it up by a tenth of what is shown."""
    joint.scroll_into_view_if_needed()
    x, y = centre(joint)
    shown = page.locator(".picture").bounding_box()
    assert shown is not None
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - shown["height"] / 10, steps=3)
    page.mouse.up()


def test_a_dragged_wrist_becomes_a_version_with_the_wrist_there(service: Running, open_page: Open, clip: bytes) -> None:
    name = "Seen wrist"
    emote = captured(service, "corrector", name, clip)
    page = open_page(PHONE)
    dialog = opened(page, service, emote, name)
    video = dialog.locator("video")
    time = dialog.get_by_role("slider", name="Time")
    worst = int(time.input_value())
    assert UNSURE.start <= worst < UNSURE.stop, "it begins where the capture is least sure"
    expect(time).to_have_attribute("aria-valuetext", f"{worst / 30:.2f}\u00a0s · uncertain: right arm")
    shows(video, STARTS_S + worst / 30)
    expect(dialog.locator(".picture")).to_have_attribute("data-behind", "false")
    refine = dialog.get_by_role("button", name="Refine")
    expect(refine).to_be_disabled()
    wrist = dialog.get_by_role("slider", name="Right wrist")
    lift(page, wrist)
    expect(wrist).to_have_attribute("data-corrected", "true")
    item = dialog.get_by_role("button", name="Remove: Right wrist")
    expect(item).to_have_count(1)
    in_every_look(page, "library-correct")
    refine.press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("Version 2 is ready.")
    expect(dialog.get_by_role("status")).to_be_focused()
    first, second = versions(service, emote)
    (point,) = second["corrections"]
    assert (point["kind"], point["joint"], point["frame"]) == ("point", "rightWrist", worst)
    assert second["current"] and not first["current"]
    edits = service.admin("GET", "/library/edits").json()
    assert second["emote"] in {edit["emote"] for edit in edits}, "the hub is notified"
    figures = [service.admin("GET", f"/emotes/{emote}/refine/{number}/figure").json() for number in (1, 2)]
    rows = {row["uuid"]: row for row in service.admin("GET", "/library").json()["emotes"]}
    assert rows[second["emote"]]["clip"]["start"] == STARTS_S, "so the clip plays in step beside its emote"
    before, after = (figure["joints"]["rightWrist"][worst] for figure in figures)
    assert before[1] - point["y"] > 0.03, "it was dragged up"
    assert after == pytest.approx([point["x"], point["y"]], abs=0.01)
    # the correction stays in the list, and is removed alone
    item.press("Enter")
    expect(item).to_have_count(0)
    refine.press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("Version 3 is ready.")
    assert [row["corrections"] for row in versions(service, emote)] == [[], [point], []]
    dialog.get_by_role("button", name="Use version 2").press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("Version 2 is ready.")
    assert [row["current"] for row in versions(service, emote)] == [False, True, False]
    expect(item).to_have_count(1)
    in_every_look(page, "library-corrected")


def slide(page: Page, track: Locator, first: float, last: float) -> None:
    """Drag over a lane, from one share of it to another."""
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + first * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + last * box["width"], box["y"] + box["height"] / 2, steps=3)
    page.mouse.up()


def at(frame: int) -> float:
    """The share of a lane at which the middle of this frame is."""
    return (frame + 0.5) / FRAMES


def span(first: int, last: int) -> str:
    return f"{first / 30:.2f}\u00a0s to {last / 30:.2f}\u00a0s"


def test_a_foot_is_said_to_stand_by_mouse_and_keys(service: Running, open_page: Open, clip: bytes) -> None:
    emote = captured(service, "corrector-feet", "Seen feet", clip)
    page = open_page(DESKTOP)
    dialog = opened(page, service, emote, "Seen feet")
    time = dialog.get_by_role("slider", name="Time")
    lanes = dialog.get_by_role("group", name="Feet and hands on the time line")
    left = lanes.locator(".lane").first
    slide(page, left, at(10), at(4))
    band = lanes.get_by_role("button", name=f"Left foot does not stand, {span(4, 10)}", exact=True)
    expect(band).to_be_focused()
    expect(time).to_have_value("4")
    slide(page, left, at(7), at(9))  # the whole stretch, two frames on
    expect(lanes.get_by_role("button", name=f"Left foot does not stand, {span(6, 12)}", exact=True)).to_be_focused()
    slide(page, left, (12 + 1) / FRAMES + 0.01, at(20))  # its end
    expect(dialog.get_by_role("slider", name="End")).to_have_attribute("aria-valuenow", "19")
    expect(time).to_have_value("19")
    # by its name and the keys, beside the first one
    time.press("Home")
    dialog.get_by_role("button", name="Left foot: mark from here").press("Enter")
    second = lanes.get_by_role("button", name=f"Left foot does not stand, {span(0, 5)}", exact=True)
    expect(second).to_be_focused()
    second.press("Tab")
    end = dialog.get_by_role("slider", name="End")
    expect(end).to_be_focused()
    end.press("ArrowLeft")
    expect(end).to_have_attribute("aria-valuetext", f"{4 / 30:.2f}\u00a0s")
    end.press("Shift+ArrowRight")
    expect(end).to_have_attribute("aria-valuenow", "5")
    dialog.get_by_role("combobox", name="Left foot").select_option("stands")
    expect(dialog.get_by_role("combobox", name="Left foot")).to_be_in_viewport(ratio=0.9)
    time.press("ArrowLeft")
    time.press("ArrowLeft")
    dialog.get_by_role("button", name="Ends here").press("Enter")
    expect(end).to_have_attribute("aria-valuenow", "3")
    in_every_look(page, "library-correct-feet")
    end.press("Delete")
    expect(dialog.get_by_role("button", name="Left foot: mark from here")).to_be_focused()
    expect(dialog.locator(".band")).to_have_count(1)
    dialog.get_by_role("button", name="Refine").press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("Version 2 is ready.")
    (foot,) = versions(service, emote)[1]["corrections"]
    assert (foot["kind"], foot["first"], foot["last"], foot["stands"]) == ("foot", 6, 19, False)
    stands = service.admin("GET", f"/emotes/{emote}/refine/2/figure").json()["stands"]
    assert stands == {"left": [[0, 5], [20, FRAMES - 1]], "right": [[0, FRAMES - 1]]}


def draw_by_finger(page: Page, track: Locator, first: float, last: float) -> None:
    """Draw by touch; the browser decides whether that scrolls."""
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    assert box is not None
    session = page.context.new_cdp_session(page)
    y, places = box["y"] + box["height"] / 2, [first + (last - first) * step / 4 for step in range(5)]
    for kind, share in zip(("touchStart", *["touchMove"] * 4), places, strict=True):
        points = [{"x": box["x"] + share * box["width"], "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()


def test_a_hand_is_put_on_the_floor_by_finger_and_taken_off_again(
    service: Running, open_page: Open, clip: bytes
) -> None:
    """The version shows it as standing; a stretch that is drawn there then says the contrary."""
    emote = captured(service, "corrector-hands", "Seen hands", clip)
    page = open_page(PHONE, has_touch=True)
    dialog = opened(page, service, emote, "Seen hands")
    lanes = dialog.get_by_role("group", name="Feet and hands on the time line")
    expect(lanes.locator(".lane")).to_have_count(4)
    left = lanes.locator(".lane").nth(2)
    draw_by_finger(page, left, at(3), at(8))
    expect(lanes.get_by_role("button", name=f"Left hand, contact: object, {span(3, 8)}", exact=True)).to_be_focused()
    expect(dialog.get_by_role("slider", name="Time")).to_have_value("8")
    touched = dialog.get_by_role("combobox", name="Left hand")
    names = ("floor", "object", "other hand", "head", "hip", "none")
    expect(touched.get_by_role("option")).to_have_text([f"contact: {name}" for name in names])
    touched.select_option("floor")
    dialog.get_by_role("button", name="Refine").tap()
    expect(dialog.get_by_role("status")).to_have_text("Version 2 is ready.")
    stands = service.admin("GET", f"/emotes/{emote}/refine/2/figure").json()["handsStand"]
    assert stands == {"left": [[3, 8]], "right": []}
    expect(left.locator(".stretch.captured")).to_have_count(1)
    lanes.get_by_role("button", name=f"Left hand, contact: floor, {span(3, 8)}", exact=True).press("Delete")
    draw_by_finger(page, left, at(4), at(8))
    expect(lanes.get_by_role("button", name=f"Left hand, contact: none, {span(4, 8)}", exact=True)).to_be_focused()
    in_every_look(page, "library-correct-hands")
    # a place out of the arm's reach is shown
    touched.select_option("head")
    dialog.get_by_role("button", name="Refine").tap()
    expect(dialog.get_by_role("alert")).to_contain_text(f"Left hand, contact: head, {span(4, 8)}. Mark only the frames")
    listed = [version["corrections"] for version in versions(service, emote)]
    hand = {"kind": "hand", "side": "left", "last": 8}
    floor = hand | {"id": "hand-left-3", "first": 3, "touches": "floor"}
    assert listed == [[], [floor], [hand | {"id": "hand-left-4", "first": 4, "touches": "head"}]]


def test_a_point_is_said_in_the_second_clips_picture(
    service: Running, open_page: Open, clip: bytes, tmp_path: Path
) -> None:
    aside = tiny_video(tmp_path / "aside.webm", 2.0, FURTHER_SIZE).read_bytes()
    emote = captured(service, "corrector-clips", "Seen twice", clip, aside)
    page = open_page(PHONE)
    dialog = opened(page, service, emote, "Seen twice")
    worst = int(dialog.get_by_role("slider", name="Time").input_value())
    clips = dialog.get_by_role("group", name="Pictures of the take").get_by_role("button")
    expect(clips).to_have_text(["Clip 1", "Clip 2"])
    video, wrist = dialog.locator("video"), dialog.get_by_role("slider", name="Right wrist")
    shows(video, STARTS_S + worst / 30)
    clips.last.press("Enter")
    expect(clips.last).to_have_attribute("aria-pressed", "true")
    shows(video, FURTHER_STARTS_S + worst / 30)
    assert video.evaluate("clip => [clip.videoWidth, clip.videoHeight]") == list(FURTHER_SIZE)
    for _ in range(3):
        wrist.press("Shift+ArrowLeft")
    expect(wrist).to_have_attribute("data-corrected", "true")
    picture(page, "library-phone-correct-second-clip")
    assert_accessible(page)
    clips.first.press("Enter")
    expect(wrist).to_have_attribute("data-corrected", "false")
    dialog.get_by_role("button", name="Right wrist in clip 2").first.press("Enter")
    expect(wrist).to_be_focused()
    expect(clips.last).to_have_attribute("aria-pressed", "true")
    dialog.get_by_role("button", name="Refine").press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("Version 2 is ready.")
    (point,) = versions(service, emote)[1]["corrections"]
    assert (point["kind"], point["joint"], point["frame"], point["camera"]) == ("point", "rightWrist", worst, 1)
    (further,) = service.admin("GET", f"/emotes/{emote}/refine/2/figure").json()["further"]
    assert further["joints"]["rightWrist"][worst] == pytest.approx([point["x"], point["y"]], abs=0.01)


def test_by_the_keys_alone_and_what_cannot_be_is_told(service: Running, open_page: Open, clip: bytes) -> None:
    emote = captured(service, "corrector-keys", "Seen keys", clip)
    page = open_page(DESKTOP)
    dialog = opened(page, service, emote, "Seen keys")
    time = dialog.get_by_role("slider", name="Time")
    time.press("Home")
    expect(time).to_have_attribute("aria-valuetext", "0.00\u00a0s")
    time.press("ArrowRight")
    dialog.get_by_role("button", name="Next uncertain frame").press("Enter")
    worst = int(time.input_value())
    assert UNSURE.start <= worst < UNSURE.stop
    expect(page.locator("#announcer")).to_have_text("Uncertain: right arm")
    joints = dialog.get_by_role("group", name="Joints of the figure").get_by_role("slider")
    expect(joints).to_have_count(12)
    joints.first.focus()
    page.keyboard.press("Tab")
    expect(joints.nth(1)).to_be_focused()
    elbow = dialog.get_by_role("slider", name="Right elbow")
    was = elbow.get_attribute("aria-valuetext")
    elbow.press("Shift+ArrowUp")
    expect(elbow).to_have_attribute("aria-valuetext", re.compile("from the left, .* from the top, corrected"))
    elbow.press("Delete")
    expect(elbow).to_have_attribute("aria-valuetext", was or "")
    for _ in range(8):
        elbow.press("Shift+ArrowUp")
    dialog.get_by_role("button", name="Refine").press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text(
        f"Out of reach: Right elbow, {worst / 30:.2f}\u00a0s. Move it nearer"
    )
    expect(dialog.locator("li.wrong")).to_have_count(1)
    expect(dialog.get_by_text("could not be solved")).to_be_visible()
    kept, wrong = versions(service, emote)
    assert (kept["current"], wrong["current"]) == (True, False)
    assert wrong["error"]["correction"] == wrong["corrections"][0]["id"]
    in_every_look(page, "library-correct-refused")
    # the page keeps corrections until they are solved
    page.keyboard.press("Escape")
    correct = page.get_by_role("button", name="Correct…")
    expect(correct).to_be_focused()
    correct.press("Enter")
    expect(dialog.get_by_role("button", name="Remove: Right elbow")).to_be_visible()


def test_without_its_clip_the_figure_stands_alone(service: Running, open_page: Open) -> None:
    emote = captured(service, "corrector-blind", "Seen blind", b"no clip that a browser plays")
    page = open_page(PHONE)
    dialog = opened(page, service, emote, "Seen blind")
    expect(dialog.get_by_text("Only the figure is shown")).to_be_visible()
    expect(dialog.locator("video")).to_have_count(0)
    expect(dialog.get_by_role("slider", name="Left knee")).to_be_visible()
    wrist, time = dialog.get_by_role("slider", name="Left wrist"), dialog.get_by_role("slider", name="Time")
    there = wrist.get_attribute("aria-valuetext") or ""
    time.press("End")
    expect(time).to_have_value(str(FRAMES - 1))
    expect(wrist).not_to_have_attribute("aria-valuetext", there)
    in_every_look(page, "library-correct-blind")


def test_where_the_camera_moved_nothing_is_dragged(service: Running, open_page: Open, clip: bytes) -> None:
    emote = captured(service, "corrector-swaying", "Seen swaying", clip)
    dialog = opened(open_page(DESKTOP), service, emote, "Seen swaying")
    expect(dialog.get_by_text("Choose the direction of a limb, or pose it in Blender.")).to_be_visible()
    expect(dialog.locator(".joint")).to_have_count(0)
    assert_accessible(dialog.page)
    sides = dialog.get_by_role("group", name="Direction of a limb")
    sides.get_by_role("combobox").select_option("Right forearm")
    sides.locator("[aria-pressed=false]").press("Enter")
    dialog.get_by_role("button", name="Refine").press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("Version 2 is ready.")


def test_a_limb_is_said_to_point_to_the_other_side(service: Running, open_page: Open, clip: bytes) -> None:
    """One click where the capture guessed wrong; a correction can be taken back by the other button."""
    emote = captured(service, "corrector-depth", "Seen depth", clip)
    dialog = opened(open_page(PHONE), service, emote, "Seen depth")
    frame = int(dialog.get_by_role("slider", name="Time").input_value())
    sides = dialog.get_by_role("group", name="Direction of a limb")
    expect(sides.get_by_role("combobox")).to_have_value("rightForearm")  # the arm that is unsure there
    dialog.get_by_role("slider", name="Left knee").focus()
    expect(sides.get_by_role("combobox")).to_have_value("leftThigh")
    dialog.get_by_role("button", name="Next uncertain frame").press("Enter")
    expect(sides.get_by_role("combobox")).to_have_value("rightForearm")
    first = service.admin("GET", f"/emotes/{emote}/refine/1/figure").json()["towards"]["rightForearm"][frame]
    names = {True: "to the camera", False: "away"}
    now, other = (sides.get_by_role("button", name=names[side]) for side in (first, not first))
    expect(now).to_have_attribute("aria-pressed", "true")
    other.press("Enter")
    item = dialog.get_by_role("button", name="Remove: Right forearm")
    expect(item).to_have_count(1)
    expect(dialog.page.locator("#announcer")).to_contain_text("Right forearm")
    now.press("Enter")
    expect(item).to_have_count(0)
    other.press("Enter")
    in_every_look(dialog.page, "library-correct-side")
    dialog.get_by_role("button", name="Refine").press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("Version 2 is ready.")
    (side,) = versions(service, emote)[1]["corrections"]
    assert (side["kind"], side["part"], side["frame"], side["towards"]) == ("depth", "rightForearm", frame, not first)
    solved = service.admin("GET", f"/emotes/{emote}/refine/2/figure").json()["towards"]["rightForearm"]
    assert solved[frame] is (not first)
    expect(other).to_have_attribute("aria-pressed", "true")
    assert_accessible(dialog.page)


def test_an_arm_that_may_point_to_either_side_is_asked_about_once(
    service: Running, open_page: Open, clip: bytes
) -> None:
    emote = captured(service, "corrector-twice", "Seen twice", clip)
    (choice,) = versions(service, emote)[0]["armChoices"]
    dialog = opened(open_page(DESKTOP), service, emote, "Seen twice")
    question = dialog.get_by_role("region", name="Which pose is right?")
    expect(question.locator("canvas[data-drawn]")).to_have_count(2)
    stills = question.locator("canvas").evaluate_all("all => all.map((one) => one.toDataURL())")
    assert len(set(stills)) == 2 and min(map(len, stills)) > 5000, "two different pictures of a figure"
    expect(dialog.get_by_role("slider", name="Time")).to_have_value(str(choice["frames"][0]))
    present, other = question.get_by_role("button").all()
    expect(present).to_have_accessible_name("Towards the camera as captured")
    in_every_look(dialog.page, "library-which-arm")
    other.press("Enter")
    expect(question).to_be_hidden()
    dialog.get_by_role("button", name="Refine").press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("Version 2 is ready.")
    expect(question).to_be_hidden()
    second = versions(service, emote)[1]
    assert [(one["part"], one["frame"], one["towards"]) for one in second["corrections"]] == [
        ("rightForearm", frame, False) for frame in choice["frames"]
    ]
    assert not second["armChoices"]


def test_where_only_the_second_camera_moved_the_first_ones_picture_is_corrected(
    service: Running, open_page: Open, clip: bytes, tmp_path: Path
) -> None:
    aside = tiny_video(tmp_path / "aside.webm", 2.0, FURTHER_SIZE).read_bytes()
    emote = captured(service, "corrector-hand", "Seen in a hand", clip, aside)
    figure = service.admin("GET", f"/emotes/{emote}/refine/1/figure").json()
    assert [one["cameraMoved"] for one in (figure, *figure["further"])] == [False, True]
    page = open_page(PHONE)
    dialog = opened(page, service, emote, "Seen in a hand")
    clips = dialog.get_by_role("group", name="Pictures of the take").get_by_role("button")
    why = dialog.get_by_text("Choose the direction of a limb, or pose it in Blender.")
    expect(why).to_be_hidden()
    clips.last.press("Enter")
    expect(why).to_be_visible()
    expect(dialog.locator(".joint")).to_have_count(0)
    expect(page.locator("#announcer")).to_contain_text("The camera moved in this clip")
    in_every_look(page, "library-correct-moved-clip")
    clips.first.press("Enter")
    expect(why).to_be_hidden()
    dialog.get_by_role("slider", name="Right wrist").press("ArrowLeft")
    dialog.get_by_role("button", name="Refine").press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("Version 2 is ready.")


def test_a_link_opens_it_at_a_frame_where_observations_are_kept(service: Running, open_page: Open, clip: bytes) -> None:
    emote = captured(service, "corrector-frame", "Seen at a frame", clip)
    page = open_page(DESKTOP)
    page.goto(f"{sign_in_link(service)}#{emote}/7")
    dialog = page.get_by_role("dialog", name="Correct Seen at a frame")
    expect(dialog).to_have_attribute("data-state", "ready")
    expect(dialog.get_by_role("slider", name="Time")).to_have_value("7")
    emote = service.emote("corrector-none", clip, filename="clip.webm", name="Not kept")["emote"]
    page.goto(f"{sign_in_link(service)}#{emote}/7")
    dialog = page.get_by_role("dialog", name="Not kept")
    expect(dialog.get_by_role("button", name="Cut into emotes")).to_be_visible()
    expect(dialog.get_by_role("button", name="Correct…")).to_be_hidden()
    expect(page.get_by_role("dialog")).to_have_count(1)
