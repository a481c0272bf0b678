"""One QR code, one move after the other: with a real hub, as an editor starts it, and the phone's page in a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.hub.conftest import HubProcess
from tests.support.waiting import LIMIT_S, until
from tests.web.conftest import Open, assert_accessible, picture, send, tiny_video

pytestmark = pytest.mark.xdist_group("web")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubProcess]:
    environment = {
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "KINETIX_LOCAL_CAPTURE": "tests.web.capture:deliver",
        "KINETIX_WEB_HOLD": str(tmp_path),
    }
    started = HubProcess(tmp_path / "home", environment)
    try:
        started.start("--idle", "0")
        yield started
    finally:
        started.end()


def jobs(hub: HubProcess) -> dict[str, str]:
    """Each job and its state, the newest first."""
    return {row["id"]: row["state"] for row in hub.link.get("/v1/jobs")["jobs"]}


def service_of(hub: HubProcess) -> dict[str, Any]:
    return dict(json.loads((hub.home / "local" / "serve.json").read_text(encoding="utf-8")))


def page_of(hub: HubProcess, job: dict[str, Any]) -> str:
    """Return the link of its QR code with this machine's address."""
    (token,) = parse_qs(urlsplit(job["phone"]["url"]).query)["token"]
    return f"{service_of(hub)['url']}/?token={token}"


def film(page: Page, clip: Path, name: str) -> None:
    expect(page.get_by_role("heading", name="Film one person")).to_be_visible()
    page.set_input_files("#file", clip)
    send(page, name)


def scanned(hub: HubProcess, open_page: Open, *, ask_first: bool = False) -> tuple[str, Page]:
    """A job, and a phone that has opened its link."""
    job = hub.link.post("/v1/jobs/phone", {"name": "Wave", "askFirst": ask_first})["id"]
    until(lambda: jobs(hub)[job] == "awaitingUpload")
    page = open_page()
    page.goto(page_of(hub, hub.link.get(f"/v1/jobs/{job}")))
    return job, page


def test_one_code_many_moves(hub: HubProcess, open_page: Open, tmp_path: Path) -> None:
    first, page = scanned(hub, open_page)

    film(page, tiny_video(tmp_path / "cut.webm", tail=b"REFUSE"), "Wave one")
    again = page.get_by_role("button", name="Retake")
    expect(again).to_be_visible()
    picture(page, "next-take-refused")
    assert_accessible(page)
    page.get_by_role("button", name="Another part of this clip").click()
    expect(page.get_by_label("Name")).to_have_value("Wave one")
    page.get_by_role("button", name="Create emote").click()
    again.click()
    expect(page.get_by_role("heading", name="Film one person")).to_be_visible()
    page.reload()  # the address is that of the next link
    film(page, tiny_video(tmp_path / "wave.webm"), "Wave two")
    another = page.get_by_role("button", name="Film another move")
    expect(another).to_be_visible()
    expect(page.get_by_text("It is sent to the editor automatically.")).to_be_visible()
    picture(page, "next-take-done", full=True)
    assert_accessible(page)
    until(lambda: jobs(hub) == {first: "delivered"})

    another.click()
    expect(page.get_by_role("heading", name="Film one person")).to_be_visible()
    page.set_input_files("#file", tiny_video(tmp_path / "two moves.webm"))
    page.get_by_label("End of the emote").fill("1.5")
    send(page, "A bow")
    expect(another).to_be_visible()
    picture(page, "next-take-part", full=True)
    page.get_by_role("button", name="Another part of this clip").click()
    expect(page.get_by_label("Start of the emote")).to_have_value("1.5")
    expect(page.get_by_label("Name")).to_have_value("")
    send(page, "A jump")
    expect(another).to_be_visible()
    until(lambda: [*jobs(hub).values()] == ["delivered"] * 3)
    assert {row["name"] for row in hub.link.get("/v1/emotes")["emotes"]} == {"Wave two", "A bow", "A jump"}

    assert hub.process is not None
    hub.process.kill()  # the service goes on
    another.click()
    expect(page.get_by_role("alert")).to_contain_text("There is no further link for this phone.")
    expect(another).to_be_enabled()
    picture(page, "next-take-none")
    assert_accessible(page)


@pytest.mark.parametrize("decider", ["virtual world", "editor"])
def test_a_take_that_the_phone_does_not_keep_is_filmed_again_in_the_same_job(
    hub: HubProcess, open_page: Open, tmp_path: Path, decider: str
) -> None:
    job, page = scanned(hub, open_page, ask_first=decider == "editor")
    if decider == "virtual world":
        service = service_of(hub)
        url, headers = f"{service['url']}/v1/virtual-world/config", {"x-api-key": service["apiKey"]}
        answer = requests.put(url, headers=headers, json={"ugcValidation": True}, timeout=LIMIT_S)
        assert answer.status_code == 200, answer.text
        assert hub.process is not None
        hub.process.kill()  # the next one remembers no other settings of the world
        hub.process.wait(LIMIT_S)
        hub.start("--idle", "0")
    film(page, tiny_video(tmp_path / "wobbly.webm"), "Wobbly")
    page.get_by_role("button", name="Retake").click()
    expect(page.get_by_text("This is a new take.")).to_have_count(int(decider == "virtual world"))
    film(page, tiny_video(tmp_path / "steady.webm"), "Steady")
    expect(page.get_by_role("heading", name="Accept this take?")).to_be_visible()
    expect(page.get_by_text("It is sent to the editor automatically.")).to_have_count(0)
    picture(page, "next-take-asked", full=True)
    assert_accessible(page)
    if decider == "editor":
        until(lambda: jobs(hub) == {job: "awaitingDecision"})
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("It is sent to the editor automatically.")).to_be_visible()
    until(lambda: jobs(hub) == {job: "delivered"})
    assert [row["name"] for row in hub.link.get("/v1/emotes")["emotes"]] == ["Steady"]
