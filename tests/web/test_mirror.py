"""The live mirror in a real Chromium: its words for what is wrong, and filming that begins and ends by itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import av
import pytest
import requests
from playwright.sync_api import Browser, Page, Playwright, Request, ViewportSize, expect, sync_playwright

from tests.support import tools
from tests.support.service import Running
from tests.support.waiting import LIMIT_S
from tests.web import scenes
from tests.web.conftest import CHROMIUM, DESKTOP, PHONE, picture
from tests.web.test_screens import assert_accessible
from tests.web.test_story import link, send

pytestmark = pytest.mark.xdist_group("web")

# Every word that the mirror says, as a screen reader hears it.
_LISTEN = """() => {
    window.said = [];
    const words = document.querySelector('.words[role=status]');
    const note = () => window.said.push(words.textContent);
    new MutationObserver(note).observe(words, {childList: true});
}"""


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


def launch(playwright: Playwright, folder: Path, *names: str) -> Browser:
    """A browser before whose camera these scenes are, in a loop."""
    seen = scenes.film(folder / "camera.mjpeg", *names)
    return playwright.chromium.launch(
        executable_path=str(tools.chromium()),
        args=[*CHROMIUM, f"--use-file-for-fake-video-capture={seen}"],
        timeout=LIMIT_S * 1000,
    )


@pytest.fixture(scope="module")
def faulty(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with launch(playwright, tmp_path_factory.mktemp("faulty"), "near", "dark", "two") as browser:
        yield browser


@pytest.fixture(scope="module")
def well(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with launch(playwright, tmp_path_factory.mktemp("well"), "good") as browser:
        yield browser


@contextlib.contextmanager
def opened(browser: Browser, size: ViewportSize, script: str = "") -> Iterator[Page]:
    """A page that asks nobody outside of this machine; `script` runs in it before its own."""
    foreign: list[str] = []

    def watch(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "blob:")):
            foreign.append(request.url)

    context = browser.new_context(viewport=size, locale="en-GB", reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(LIMIT_S * 1000)
    page.add_init_script(script)
    page.on("request", watch)
    yield page
    context.close()
    assert not foreign, "a page asked another host"


def open_mirror(page: Page, service: Running, user: str) -> None:
    page.goto(link(service, user))
    page.get_by_role("button", name="Film yourself").click()
    expect(page.get_by_role("heading", name="Step into the picture")).to_be_visible()
    # A busy machine is too slow for the mirror, which says so; a person may insist, and so does the test.
    insist = page.get_by_role("button", name="Use the mirror all the same")
    page.add_locator_handler(insist, lambda: insist.click())


def test_the_words_say_what_is_wrong(service: Running, faulty: Browser) -> None:
    with opened(faulty, PHONE) as page:
        open_mirror(page, service, "mirror-faults")
        page.evaluate(_LISTEN)
        words = page.locator(".mirror .words")
        for text, name in (
            ("Too near. Step back.", "near"),
            ("Too dark. Switch a lamp on.", "dark"),
            ("A second person is in the picture.", "two"),
        ):
            expect(words).to_have_text(text)
            picture(page, f"mirror-{name}")
        expect(page.locator(".mirror")).to_have_attribute("data-tone", "fault")
        assert_accessible(page)
        assert not [text for text in page.evaluate("window.said") if text.startswith(("Good", "Go!"))]
        page.get_by_role("button", name="Back").click()
        expect(page.get_by_role("heading", name="Film one person")).to_be_visible()


@pytest.mark.usefixtures("validation")
def test_it_begins_and_ends_by_itself_and_the_clip_arrives(service: Running, well: Browser) -> None:
    with opened(well, DESKTOP) as page:
        open_mirror(page, service, "mirror-well")
        page.evaluate(_LISTEN)
        expect(page.locator(".mirror")).to_have_attribute("data-tone", "filming")
        picture(page, "mirror-filming-desktop")
        assert "Starts in 3" in page.evaluate("window.said")
        expect(page.get_by_role("heading", name="Which part?")).to_be_visible()
        send(page, "By itself")
        expect(page.get_by_role("heading", name="Keep this take?")).to_be_visible()
    newest = max((service.home / "local" / "files" / "uploads").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    with av.open(str(newest)) as clip:
        frame = next(clip.decode(video=0))
    assert (frame.width, frame.height) == scenes.SIZE


def test_a_slow_device_is_told_and_films_without_the_mirror(service: Running, faulty: Browser) -> None:
    hurried = "const now = performance.now.bind(performance); performance.now = () => now() * 1000;"
    with opened(faulty, PHONE, hurried) as page:
        page.goto(link(service, "mirror-slow"))
        page.get_by_role("button", name="Film yourself").click()
        expect(page.locator(".mirror .words")).to_contain_text("of the 12 that it takes. Record without it.")
        assert_accessible(page)
        page.get_by_role("button", name="Record without it").click()
        expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()


def test_where_the_mirror_cannot_be_had_the_camera_is_there(service: Running, faulty: Browser) -> None:
    without = "delete window.Worker;"
    insecure = "Object.defineProperty(window, 'isSecureContext', {value: false});"
    with opened(faulty, PHONE, without) as page:
        url = link(service, "mirror-none")
        page.goto(url)
        page.get_by_role("button", name="Film yourself").click()
        expect(page.get_by_text("The live mirror does not work in this browser")).to_be_visible()
        expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
        page.add_init_script(insecure)
        page.goto(url)
        expect(page.get_by_text("so the live mirror is not here")).to_be_visible()
        expect(page.get_by_role("button", name="Film yourself")).to_have_count(0)
        expect(page.get_by_text("Choose a video", exact=True)).to_be_visible()


def test_only_the_mirrors_worker_may_compile_webassembly(service: Running) -> None:
    """And it is kept by the browser like everything whose name has its hash."""
    built = tools.ROOT / "shared" / "kinetix_local" / "web" / "dist" / "assets"
    for path in built.iterdir():
        headers = requests.get(f"{service.url}/assets/{path.name}", timeout=LIMIT_S).headers
        policy = headers["content-security-policy"]
        assert ("wasm-unsafe-eval" in policy) == path.name.startswith("worker-"), path.name
        assert "'unsafe-" not in policy
        assert "immutable" in headers["cache-control"]
    mirror = [path for path in built.iterdir() if path.suffix in {".gz", ".tflite", ".data"} or "litert" in path.name]
    assert len(mirror) == 4
    assert sum(path.stat().st_size for path in mirror) < 15_000_000
