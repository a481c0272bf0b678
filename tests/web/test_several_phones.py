"""Several phones film one take: further ones come by a link of the first one's page, and their clips go in as views."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from playwright.sync_api import Page, expect

from kinetix_core.values.views import MOST_VIEWS
from tests.support.service import Running, running
from tests.support.waiting import LIMIT_S
from tests.web.conftest import DESKTOP, Open, assert_accessible, link, picture, send, tiny_video
from tests.web.test_security import OWN, page_url, put, submit, token_of

pytestmark = [pytest.mark.xdist_group("web"), pytest.mark.usefixtures("validation")]


def views(service: Running) -> set[str]:
    """The further clips that were kept, of all takes."""
    return {path.name for path in (service.home / "local" / "files" / "uploads").glob("*-view-*")}


def further_phone(first: Page, open_page: Open, number: int = 2) -> Page:
    """Ask for a camera on the first phone, and opens its link on another."""
    first.get_by_role("button", name="Add a camera" if number == 2 else "Add one more camera").click()
    expect(first.get_by_text(f"Waiting for camera {number}")).to_be_visible()
    expect(first.get_by_text("This link opens on this computer only.")).to_be_visible()
    expect(first.get_by_role("img", name=f"QR code for camera {number}")).to_have_count(0)
    address = first.get_by_role("link", name=f"Link for camera {number}").get_attribute("href")
    assert address
    further = open_page()
    further.goto(address)
    expect(further.get_by_role("heading", name=f"Camera {number}: film the same move")).to_be_visible()
    expect(first.get_by_text(f"Camera {number} is here")).to_be_visible()
    return further


def test_the_second_clip_joins_the_take(service: Running, phone: Open, open_page: Open, tmp_path: Path) -> None:
    before = views(service)
    first = phone("two-phones", size=DESKTOP)
    first.get_by_role("button", name="Add a camera").click()
    expect(first.get_by_text("Waiting for camera 2")).to_be_visible()
    assert_accessible(first)
    picture(first, "second-camera-code", full=True)
    first.reload()
    second = further_phone(first, open_page)
    assert second.get_by_role("button", name="Add a camera").count() == 0

    first.set_input_files("#file", tiny_video(tmp_path / "front.webm"))
    send(first, "Both sides")
    expect(first.get_by_role("button", name="Start without it")).to_be_visible()
    expect(first.get_by_text("Camera 2 is here")).to_be_visible()
    assert_accessible(first)
    picture(first, "second-camera-awaited")

    second.set_input_files("#file", tiny_video(tmp_path / "side.webm"))
    expect_decision(first, second)
    assert len(views(service) - before) == 1


def expect_decision(first: Page, *further: Page) -> None:
    """The first phone decides about the take; the others say so."""
    expect(first.get_by_role("heading", name="Accept this take?")).to_be_visible()
    for page in further:
        expect(page.get_by_text("Continue on the first phone.")).to_be_visible()


def test_four_phones_film_one_take(service: Running, phone: Open, open_page: Open, tmp_path: Path) -> None:
    before = views(service)
    first = phone("four-phones", size=DESKTOP)
    further = [further_phone(first, open_page, number) for number in (2, 3, 4)]
    expect(first.get_by_role("heading", name="More than one phone")).to_be_visible()
    expect(first.get_by_role("button", name="Add one more camera")).to_have_count(0)
    further[1].set_input_files("#file", tiny_video(tmp_path / "side.webm"))
    expect(first.get_by_text("The clip of camera 3 has arrived")).to_be_visible()
    assert_accessible(first)
    picture(first, "four-cameras", full=True)

    first.set_input_files("#file", tiny_video(tmp_path / "front.webm"))
    send(first, "All around")
    expect(first.get_by_role("button", name="Start without them")).to_be_visible()
    assert_accessible(first)
    picture(first, "four-cameras-awaited")
    further[2].set_input_files("#file", tiny_video(tmp_path / "back.webm"))
    expect(first.get_by_text("The clip of camera 4 has arrived")).to_be_visible()
    first.get_by_role("button", name="Start without it").click()
    expect_decision(first, *further)
    assert len(views(service) - before) == 2


def camera_token(service: Running, token: str) -> str:
    """Return the token of the link for one phone more."""
    answer = requests.post(page_url(service, token, "/cameras"), headers=OWN, timeout=LIMIT_S)
    return str(parse_qs(urlsplit(answer.json()["link"]).query)["token"][0])


def test_a_clip_that_has_not_arrived_whole_is_no_view(service: Running, tmp_path: Path) -> None:
    clip = tiny_video(tmp_path / "clip.webm").read_bytes()
    token, before = token_of(service, "half-a-view"), views(service)

    def states() -> list[dict[str, object]]:
        found: list[dict[str, object]] = requests.get(page_url(service, token), timeout=LIMIT_S).json()["cameras"]
        return found

    def part(data: bytes, camera: int) -> int:
        given = camera_token(service, token) if camera <= MOST_VIEWS else token
        return put(service, given, data, total=len(clip), camera=camera).status_code

    assert put(service, token, clip).status_code == 200
    assert part(clip[:100], 2) == 200
    assert part(clip, 3) == 200
    assert part(clip, 5) == 404
    assert states() == [{"camera": 2, "state": "sending"}, {"camera": 3, "state": "arrived"}]
    assert submit(service, token, name="Half").status_code == 200
    assert len(views(service) - before) == 1
    pages = service.home / "local" / "files" / "pages"
    assert not [file for file in pages.iterdir() if file.name.startswith(token)], "nothing of it is left"


def test_a_further_cameras_link_is_good_for_that_camera_alone(service: Running, tmp_path: Path) -> None:
    clip = tiny_video(tmp_path / "clip.webm").read_bytes()
    token = token_of(service, "own-camera")
    assert put(service, token, clip).status_code == 200
    second = camera_token(service, token)

    def send(given: str, camera: int) -> int:
        return put(service, given, b"odd", camera=camera).status_code

    assert [send(second, camera) for camera in (1, 3, 4)] == [403, 403, 403]
    assert send(token, 2) == 403 and send(f"[{token}]", 2) == 404
    for path, json in (("/submit", {}), ("/look", {"end": 1}), ("/cameras", {}), ("/validate", {}), ("/retake", {})):
        answer = requests.post(page_url(service, second, path), json=json, headers=OWN, timeout=LIMIT_S)
        assert answer.status_code in {200, 403, 404} and not answer.json().get("people"), path
    assert requests.get(page_url(service, token), timeout=LIMIT_S).json()["received"] == len(clip)
    assert send(second, 2) == 200
    assert submit(service, token, name="Own").status_code == 200
    assert requests.get(page_url(service, token), timeout=LIMIT_S).json()["process"]["clipUrl"]
    assert requests.get(page_url(service, second), timeout=LIMIT_S).json()["state"] == "unknown"
    seen = requests.get(page_url(service, second, "?camera=2"), timeout=LIMIT_S).json()["process"]
    assert seen["clipUrl"] is None and not seen["validation"] and not seen["next"]


def test_a_camera_needs_a_good_link_and_this_page(service: Running, tmp_path: Path) -> None:
    token = token_of(service, "camera-link")
    cameras = page_url(service, token, "/cameras")
    assert requests.post(cameras, timeout=LIMIT_S).status_code == 403
    found = [requests.post(cameras, headers=OWN, timeout=LIMIT_S).json() for _ in range(2)]
    assert found[0] == found[1], "one that nobody has come with is not awaited twice"
    assert token not in found[0]["link"] and found[0]["link"].endswith("&camera=2")
    assert found[0]["code"].startswith("data:image/png;base64,")
    clip = tiny_video(tmp_path / "clip.webm").read_bytes()
    assert put(service, token, clip).status_code == 200
    assert submit(service, token).status_code == 200
    assert requests.post(cameras, headers=OWN, timeout=LIMIT_S).status_code == 403


def test_who_takes_one_clip_offers_no_camera(open_page: Open, tmp_path: Path) -> None:
    with running(tmp_path / "strict", "--strict", "2024") as strict:
        page = open_page()
        page.goto(link(strict, "one-clip"))
        expect(page.get_by_text("Choose a video", exact=True)).to_be_visible()
        expect(page.get_by_role("button", name="Add a camera")).to_have_count(0)
