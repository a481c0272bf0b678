"""A real Kinetix Local with its built pages, and a real Chromium whose camera shows the sample clip."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect, sync_playwright

from tests.support import tools
from tests.support.service import Running, running
from tests.support.waiting import LIMIT_S, until

PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
LAPTOP: ViewportSize = {"width": 1366, "height": 768}
AXE = tools.ROOT / "shared/kinetix_local/web/frontend/node_modules/axe-core/axe.min.js"
Open = Callable[..., Page]
# SwiftShader draws what the pages draw in 3D, and nothing else: to put a page together by it as well costs as much again.
CHROMIUM = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
]

# A display that shows some ten pictures a second: an emote that moves would fill a core otherwise, sixty times a second.
_SLOW_DISPLAY = """
    window.requestAnimationFrame = (then) => window.setTimeout(() => then(performance.now()), 100);
    window.cancelAnimationFrame = (request) => window.clearTimeout(request);
"""

expect.set_options(timeout=LIMIT_S * 1000)


def picture(page: Page, name: str, *, full: bool = False) -> None:
    """A screenshot for people, kept under artefacts/web; `full` of all that can be scrolled to."""
    folder = tools.ARTEFACTS / "web"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{name}.png", full_page=full)


@contextlib.contextmanager
def service_with_pictures(home: Path, *arguments: str) -> Iterator[Running]:
    """A service whose emotes are worth looking at."""
    hold = home / "hold"
    hold.mkdir(parents=True)
    with running(
        home, *arguments, KINETIX_LOCAL_CAPTURE="tests.web.capture:deliver", KINETIX_WEB_HOLD=str(hold)
    ) as started:
        yield started


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with service_with_pictures(tmp_path_factory.mktemp("web-service")) as started:
        yield started


@pytest.fixture
def validation(service: Running) -> Iterator[None]:
    """The virtual world asks the player; two retakes are allowed. Afterwards it asks nobody, as before."""

    def ask_first(wanted: bool | None) -> None:
        answer = service.call("PUT", "/v1/virtual-world/config", json={"ugcValidation": wanted})
        assert answer.status_code == 200, answer.text

    ask_first(True)
    yield
    ask_first(None)


@contextlib.contextmanager
def held(service: Running, name: str) -> Iterator[None]:
    """Inside it the capture of the emote with this name does not end."""
    file = service.home / "hold" / name
    file.touch()
    try:
        yield
    finally:
        file.unlink()


@pytest.fixture(scope="session")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample clip as the MJPEG file that Chromium's fake camera plays in a loop."""
    path = tmp_path_factory.mktemp("camera") / "camera.mjpeg"
    with av.open(str(tools.ROOT / "samples" / "balance.mp4")) as source, av.open(str(path), "w", format="mjpeg") as out:
        stream = out.add_stream("mjpeg", rate=30)
        stream.width, stream.height, stream.pix_fmt = 360, 640, "yuvj420p"
        stream.time_base = Fraction(1, 30)
        for index, frame in enumerate(source.decode(video=0)):
            if index % 2:
                continue
            small = frame.reformat(360, 640, "yuvj420p")
            small.pts = index // 2
            small.time_base = Fraction(1, 30)
            out.mux(stream.encode(small))
        out.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def browser(camera: Path) -> Iterator[Browser]:
    """Not for the whole session: while Playwright runs, no other test of this process could run an event loop."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=str(tools.chromium()),
            args=[*CHROMIUM, f"--use-file-for-fake-video-capture={camera}"],
            timeout=LIMIT_S * 1000,
        )
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """`open_page(size=PHONE, **context options)` → a page whose every request is watched."""
    contexts: list[BrowserContext] = []
    foreign: list[str] = []

    def make(size: ViewportSize = PHONE, **options: Any) -> Page:
        given = {"locale": "en-GB", "reduced_motion": "no-preference", **options}
        context = browser.new_context(viewport=size, **given)
        context.add_init_script(_SLOW_DISPLAY)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(LIMIT_S * 1000)

        def watch(url: str) -> None:
            if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
                foreign.append(url)

        page.on("request", lambda request: watch(request.url))
        return page

    yield make
    for context in contexts:
        context.close()
    assert not foreign, "a page asked another host"


@pytest.fixture
def library(service: Running, open_page: Open) -> Open:
    """`library(size, to="", **context options)` → the library page, signed in."""

    def opened(size: ViewportSize, to: str = "", **options: Any) -> Page:
        page = open_page(size, **options)
        page.goto(service.sign_in_link() + to)
        return page

    return opened


@pytest.fixture
def phone(service: Running, open_page: Open) -> Open:
    """`phone(user, clip, name, **context options)` → the upload page by a new link, with a clip chosen and sent as `name`."""

    def opened(user: str, clip: Path | None = None, name: str = "", **options: Any) -> Page:
        page = open_page(**options)
        page.goto(link(service, user))
        if clip is not None:
            page.set_input_files("#file", clip)
        if name:
            send(page, name)
        return page

    return opened


def link(service: Running, user: str) -> str:
    service.user(user)
    return str(service.token(user)["url"])


def send(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("The person in the clip agrees").check()
    page.get_by_role("button", name="Create emote").click()


def bag(service: Running, user: str) -> list[str]:
    return [row["data"]["name"] for row in service.call("GET", f"/v1/users/{user}/emotes").json()]


def moves(page: Page) -> None:
    """The 3D view draws something, and something else a moment later."""
    stage = page.locator(".stage[data-state=ready]")
    expect(stage).to_be_visible()
    canvas = stage.locator("canvas")
    first = canvas.screenshot()
    until(lambda: canvas.screenshot() != first, "the emote does not move")


def drag(place: Locator, begin: tuple[float, float], end: tuple[float, float], up_px: float = 0.0) -> None:
    """Drag by the mouse between two places of an element, shares of its width and height, and farther up."""
    place.scroll_into_view_if_needed()
    box, mouse = place.bounding_box(), place.page.mouse
    assert box is not None
    mouse.move(box["x"] + begin[0] * box["width"], box["y"] + begin[1] * box["height"])
    mouse.down()
    mouse.move(box["x"] + end[0] * box["width"], box["y"] + end[1] * box["height"] - up_px, steps=3)
    mouse.up()


def assert_accessible(page: Page) -> None:
    """axe has no serious and no critical finding. It is injected by the debugger, past the page's own policy."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    bad = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in {"serious", "critical"}]
    assert not bad


def in_every_look(page: Page, name: str) -> None:
    """On a phone and a desktop, in the dark and in the light everything can be read; a picture of each."""
    before = page.viewport_size
    for label, size in (("phone", PHONE), ("desktop", DESKTOP)):
        page.set_viewport_size(size)
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            picture(page, f"{name}-{label}-{scheme}")
            assert_accessible(page)
    assert before is not None
    page.set_viewport_size(before)


def tiny_video(path: Path, seconds: float = 3.0, size: tuple[int, int] = (96, 160), tail: bytes = b"") -> Path:
    """A real WebM (VP8) that Chromium can play."""
    with av.open(str(path), "w", format="webm") as out:
        stream = out.add_stream("libvpx", rate=15)
        stream.codec_context.thread_count = 1  # with more, they wait for each other by spinning, which takes a second
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for index in range(int(seconds * 15)):
            frame = av.VideoFrame(*size, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([(index * 5) % 200 + 20]) * plane.buffer_size)
            frame.pts = index
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    if tail:
        path.write_bytes(path.read_bytes() + tail)
    return path
