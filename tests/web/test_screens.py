"""Every screen that says no, what to do next, and how it gets well again; and accessibility of all of them."""

from __future__ import annotations

import json
import re
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from kinetix_core.values.failure import FailureReason
from tests.support import tools
from tests.support.measuring.contrast import LEAST_OF_WORDS, contrast
from tests.support.service import Running
from tests.support.services.ports import kept_port
from tests.support.waiting import until
from tests.web.conftest import (
    Open,
    assert_accessible,
    bag,
    held,
    link,
    picture,
    send,
    service_with_pictures,
    tiny_video,
)

pytestmark = pytest.mark.xdist_group("web")
LOCALES = tools.ROOT / "shared/kinetix_local/web/frontend/src/locales"


def test_unknown_and_cut_links(service: Running, open_page: Open) -> None:
    page = open_page()
    for query in (f"?token={uuid.uuid4()}", "?token=0b5c", "?token="):
        page.goto(f"{service.url}/{query}")
        expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize(
    ("locale", "catalogue"),
    [("en-GB", "en"), ("de-AT", "de"), ("fr-CA", "fr"), ("pt-PT", "pt_BR"), ("zh-Hans-CN", "zh_CN")],
)
def test_a_phone_is_sent_the_language_it_speaks_and_no_other(
    service: Running, open_page: Open, locale: str, catalogue: str
) -> None:
    page = open_page(locale=locale)
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    page.goto(link(service, f"speaks {locale}"))
    title = json.loads((LOCALES / f"{catalogue}.json").read_text(encoding="utf-8"))["chooseTitle"]
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", catalogue.replace("_", "-"))
    picture(page, f"choose in {locale}")
    assert_accessible(page)
    names = "|".join(path.stem for path in LOCALES.glob("*.json"))
    languages = {found[1] for url in urls if (found := re.search(rf"/assets/({names})-", url))}
    assert languages == {catalogue} - {"en"}
    page.get_by_role("combobox").select_option("ja")
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "ja")


def test_refused_by_the_capture(phone: Open, tmp_path: Path) -> None:
    page = phone("nobody", tiny_video(tmp_path / "empty.webm", tail=b"NOBODY REFUSE"), "Nobody")
    page.get_by_role("button", name="Try it anyway").click()
    expect(page.get_by_role("heading", name="This clip cannot become an emote")).to_be_visible()
    expect(page.get_by_text("The scene changes at 2.5 s.")).to_be_visible()
    expect(page.get_by_text(FailureReason.CUT.advice)).to_be_visible()
    picture(page, "refused")
    assert_accessible(page)
    for language, label in (("de", "Language"), ("fr", "Sprache")):
        page.get_by_label(label).select_option(language)
        texts = json.loads((LOCALES / "messages" / f"{language}.json").read_text(encoding="utf-8"))
        title = texts["The scene changes at {seconds} s."].format(seconds="2,5")
        expect(page.get_by_text(title)).to_be_visible()
        expect(page.get_by_text(texts[FailureReason.CUT.advice])).to_be_visible()
        picture(page, f"refused in {language}")


@pytest.mark.usefixtures("validation")
def test_a_clip_with_nobody_in_it_does_not_use_the_link_up(service: Running, phone: Open, tmp_path: Path) -> None:
    page = phone("nobody there", tiny_video(tmp_path / "empty.webm", tail=b"NOBODY"), "Nobody")
    hopeless = page.get_by_role("heading", name="This clip is unlikely to become an emote")
    expect(hopeless).to_be_visible()
    expect(page.get_by_text(FailureReason.NOBODY.summary)).to_be_visible()
    expect(page.get_by_text(FailureReason.NOBODY.advice)).to_be_visible()
    picture(page, "hopeless")
    assert_accessible(page)
    page.get_by_role("button", name="Other clip").click()
    page.set_input_files("#file", tiny_video(tmp_path / "somebody.webm"))
    send(page, "Somebody")
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("It is in your bag.")).to_be_visible()
    assert bag(service, "nobody there") == ["Somebody"]


