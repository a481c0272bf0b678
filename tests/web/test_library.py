"""The library page: one-time sign-in, what is on the server, keys."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Locator, Route, expect

from kinetix_capture.fitting import body_model
from tests.support import seen_take
from tests.support.service import Running
from tests.support.waiting import until
from tests.web.conftest import (
    DESKTOP,
    LAPTOP,
    PHONE,
    Open,
    assert_accessible,
    in_every_look,
    moves,
    picture,
    tiny_video,
)

pytestmark = pytest.mark.xdist_group("web")


@pytest.fixture(scope="module")
def emote(service: Running) -> str:
    assert service.call("PUT", "/v1/virtual-world/config", json={"ugcValidation": None}).status_code == 200
    return str(service.emote("dancer", name="Library dance")["uuid"])


def test_look_around(library: Open, emote: str) -> None:
    page = library(PHONE)
    page.get_by_role("button", name="Library dance").first.click()
    dialog = page.get_by_role("dialog")
    moves(page)
    expect(dialog.get_by_role("link", name="BVH")).to_be_visible()
    expect(dialog.get_by_text("Player: dancer · Game: ")).to_be_visible()
    expect(dialog.get_by_text("This browser cannot play the clip")).to_be_visible()  # what was uploaded is no video
    in_every_look(page, "library-emote")
    dialog.get_by_role("button", name="Close").click()
    in_every_look(page, "library")
    page.get_by_role("searchbox").fill("nothing like it")
    expect(page.get_by_role("button", name="Library dance")).to_have_count(0)
    page.get_by_role("searchbox").fill("")
    expect(page.get_by_role("tab")).to_have_count(1)  # those of developers stand apart on a phone
    page.get_by_role("button", name="For developers").click()
    expect(page.get_by_role("tab")).to_have_count(6)
    for tab, text in (
        ("Processes", "done"),
        ("Users", "dancer"),
        ("Worlds and keys", "Kinetix Bridge"),
        ("Webhooks", "Nothing here yet."),
    ):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tabpanel")).to_contain_text(text)
        in_every_look(page, f"library-{tab}")


def test_rename_tag_delete_and_undo(service: Running, library: Open) -> None:
    service.emote("editor", name="Edited")
    page = library(PHONE, reduced_motion="reduce")  # nothing plays by itself
    page.get_by_role("button", name="Edited").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Rename").click()
    page.keyboard.type("  ")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("An emote's name has")
    dialog.get_by_role("textbox", name="Name").fill("Better")
    assert_accessible(page)
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("heading", name="Better")).to_be_visible()
    expect(dialog.get_by_role("alert")).to_have_count(0)  # it is hidden when it says nothing
    expect(dialog.get_by_role("button", name="Rename")).to_be_focused()
    dialog.get_by_role("textbox", name="Add a tag").fill("#tagged")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Remove the tag tagged")).to_be_visible()
    dialog.get_by_role("button", name="Close").click()

    page.get_by_role("button", name="tagged", exact=True).click()
    tiles = page.locator(".tile")
    expect(tiles).to_have_count(1)
    expect(tiles).to_contain_text("Better")
    tiles.click()
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Better is in the bin.")).to_be_visible()
    page.get_by_text("Bin (").click()
    expect(page.get_by_role("button", name="Restore: Better")).to_be_visible()
    in_every_look(page, "library-bin")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Better").first).to_be_visible()
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)


def test_several_emotes_as_one_zip(service: Running, library: Open, emote: str, tmp_path: Path) -> None:
    service.emote("zipper", name="Zip one")
    page = library(PHONE)
    page.get_by_role("checkbox", name="Select Zip one").check()
    page.get_by_role("checkbox", name="Select Library dance").first.check()
    bar = page.get_by_role("group", name="Selected emotes")
    expect(bar).to_contain_text("2 selected")
    assert_accessible(page)
    picture(page, "library-phone-several")
    bar.get_by_role("combobox", name="Format").select_option("bvh")
    with page.expect_download() as started:
        bar.get_by_role("button", name="Download zip").click()
    started.value.save_as(tmp_path / "emotes.zip")
    with zipfile.ZipFile(tmp_path / "emotes.zip") as archive:
        assert sorted(archive.namelist()) == ["Library dance.bvh", "Zip one.bvh"]
    bar.get_by_role("button", name="Deselect all").click()
    expect(bar).to_be_hidden()


def test_people_who_were_filmed_together_are_one_card_and_play_together(service: Running, library: Open) -> None:
    service.emote("couple", name="Duet", people="all")
    page = library(PHONE)
    page.get_by_role("searchbox").fill("duet")
    card = page.get_by_role("group", name="Filmed together (2)")
    expect(card.get_by_role("checkbox")).to_have_count(2)
    play = card.get_by_role("button", name="Play together")
    play.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Duet, Duet 2")
    moves(page)
    in_every_look(page, "library-together")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(play).to_be_focused()
    in_every_look(page, "library-group")


def test_a_clip_that_comes_late_goes_to_where_its_emote_stands(
    service: Running, open_page: Open, tmp_path: Path
) -> None:
    clip = tiny_video(tmp_path / "late.webm").read_bytes()
    service.emote("late", clip, filename="late.webm", name="Late clip", start="00:00:01.000")
    page = open_page(DESKTOP)
    page.emulate_media(reduced_motion="reduce")
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.resource_type == "media" and not held:
            held.append(route)
        else:
            route.fallback()

    page.route("**/*", hold)
    page.goto(service.sign_in_link())
    page.get_by_role("button", name="Late clip").click()
    expect(page.locator(".stage[data-state=ready]")).to_be_visible()
    page.get_by_role("slider", name="Position").fill("0.5")
    video = page.locator("dialog video")
    until(lambda: video.evaluate("clip => clip.readyState") == 0 and held, "the clip's request")
    held[0].continue_()
    until(lambda: abs(float(video.evaluate("clip => clip.currentTime")) - 1.5) < 0.05, "the clip does not follow")
    assert video.evaluate("clip => clip.paused")
    assert_accessible(page)


def test_the_emote_is_first_seen_by_the_clips_camera(service: Running, library: Open, tmp_path: Path) -> None:
    clip = tiny_video(tmp_path / "clip.webm", 2.0, seen_take.SIZE).read_bytes()
    process = service.emote("over", clip, filename="clip.webm", name="Seen over")
    page = library(PHONE, f"#{process['emote']}", reduced_motion="reduce")
    stage = page.locator(".stage[data-state=ready]")
    expect(stage).to_have_attribute("data-view", "clip")
    page.get_by_role("slider", name="Position").fill("1")
    video = page.locator("dialog video")
    until(lambda: abs(float(video.evaluate("clip => clip.currentTime")) - 1 - seen_take.STARTS_S) < 0.05, "the clip")
    joints = seen_take.seen_take().fit.pictures[0].shares(_joints(30))
    assert (_opaque(stage, joints) > 0.9).mean() > 0.9
    fade = page.get_by_role("slider", name="Fade between clip and emote")
    for value, opacities in (("0", ["1", "0"]), ("1", ["0", "1"])):
        fade.fill(value)
        shown = [
            stage.locator(part).evaluate("shown => getComputedStyle(shown).opacity") for part in ("video", "canvas")
        ]
        assert shown == opacities
    fade.fill("0.4")
    in_every_look(page, "library-over-clip")

    for _ in range(8):  # a quarter turn
        stage.locator("canvas").press("ArrowLeft")
    expect(stage).to_have_attribute("data-view", "free")
    until(lambda: (_opaque(stage, joints) > 0.9).mean() < 0.9, "the turned view")
    in_every_look(page, "library-beside-clip")
    page.set_viewport_size(DESKTOP)
    page.get_by_role("button", name="Clip camera").click()
    expect(stage).to_have_attribute("data-view", "clip")
    until(lambda: (_opaque(stage, joints) > 0.9).mean() > 0.9, "the clip's camera")


def test_what_can_be_done_with_an_emote_is_in_sight(service: Running, library: Open, tmp_path: Path) -> None:
    clip = tiny_video(tmp_path / "clip.webm", 2.0, seen_take.SIZE).read_bytes()
    process = service.emote("in-sight", clip, filename="clip.webm", name="Seen at once")
    page = library(LAPTOP, f"#{process['emote']}")
    for size in (LAPTOP, PHONE):
        page.set_viewport_size(size)
        expect(page.locator(".stage[data-state=ready]")).to_be_in_viewport(ratio=0.9)
        for name in ("Delete", "Cut into emotes…", "Correct…", "Close"):
            expect(page.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)
        for opener, main in (("Correct…", "Refine"), ("Cut into emotes…", "Create")):
            page.get_by_role("button", name=opener).click()
            dialog = page.get_by_role("dialog").last
            expect(dialog.get_by_role("button", name=main)).to_be_in_viewport(ratio=1)
            expect(dialog.get_by_role("button", name=re.compile("^(Close|Cancel)$"))).to_be_in_viewport(ratio=1)
            if size is LAPTOP and main == "Refine":
                expect(dialog).to_have_attribute("data-state", "ready")
                dialog.get_by_role("button", name="Right hand: mark from here").click()
                dialog.locator("select").last.wait_for()
                assert dialog.evaluate("shown => shown.scrollHeight - shown.clientHeight") == 0, "the dialog scrolls"
            page.keyboard.press("Escape")
            expect(page.get_by_role("dialog")).to_have_count(1)


def _joints(frame: int) -> NDArray[np.float64]:
    rays = seen_take.seen_take().fit.measured.rays
    return rays[frame, body_model.rows((11, 12, 13, 14, 23, 24, 25, 26))]


def _opaque(stage: Locator, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the opacity of the drawn emote at places of the clip's frame, 0 … 1."""
    return np.array(
        stage.locator("canvas").evaluate(
            """async (canvas, [shares, aspect]) => {
                const picture = await createImageBitmap(canvas);
                const sheet = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
                sheet.drawImage(picture, 0, 0);
                const high = Math.min(picture.height, picture.width / aspect);
                const place = (x, y) => [picture.width / 2 + (x - 0.5) * high * aspect, picture.height / 2 + (y - 0.5) * high];
                return shares.map(([x, y]) => sheet.getImageData(...place(x, y), 1, 1).data[3] / 255);
            }""",
            [shares.tolist(), seen_take.SIZE[0] / seen_take.SIZE[1]],
        )
    )


