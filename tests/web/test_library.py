"""The library page: one-time sign-in, what is on the server, keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.service import Running
from tests.support.waiting import until
from tests.web.conftest import DESKTOP, PHONE, picture
from tests.web.test_screens import assert_accessible
from tests.web.test_story import moves

pytestmark = pytest.mark.xdist_group("web")
Open = Callable[..., Page]


def sign_in_link(service: Running) -> str:
    answer = service.admin("POST", "/sign-in-links")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["url"])


@pytest.fixture(scope="module")
def emote(service: Running) -> str:
    assert service.call("PUT", "/v1/virtual-world/config", json={"ugcValidation": None}).status_code == 200
    return str(service.emote("dancer", name="Library dance")["uuid"])


@pytest.mark.parametrize(("size", "label"), [(PHONE, "phone"), (DESKTOP, "desktop")])
def test_look_around(service: Running, open_page: Open, emote: str, size: dict[str, int], label: str) -> None:
    page = open_page(size)
    page.goto(sign_in_link(service))
    page.get_by_role("button", name="Library dance").first.click()
    dialog = page.get_by_role("dialog")
    moves(page)
    expect(dialog.get_by_role("link", name="BVH")).to_be_visible()
    picture(page, f"library-{label}-emote")
    assert_accessible(page)
    dialog.get_by_role("button", name="Close").click()
    picture(page, f"library-{label}")
    page.get_by_role("searchbox").fill("nothing like it")
    expect(page.get_by_role("button", name="Library dance")).to_have_count(0)
    page.get_by_role("searchbox").fill("")
    for tab, text in (
        ("Processes", "done"),
        ("Users", "dancer"),
        ("Worlds and keys", "Kinetix Bridge"),
        ("Webhooks", "Nothing here yet."),
    ):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tabpanel")).to_contain_text(text)
        assert_accessible(page)
    picture(page, f"library-{label}-webhooks")


def test_a_link_may_name_the_emote_to_play(service: Running, open_page: Open, emote: str) -> None:
    uuid = service.call("GET", f"/v1/process/{emote}").json()["emote"]
    page = open_page(DESKTOP)
    page.goto(f"{sign_in_link(service)}#{uuid}")
    dialog = page.get_by_role("dialog", name="Library dance")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    page.reload()
    expect(page.get_by_role("button", name="Library dance").first).to_be_visible()
    expect(dialog).to_have_count(0)


def test_the_tabs_are_reached_by_the_arrow_keys(service: Running, open_page: Open) -> None:
    page = open_page(DESKTOP)
    page.goto(sign_in_link(service))
    page.get_by_role("tab", name="Emotes").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Processes")).to_be_focused()
    expect(page.get_by_role("tabpanel")).to_have_attribute("aria-labelledby", "tab-processes")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Webhooks")).to_be_focused()


def test_keys_are_made_and_deleted(service: Running, open_page: Open) -> None:
    page = open_page(DESKTOP)
    page.goto(sign_in_link(service))
    page.get_by_role("tab", name="Worlds and keys").click()
    page.get_by_role("button", name="New key").first.click()
    key = page.locator("p.good code").text_content() or ""
    assert service.call("GET", "/v1/virtual-world/config", key=key).status_code == 200
    row = page.get_by_role("row").filter(has_text=f"{key[:4]}…{key[-4:]}")
    row.get_by_role("button", name="Delete key").click()
    row.get_by_role("button", name="Yes, delete").click()
    expect(row).to_have_count(0)
    until(lambda: service.call("GET", "/v1/virtual-world/config", key=key).status_code == 403, "the key is still good")


def test_a_link_works_once(service: Running, open_page: Open) -> None:
    url = sign_in_link(service)
    first, second = open_page(DESKTOP), open_page(DESKTOP)
    first.goto(url)
    expect(first.get_by_role("tab", name="Emotes")).to_be_visible()
    second.goto(url)
    expect(second.get_by_role("heading", name="Sign in")).to_be_visible()
    assert_accessible(second)
    first.get_by_role("button", name="Sign out").click()
    expect(first.get_by_role("heading", name="Sign in")).to_be_visible()
