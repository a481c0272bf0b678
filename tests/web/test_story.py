"""The whole story in a real browser: link → record → trim → send → stages → the emote moves in 3D → keep it → in the bag."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.service import Running
from tests.support.waiting import until
from tests.web.conftest import DESKTOP, Open, bag, held, link, moves, picture, send, tiny_video

pytestmark = [pytest.mark.xdist_group("web"), pytest.mark.usefixtures("validation")]


def test_film_send_watch_keep(service: Running, phone: Open) -> None:
    user = "filmer"
    page = phone(user)
    expect(page.get_by_role("heading", name="Film one person")).to_be_visible()
    expect(page.get_by_text("This link works for another")).to_be_visible()
    picture(page, "phone-1-choose")

    page.get_by_role("button", name="Record now").click()
    expect(page.locator("video.live")).to_be_visible()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_text("Starts in")).to_be_visible()
    # Two seconds or more: the page shows each for a second, which is about as often as it is looked at.
    expect(page.get_by_text(re.compile("Recording 0:(0[2-9]|1)"))).to_be_visible()
    picture(page, "phone-2-recording")
    page.get_by_role("button", name="Stop").click()

    expect(page.get_by_role("heading", name="Which part?")).to_be_visible()
    end = page.get_by_label("End of the emote")
    end.press("ArrowLeft")
    expect(page.locator("output.length")).to_contain_text(" of ")
    picture(page, "phone-3-trim")
    page.get_by_role("button", name="Create emote").click()
    expect(page.get_by_text("Please confirm that the person agrees.")).to_be_visible()
    with held(service, "Balance"):
        send(page, "Balance")
        expect(page.get_by_role("heading", name="Creating the emote")).to_be_visible()
        expect(page.get_by_text("Tracking the body")).to_be_visible()
        picture(page, "phone-4-processing")

    expect(page.get_by_role("heading", name="Accept this take?")).to_be_visible()
    moves(page)
    picture(page, "phone-5-decide")
    assert bag(service, user) == []
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("It is in your bag.")).to_be_visible()
    assert bag(service, user) == ["Balance"]
    moves(page)
    picture(page, "phone-6-kept")
    page.set_viewport_size(DESKTOP)
    moves(page)
    picture(page, "desktop-6-kept")


def test_a_used_link_shows_its_emote_again(service: Running, open_page: Open, tmp_path: Path) -> None:
    """Closing the page loses nothing."""
    url = link(service, "closed")
    page = open_page()
    page.goto(url)
    page.set_input_files("#file", tiny_video(tmp_path / "clip.webm"))
    with held(service, "Reopened"):
        send(page, "Reopened")
        expect(page.get_by_role("heading", name="Creating the emote")).to_be_visible()
        page.close()
    again = open_page()
    again.goto(url)
    expect(again.get_by_role("heading", name="Accept this take?")).to_be_visible()
    expect(again.get_by_text("Reopened", exact=True)).to_be_visible()
    moves(again)
    again.get_by_role("button", name="Pause").click()
    again.get_by_label("Position").fill("0.5")
    clip = again.locator(".source video")
    expect(clip).to_have_js_property("paused", True)
    until(
        lambda: abs(float(clip.evaluate("clip => clip.currentTime")) - 0.5) < 0.05,
        "the clip is not in step with the emote",
    )


def test_trim_and_crop_reach_the_service(phone: Open, tmp_path: Path) -> None:
    page = phone("cropper", tiny_video(tmp_path / "long.webm", 12.0), size=DESKTOP)
    start, end = page.get_by_label("Start of the emote"), page.get_by_label("End of the emote")
    assert float(end.input_value()) == pytest.approx(10, abs=0.06), "ten seconds at most are offered"
    end.fill("4")
    start.fill("1")
    expect(page.locator("output.length")).to_have_text("3.0 s of 12.0 s")
    page.get_by_label("Crop", exact=True).check()
    corner = page.get_by_label("Top left corner of the crop")
    corner.press("ArrowRight")
    picture(page, "crop")
    page.get_by_label("Name").fill("Cropped")
    page.get_by_label("Capture my face too").check()
    page.get_by_label("The person in the clip agrees").check()
    with page.expect_request(lambda request: request.url.endswith("/submit")) as sent:
        page.get_by_role("button", name="Create emote").click()
    form: Any = sent.value.post_data_json
    assert (form["start"], form["end"]) == ("00:00:01.000", "00:00:04.000")
    assert (form["x"], form["y"], form["outputWidth"], form["outputHeight"]) == (16, 8, 66, 144)
    assert form["face"] is True and "body" not in form
    expect(page.get_by_role("heading", name="Accept this take?")).to_be_visible()


def test_one_of_several_people_is_chosen_by_a_picture(phone: Open, tmp_path: Path) -> None:
    clip = tiny_video(tmp_path / "duet.webm", tail=b"TWO PEOPLE")
    page = phone("duet", clip, "Duet")
    expect(page.get_by_role("heading", name="Who is captured?")).to_be_visible()
    expect(page.get_by_role("button", name="Person 1, from the left")).to_be_visible()
    picture(page, "people")
    with page.expect_request(lambda request: request.url.endswith("/submit")) as sent:
        page.get_by_role("button", name="Person 2, from the left").click()
    form: Any = sent.value.post_data_json
    assert (form["people"], form["person"]) == ("one", "0.500,0.7500,0.5000")
    expect(page.get_by_role("heading", name="Accept this take?")).to_be_visible()


@pytest.mark.parametrize(
    ("button", "body"), [("Capture my upper body", "upper"), ("My feet are there", None)], ids=["upper body", "whole"]
)
def test_half_a_body_is_asked_about_before_it_would_be_refused(
    phone: Open, tmp_path: Path, button: str, body: str | None
) -> None:
    clip = tiny_video(tmp_path / "desk.webm", tail=b"HALF A BODY")
    page = phone(f"desk {body}", clip, "Desk")
    expect(page.get_by_role("heading", name="Your feet are not in frame")).to_be_visible()
    picture(page, "half-a-body")
    with page.expect_request(lambda request: request.url.endswith("/submit")) as sent:
        page.get_by_role("button", name=button).click()
    form: Any = sent.value.post_data_json
    assert form.get("body") == body
    expect(page.get_by_role("heading", name="Accept this take?")).to_be_visible()


def test_the_name_that_was_proposed_is_taken_where_the_player_gives_none(
    service: Running, open_page: Open, tmp_path: Path
) -> None:
    service.user("unnamed")
    token = {"params": {"userId": "unnamed"}, "json": {"name": "Proposed"}}
    page = open_page()
    page.goto(service.call("POST", "/v1/process/token", **token).json()["url"])
    page.set_input_files("#file", tiny_video(tmp_path / "clip.webm"))
    expect(page.get_by_label("Name")).to_have_attribute("placeholder", "Proposed")
    send(page, "")
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("It is in your bag.")).to_be_visible()
    assert bag(service, "unnamed") == ["Proposed"]