def test_a_refusal_is_shown_in_the_language_of_the_page(service: Running, library: Open) -> None:
    service.emote("dancer", b"REFUSE", name="Refused")
    page = library(DESKTOP, locale="de-DE")
    page.get_by_role("tab", name="Vorgänge").click()
    row = page.get_by_role("row").filter(has_text="Refused")
    expect(row).to_contain_text("wechselt die Szene.")
    expect(row).not_to_contain_text("ml_failed")


def test_the_keyboard_reaches_the_tabs_and_stays_where_it_is(service: Running, library: Open) -> None:
    page = library(DESKTOP)
    page.get_by_role("tab", name="Emotes").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Processes")).to_be_focused()
    expect(page.get_by_role("tabpanel")).to_have_attribute("aria-labelledby", "tab-processes")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Webhooks")).to_be_focused()
    page.keyboard.press("ArrowRight")
    without = page.evaluate(
        "[...document.querySelectorAll('a, button, input, select')].filter((one) => !one.id).map((one) => one.outerHTML)"
    )
    assert without == []
    language = page.get_by_label("Language")
    language.focus()
    drawn = language.element_handle()
    service.emote("dancer", name="Comes meanwhile")
    drawn.wait_for_element_state("hidden")  # another one is in its place
    expect(language).to_be_focused()


