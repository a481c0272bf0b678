"""A take is corrected on the library page: a joint is dragged over the clip's picture, and the real fit solves it again."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from tests.support.seen_take import FRAMES, FURTHER_SIZE, FURTHER_STARTS_S, SIZE, STARTS_S, UNSURE
from tests.support.service import Running
from tests.support.waiting import until
from tests.web.conftest import DESKTOP, PHONE, Open, assert_accessible, drag, in_every_look, picture, tiny_video

pytestmark = pytest.mark.xdist_group("web")


@dataclass(frozen=True)
class Correcting:
    """The view in which an emote is corrected, and what the service keeps of it."""

    service: Running
    emote: str
    dialog: Locator

    @property
    def page(self) -> Page:
        return self.dialog.page

    def versions(self) -> list[dict[str, Any]]:
        return list(self.service.admin("GET", f"/emotes/{self.emote}/refine").json())

    def figure(self, version: int) -> dict[str, Any]:
        return dict(self.service.admin("GET", f"/emotes/{self.emote}/refine/{version}/figure").json())

    def refine(self, version: int = 2) -> None:
        """Solve the take again, which becomes this version."""
        self.dialog.get_by_role("button", name="Refine").press("Enter")
        expect(self.dialog.get_by_role("status")).to_have_text(f"Version {version} is ready.")


Correct = Callable[..., Correcting]


@pytest.fixture
def clip(tmp_path: Path) -> bytes:
    return tiny_video(tmp_path / "clip.webm", 2.0, SIZE).read_bytes()


@pytest.fixture
def correct(service: Running, library: Open, clip: bytes, tmp_path: Path) -> Correct:
    """Capture a take with this name, and open the view in which it is corrected."""

    def opened(size: ViewportSize, name: str, clip: bytes = clip, *, aside: bool = False, **options: Any) -> Correcting:
        views = [tiny_video(tmp_path / "aside.webm", 2.0, FURTHER_SIZE).read_bytes()] if aside else []
        process = service.emote(name, clip, filename="clip.webm", name=name, views=views)
        assert process["step"] == "done", process
        page = library(size, f"#{process['emote']}", reduced_motion="reduce", **options)
        page.get_by_role("dialog", name=name).get_by_role("button", name="Correct…").press("Enter")
        dialog = page.get_by_role("dialog", name=f"Correct {name}")
        expect(dialog).to_have_attribute("data-state", "ready")
        return Correcting(service, process["emote"], dialog)

    return opened


def shows(video: Locator, seconds: float) -> None:
    """Wait until a clip is at this moment of it."""
    until(lambda: abs(float(video.evaluate("clip => clip.currentTime")) - seconds) < 0.02, "the clip's moment")


def lift(joint: Locator) -> None:
    """Drag it up by a tenth of what is shown."""
    shown = joint.page.locator(".picture").bounding_box()
    assert shown is not None
    drag(joint, (0.5, 0.5), (0.5, 0.5), up_px=shown["height"] / 10)


def test_a_dragged_wrist_becomes_a_version_with_the_wrist_there(correct: Correct) -> None:
    view = correct(PHONE, "Seen wrist")
    page, dialog = view.page, view.dialog
    time = dialog.get_by_role("slider", name="Time")
    worst = int(time.input_value())
    assert UNSURE.start <= worst < UNSURE.stop, "it begins where the capture is least sure"
    expect(time).to_have_attribute("aria-valuetext", f"{worst / 30:.2f}\u00a0s · uncertain: right arm")
    shows(dialog.locator("video"), STARTS_S + worst / 30)
    expect(dialog.locator(".picture")).to_have_attribute("data-behind", "false")
    expect(dialog.get_by_role("button", name="Refine")).to_be_disabled()
    wrist = dialog.get_by_role("slider", name="Right wrist")
    lift(wrist)
    expect(wrist).to_have_attribute("data-corrected", "true")
    item = dialog.get_by_role("button", name="Remove: Right wrist")
    expect(item).to_have_count(1)
    in_every_look(page, "library-correct")
    view.refine()
    expect(dialog.get_by_role("status")).to_be_focused()
    first, second = view.versions()
    (point,) = second["corrections"]
    assert (point["kind"], point["joint"], point["frame"]) == ("point", "rightWrist", worst)
    assert second["current"] and not first["current"]
    edits = view.service.admin("GET", "/library/edits").json()
    assert second["emote"] in {edit["emote"] for edit in edits}, "the hub is notified"
    rows = {row["uuid"]: row for row in view.service.admin("GET", "/library").json()["emotes"]}
    assert rows[second["emote"]]["clip"]["start"] == STARTS_S, "so the clip plays in step beside its emote"
    before, after = (view.figure(number)["joints"]["rightWrist"][worst] for number in (1, 2))
    assert before[1] - point["y"] > 0.03, "it was dragged up"
    assert after == pytest.approx([point["x"], point["y"]], abs=0.01)
    # the correction stays in the list, and is removed alone
    item.press("Enter")
    expect(item).to_have_count(0)
    view.refine(3)
    assert [row["corrections"] for row in view.versions()] == [[], [point], []]
    dialog.get_by_role("button", name="Use version 2").press("Enter")
    expect(dialog.get_by_role("status")).to_have_text("Version 2 is ready.")
    assert [row["current"] for row in view.versions()] == [False, True, False]
    expect(item).to_have_count(1)
    in_every_look(page, "library-corrected")


def at(frame: int) -> float:
    """The share of a lane at which the middle of this frame is."""
    return (frame + 0.5) / FRAMES


def span(first: int, last: int) -> str:
    return f"{first / 30:.2f}\u00a0s to {last / 30:.2f}\u00a0s"


def test_a_foot_is_said_to_stand_by_mouse_and_keys(correct: Correct) -> None:
    view = correct(DESKTOP, "Seen feet")
    page, dialog = view.page, view.dialog
    time = dialog.get_by_role("slider", name="Time")
    lanes = dialog.get_by_role("group", name="Feet and hands on the time line")
    left = lanes.locator(".lane").first
    drag(left, (at(10), 0.5), (at(4), 0.5))
    band = lanes.get_by_role("button", name=f"Left foot does not stand, {span(4, 10)}", exact=True)
    expect(band).to_be_focused()
    expect(time).to_have_value("4")
    drag(left, (at(7), 0.5), (at(9), 0.5))  # the whole stretch, two frames on
    expect(lanes.get_by_role("button", name=f"Left foot does not stand, {span(6, 12)}", exact=True)).to_be_focused()
    drag(left, ((12 + 1) / FRAMES + 0.01, 0.5), (at(20), 0.5))  # its end
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
    view.refine()
    (foot,) = view.versions()[1]["corrections"]
    assert (foot["kind"], foot["first"], foot["last"], foot["stands"]) == ("foot", 6, 19, False)
    assert view.figure(2)["stands"] == {"left": [[0, 5], [20, FRAMES - 1]], "right": [[0, FRAMES - 1]]}


def draw_by_finger(track: Locator, first: float, last: float) -> None:
    """Draw by touch; the browser decides whether that scrolls."""
    track.scroll_into_view_if_needed()
    box = track.bounding_box()
    assert box is not None
    session = track.page.context.new_cdp_session(track.page)
    y, places = box["y"] + box["height"] / 2, [first + (last - first) * step / 4 for step in range(5)]
    for kind, share in zip(("touchStart", *["touchMove"] * 4), places, strict=True):
        points = [{"x": box["x"] + share * box["width"], "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    session.detach()


def test_a_hand_is_put_on_the_floor_by_finger_and_taken_off_again(correct: Correct) -> None:
    """The version shows it as standing; a stretch that is drawn there then says the contrary."""
    view = correct(PHONE, "Seen hands", has_touch=True)
    page, dialog = view.page, view.dialog
    lanes = dialog.get_by_role("group", name="Feet and hands on the time line")
    expect(lanes.locator(".lane")).to_have_count(4)
    left = lanes.locator(".lane").nth(2)
    draw_by_finger(left, at(3), at(8))
    expect(lanes.get_by_role("button", name=f"Left hand, contact: object, {span(3, 8)}", exact=True)).to_be_focused()
    expect(dialog.get_by_role("slider", name="Time")).to_have_value("8")
    touched = dialog.get_by_role("combobox", name="Left hand")
    names = ("floor", "object", "other hand", "head", "hip", "none")
    expect(touched.get_by_role("option")).to_have_text([f"contact: {name}" for name in names])
    touched.select_option("floor")
    dialog.get_by_role("button", name="Refine").tap()
    expect(dialog.get_by_role("status")).to_have_text("Version 2 is ready.")
    assert view.figure(2)["handsStand"] == {"left": [[3, 8]], "right": []}
    expect(left.locator(".stretch.captured")).to_have_count(1)
    lanes.get_by_role("button", name=f"Left hand, contact: floor, {span(3, 8)}", exact=True).press("Delete")
    draw_by_finger(left, at(4), at(8))
    expect(lanes.get_by_role("button", name=f"Left hand, contact: none, {span(4, 8)}", exact=True)).to_be_focused()
    in_every_look(page, "library-correct-hands")
    # a place out of the arm's reach is shown
    touched.select_option("head")
    dialog.get_by_role("button", name="Refine").tap()
    expect(dialog.get_by_role("alert")).to_contain_text(f"Left hand, contact: head, {span(4, 8)}. Mark only the frames")
    listed = [version["corrections"] for version in view.versions()]
    hand = {"kind": "hand", "side": "left", "last": 8}
    floor = hand | {"id": "hand-left-3", "first": 3, "touches": "floor"}
    assert listed == [[], [floor], [hand | {"id": "hand-left-4", "first": 4, "touches": "head"}]]


def test_a_point_is_said_in_the_second_clips_picture(correct: Correct) -> None:
    view = correct(PHONE, "Seen twice", aside=True)
    page, dialog = view.page, view.dialog
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
    view.refine()
    (point,) = view.versions()[1]["corrections"]
    assert (point["kind"], point["joint"], point["frame"], point["camera"]) == ("point", "rightWrist", worst, 1)
    (further,) = view.figure(2)["further"]
    assert further["joints"]["rightWrist"][worst] == pytest.approx([point["x"], point["y"]], abs=0.01)


def test_by_the_keys_alone_and_what_cannot_be_is_told(correct: Correct) -> None:
    view = correct(DESKTOP, "Seen keys")
    page, dialog = view.page, view.dialog
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
    kept, wrong = view.versions()
    assert (kept["current"], wrong["current"]) == (True, False)
    assert wrong["error"]["correction"] == wrong["corrections"][0]["id"]
    in_every_look(page, "library-correct-refused")
    # the page keeps corrections until they are solved
    page.keyboard.press("Escape")
    again = page.get_by_role("button", name="Correct…")
    expect(again).to_be_focused()
    again.press("Enter")
    expect(dialog.get_by_role("button", name="Remove: Right elbow")).to_be_visible()


def test_without_its_clip_the_figure_stands_alone(correct: Correct) -> None:
    view = correct(PHONE, "Seen blind", b"no clip that a browser plays")
    page, dialog = view.page, view.dialog
    expect(dialog.get_by_text("Only the figure is shown")).to_be_visible()
    expect(dialog.locator("video")).to_have_count(0)
    expect(dialog.get_by_role("slider", name="Left knee")).to_be_visible()
    wrist, time = dialog.get_by_role("slider", name="Left wrist"), dialog.get_by_role("slider", name="Time")
    there = wrist.get_attribute("aria-valuetext") or ""
    time.press("End")
    expect(time).to_have_value(str(FRAMES - 1))
    expect(wrist).not_to_have_attribute("aria-valuetext", there)
    in_every_look(page, "library-correct-blind")


def test_a_limb_is_said_to_point_to_the_other_side(correct: Correct) -> None:
    """One click where the capture guessed wrong; a correction can be taken back by the other button."""
    view = correct(PHONE, "Seen depth")
    dialog = view.dialog
    frame = int(dialog.get_by_role("slider", name="Time").input_value())
    sides = dialog.get_by_role("group", name="Direction of a limb")
    expect(sides.get_by_role("combobox")).to_have_value("rightForearm")  # the arm that is unsure there
    dialog.get_by_role("slider", name="Left knee").focus()
    expect(sides.get_by_role("combobox")).to_have_value("leftThigh")
    dialog.get_by_role("button", name="Next uncertain frame").press("Enter")
    expect(sides.get_by_role("combobox")).to_have_value("rightForearm")
    first = view.figure(1)["towards"]["rightForearm"][frame]
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
    view.refine()
    (side,) = view.versions()[1]["corrections"]
    assert (side["kind"], side["part"], side["frame"], side["towards"]) == ("depth", "rightForearm", frame, not first)
    assert view.figure(2)["towards"]["rightForearm"][frame] is (not first)
    expect(other).to_have_attribute("aria-pressed", "true")
    assert_accessible(dialog.page)


def test_an_arm_that_may_point_to_either_side_is_asked_about_once(correct: Correct) -> None:
    view = correct(DESKTOP, "Seen twice")
    dialog = view.dialog
    (choice,) = view.versions()[0]["armChoices"]
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
    view.refine()
    expect(question).to_be_hidden()
    second = view.versions()[1]
    assert [(one["part"], one["frame"], one["towards"]) for one in second["corrections"]] == [
        ("rightForearm", frame, False) for frame in choice["frames"]
    ]
    assert not second["armChoices"]


def test_where_the_camera_moved_a_limbs_direction_is_corrected_and_nothing_dragged(correct: Correct) -> None:
    view = correct(PHONE, "Seen in a hand", aside=True)
    page, dialog = view.page, view.dialog
    figure = view.figure(1)
    assert [one["cameraMoved"] for one in (figure, *figure["further"])] == [False, True]
    clips = dialog.get_by_role("group", name="Pictures of the take").get_by_role("button")
    why = dialog.get_by_text("Choose the direction of a limb, or pose it in Blender.")
    expect(why).to_be_hidden()
    clips.last.press("Enter")
    expect(why).to_be_visible()
    expect(dialog.locator(".joint")).to_have_count(0)
    expect(page.locator("#announcer")).to_contain_text("The camera moved in this clip")
    in_every_look(page, "library-correct-moved-clip")
    sides = dialog.get_by_role("group", name="Direction of a limb")
    sides.get_by_role("combobox").select_option("Right forearm")
    sides.locator("[aria-pressed=false]").press("Enter")
    view.refine()
    clips.first.press("Enter")
    expect(why).to_be_hidden()
    dialog.get_by_role("slider", name="Right wrist").press("ArrowLeft")
    view.refine(3)


def test_a_link_opens_it_at_a_frame_where_observations_are_kept(service: Running, library: Open, clip: bytes) -> None:
    for name, kept in (("Seen at a frame", True), ("Not kept", False)):
        emote = service.emote("corrector", clip, filename="clip.webm", name=name)["emote"]
        page = library(DESKTOP, f"#{emote}/7")
        dialog = page.get_by_role("dialog", name=f"Correct {name}" if kept else name)
        if kept:
            expect(dialog).to_have_attribute("data-state", "ready")
            expect(dialog.get_by_role("slider", name="Time")).to_have_value("7")
        else:
            expect(dialog.get_by_role("button", name="Cut into emotes")).to_be_visible()
            expect(dialog.get_by_role("button", name="Correct…")).to_be_hidden()
            expect(page.get_by_role("dialog")).to_have_count(1)