def test_a_clip_is_looked_at_while_another_one_is_captured(service: Running, open_page: Open, tmp_path: Path) -> None:
    """On a party everybody films at once, and there is one worker."""
    with held(service, "Busy"):
        first, second = open_page(), open_page()
        first.goto(link(service, "first of two"))
        first.set_input_files("#file", tiny_video(tmp_path / "first.webm"))
        send(first, "Busy")
        expect(first.get_by_text("Tracking the body")).to_be_visible()
        for tail, heading in (
            (b"NOBODY", "This clip is unlikely to become an emote"),
            (b"TWO PEOPLE", "Who is captured?"),
        ):
            second.goto(link(service, f"second of two {heading}"))
            second.set_input_files("#file", tiny_video(tmp_path / "second.webm", tail=tail))
            send(second, "Second")
            expect(second.get_by_role("heading", name=heading)).to_be_visible()


def test_what_the_capture_noticed_is_told_with_the_take(phone: Open, tmp_path: Path) -> None:
    page = phone("late comer", tiny_video(tmp_path / "late.webm", tail=b"LATE"), "Late")
    noticed = page.locator(".noticed li")
    expect(noticed).to_have_count(2)
    expect(noticed.first).to_have_text("The person is in the picture from 1.5 s of the clip on; the move begins there.")
    picture(page, "noticed")
    assert_accessible(page)
    for language, label in (("de", "Language"), ("fr", "Sprache")):
        page.get_by_label(label).select_option(language)
        texts = json.loads((LOCALES / "messages" / f"{language}.json").read_text(encoding="utf-8"))
        late = texts["The person is in the picture from {seconds} s of the clip on; the move begins there."]
        expect(noticed.first).to_have_text(late.format(seconds="1,5"))
        expect(noticed.last).to_have_text(texts["Keep the feet inside the picture for the whole move."])
        picture(page, f"noticed in {language}")


def test_files_that_are_no_clips(phone: Open, tmp_path: Path) -> None:
    page = phone("files")
    text = tmp_path / "notes.mp4"
    text.write_text("this is no video", encoding="utf-8")
    page.set_input_files("#file", text)
    expect(page.get_by_text("This file is not a video")).to_be_visible()
    empty = tmp_path / "empty.mp4"
    empty.write_bytes(b"")
    page.set_input_files("#file", empty)
    expect(page.get_by_text("This file is empty")).to_be_visible()
    page.set_input_files("#file", tiny_video(tmp_path / "blink.webm", 0.5))
    expect(page.get_by_text("shorter than 1 s")).to_be_visible()
    assert_accessible(page)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ("NotAllowedError", "The camera is blocked"),
        ("NotFoundError", "No camera was found"),
        ("NotReadableError", "Another program uses the camera"),
    ],
)
def test_camera_trouble(service: Running, open_page: Open, error: str, text: str) -> None:
    page = open_page()
    page.add_init_script(
        f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('', '{error}'); }}"
    )
    page.goto(link(service, "camera"))
    page.get_by_role("button", name="Record now").click()
    expect(page.get_by_text(text)).to_be_visible()
    expect(page.get_by_text("Choose a video", exact=True)).to_be_visible()


def test_lost_connection_goes_on_where_it_stopped(service: Running, phone: Open, tmp_path: Path) -> None:
    page = phone("tunnel")
    clip = tiny_video(tmp_path / "clip.webm", tail=bytes(3 << 20))
    offsets: list[str] = []
    lost = {"now": True}

    def network(route: Route) -> None:
        offset = route.request.url.partition("offset=")[2].partition("&")[0]
        if offset != "0" and lost["now"]:
            route.abort("connectionfailed")
            return
        offsets.append(offset)
        route.continue_()

    page.route("**/clip?**", network)
    page.set_input_files("#file", clip)
    with held(service, "Tunnel"):
        send(page, "Tunnel")
        expect(page.get_by_text("The connection is lost")).to_be_visible()
        picture(page, "lost-connection")
        lost["now"] = False
        expect(page.get_by_role("heading", name="Creating the emote")).to_be_visible()
    assert offsets == [str(step << 20) for step in range(4)], "every piece was sent once"