def test_keys_are_made_and_deleted(service: Running, library: Open) -> None:
    page = library(DESKTOP)
    page.get_by_role("tab", name="Worlds and keys").click()
    page.get_by_role("button", name="New key").first.press("Enter")
    key = page.locator("p.good code").text_content() or ""
    expect(page.get_by_role("button", name="New key").first).to_be_focused()
    assert service.call("GET", "/v1/virtual-world/config", key=key).status_code == 200
    row = page.get_by_role("row").filter(has_text=f"{key[:4]}…{key[-4:]}")
    row.get_by_role("button", name="Delete key").click()
    row.get_by_role("button", name="Yes, delete").click()
    expect(row).to_have_count(0)
    until(lambda: service.call("GET", "/v1/virtual-world/config", key=key).status_code == 403, "the key is still good")


def test_a_world_takes_longer_and_shorter_clips_after_a_click(service: Running, library: Open) -> None:
    page = library(DESKTOP)
    page.get_by_role("tab", name="Worlds and keys").click()
    long, short = (page.get_by_label(name).first for name in ("Allow clips up to 1 minute", "Allow clips from"))
    expect(long).not_to_be_checked()
    world = service.admin("GET", "/worlds").json()[0]["uuid"]

    def kept() -> dict[str, float]:
        rows = {row["uuid"]: row["configuration"] for row in service.admin("GET", "/worlds").json()}
        return {name: value for name, value in rows[world].items() if name in {"minSeconds", "maxSeconds"}}

    def press(box: Locator) -> None:
        """By the keyboard, which stays there when the page has drawn the table anew; a key in between would be lost."""
        drawn = box.element_handle()
        box.press("Space")
        drawn.wait_for_element_state("hidden")  # another one is in its place
        expect(box).to_be_focused()

    for box, now in ((long, {"maxSeconds": 60}), (short, {"minSeconds": 0.3, "maxSeconds": 60})):
        press(box)
        expect(box).to_be_checked()
        assert kept() == now
    in_every_look(page, "library-worlds")
    for box in (long, short):
        press(box)
        expect(box).not_to_be_checked()
    assert kept() == {}


def test_the_audit_log_says_who_did_what(service: Running, library: Open) -> None:
    assert service.call("PUT", "/v1/virtual-world/config", json={"ugcValidation": True}).status_code == 200
    world = service.admin("GET", "/worlds").json()[0]["uuid"]
    named = {"name": "bo", "role": "lead"}
    lead = service.admin("POST", f"/worlds/{world}/keys", json=named).json()
    take = service.emote("dancer", name="Audited dance")["uuid"]
    assert service.call("POST", f"/v1/process/{take}/validate", key=lead["key"]).status_code == 200
    assert service.call("PUT", "/v1/virtual-world/config", json={"ugcValidation": None}).status_code == 200

    page = library(PHONE)
    page.get_by_role("button", name="For developers").click()
    page.get_by_role("tab", name="Worlds and keys").click()
    expect(page.get_by_role("row").filter(has_text="bo")).to_contain_text("Lead")
    assert_accessible(page)

    page.route("**/_local/library/audit?*", lambda route: route.abort())
    page.get_by_role("tab", name="Audit log").click()
    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached")
    assert_accessible(page)
    page.unroute("**/_local/library/audit?*")
    page.get_by_role("button", name="Try again").press("Enter")
    rows = page.get_by_role("tabpanel").locator("tbody tr")
    expect(rows.nth(0)).to_contain_text("boAccepted a takeAudited dance")
    expect(rows.nth(1)).to_contain_text("AdministratorCreated a keybo · Lead · ")
    expect(page.get_by_role("region", name="Audit log")).to_be_focused()
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        for column in range(4):
            expect(rows.nth(0).locator("td").nth(column)).to_be_in_viewport(ratio=1)
    in_every_look(page, "library-audit")

    page.get_by_label("Person").focus()
    page.get_by_label("Person").select_option(label="bo")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Accepted a take")
    expect(page.get_by_label("Person")).to_be_focused()
    page.get_by_label("Language").select_option("de")
    expect(rows).to_contain_text("boAufnahme angenommenAudited dance")
    expect(page.get_by_label("Person")).to_have_value("key bo")


def test_a_link_works_once_and_may_name_the_emote_to_play(service: Running, open_page: Open, emote: str) -> None:
    uuid = service.call("GET", f"/v1/process/{emote}").json()["emote"]
    url = f"{service.sign_in_link()}#{uuid}"
    first, second = open_page(DESKTOP), open_page(DESKTOP)
    first.goto(url)
    dialog = first.get_by_role("dialog", name="Library dance")
    dialog.get_by_role("button", name="Close").click()
    first.reload()
    expect(first.get_by_role("button", name="Library dance").first).to_be_visible()
    expect(dialog).to_have_count(0)
    second.goto(url)
    expect(second.get_by_role("heading", name="Sign in")).to_be_visible()
    assert_accessible(second)
    first.get_by_role("button", name="Sign out").click()
    expect(first.get_by_role("heading", name="Sign in")).to_be_visible()