def test_server_gone_and_back(open_page: Open, tmp_path: Path) -> None:
    with service_with_pictures(tmp_path / "gone", "--port", str(kept_port())) as service:
        url = link(service, "patient")
        page = open_page()
        page.goto(url)
        expect(page.get_by_role("heading", name="Film one person")).to_be_visible()
        page.route(
            "**/*",
            lambda route: (
                route.abort("connectionrefused") if "/_local/page/" in route.request.url else route.continue_()
            ),
        )
        page.reload()
        expect(page.get_by_role("heading", name="The server cannot be reached")).to_be_visible()
        expect(page.get_by_text("A guest Wi-Fi")).to_be_visible()
        page.get_by_role("button", name="Test the connection").click()
        expect(page.locator(".verdict")).to_contain_text("does not answer")
        assert_accessible(page)
        picture(page, "offline")
        service.kill()
        service.restart()
        page.unroute("**/*")
        expect(page.get_by_role("heading", name="Film one person")).to_be_visible()


def test_form_screens_are_accessible_and_work_by_keyboard(phone: Open, tmp_path: Path) -> None:
    page = phone("keys")
    expect(page.get_by_role("heading", name="Film one person")).to_be_visible()
    assert_accessible(page)
    page.set_input_files("#file", tiny_video(tmp_path / "clip.webm"))
    expect(page.get_by_role("heading", name="Which part?")).to_be_focused()
    assert_accessible(page)
    end = page.get_by_label("End of the emote")
    before = float(end.input_value())
    end.focus()
    page.keyboard.press("ArrowLeft")
    assert float(end.input_value()) < before
    page.get_by_label("Name").fill("abc")
    assert page.get_by_label("Name").get_attribute("aria-invalid") == "true"
    send(page, "By keys")
    expect(page.locator(".stage[data-state=ready]")).to_be_visible()
    assert_accessible(page)


def test_tips_and_a_test_of_the_connection(phone: Open) -> None:
    page = phone("tips")
    tips = page.get_by_role("region", name="Filming tips")
    expect(tips.get_by_role("listitem")).to_have_count(4)
    for drawing in tips.locator("img").all():
        until(lambda drawing=drawing: drawing.evaluate("img => img.complete && img.naturalWidth > 0"))  # type: ignore[misc]
    page.get_by_text("Phone and computer cannot connect?").click()
    test = page.get_by_role("button", name="Test the connection")
    verdict = page.locator(".verdict")
    test.click()
    expect(verdict).to_contain_text("Connected")
    assert_accessible(page)
    picture(page, "tips-phone", full=True)
    page.route("**/_local/page/**", lambda route: route.abort("connectionfailed"))
    test.click()
    expect(verdict).to_contain_text("does not answer. Try these in turn")
    assert_accessible(page)
    page.context.set_offline(True)
    test.click()
    expect(verdict).to_contain_text("This phone has no network")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_what_a_field_is_for_can_be_read_in_it(phone: Open, scheme: str) -> None:
    """axe leaves these words out."""
    page = phone("placeholder", color_scheme=scheme)
    words, ground = page.evaluate(
        """() => {
            const field = document.body.appendChild(document.createElement("input"));
            field.type = "text";
            field.placeholder = "Search";
            return [getComputedStyle(field, "::placeholder").color, getComputedStyle(field).backgroundColor];
        }"""
    )
    one, other = ([int(part) / 255 for part in re.findall(r"\d+", colour)[:3]] for colour in (words, ground))
    assert contrast(one, other) >= LEAST_OF_WORDS, (words, ground)
