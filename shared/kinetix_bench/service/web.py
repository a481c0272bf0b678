"""`kinetix bench web`: how heavy the pages are, and how soon a slow phone can use them.

Time is taken in Debian's Chromium with its processor slowed to a quarter, from the start of the navigation until the first button
can be pressed. The limits are those of `web/frontend/budget.json`.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

import click
import requests

from kinetix_bench.process import print_figures
from kinetix_bench.service.api import service
from kinetix_core.values.errors import InputError

_WEB = Path(__file__).resolve().parents[2] / "kinetix_local" / "web"
_SLOWER = 4
_PATIENCE_S = 240.0  # with a machine that has other things to do: how slow it was, the figures tell
_FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]


@click.command()
@click.option("--browser", type=click.Path(path_type=Path), help="Chromium to use (default: from the PATH).")
@click.option("--runs", type=click.IntRange(min=1), default=5, show_default=True, help="How often the page is opened.")
def bench_web(browser: Path | None, runs: int) -> None:
    """Size of the pages and time until they can be used on a slow processor."""
    budget = json.loads((_WEB / "frontend" / "budget.json").read_text(encoding="utf-8"))
    result: dict[str, Any] = {"budget": budget, "pages": {page: _sizes(page) for page in ("upload", "library")}}
    with tempfile.TemporaryDirectory() as home, service(Path(home)) as info:
        result["upload"] = _times(_page_url(info), _chromium(browser), runs)
    result["withinBudget"] = result["upload"]["medianMs"] <= budget["interactiveMs"] and all(
        size["bytes"] <= budget["beforeViewerBytes"] and size["gzipBytes"] <= budget["beforeViewerGzipBytes"]
        for size in result["pages"].values()
    )
    print_figures(result)


def _sizes(page: str) -> dict[str, int]:
    path = _WEB / "dist" / f"{page}.html"
    if not path.is_file():
        raise InputError("The pages are not built.", code="notBuilt", next_step="Run `make web`.")
    text = path.read_text(encoding="utf-8")
    files = [path, *(_WEB / "dist" / hit for hit in re.findall(r'(?:src|href)="/(assets/[^"]+)"', text))]
    contents = [file.read_bytes() for file in files]
    return {"bytes": sum(map(len, contents)), "gzipBytes": sum(len(gzip.compress(content)) for content in contents)}


def _chromium(given: Path | None) -> str:
    found = (
        str(given)
        if given
        else shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    )
    if not found:
        raise InputError(
            "No Chromium was found.", code="noBrowser", next_step="Install chromium, or name it with --browser."
        )
    return found


def _page_url(info: dict[str, Any]) -> str:
    headers = {"x-api-key": info["apiKey"]}
    requests.post(f"{info['url']}/v1/virtual-world/users", json={"id": "bench"}, headers=headers, timeout=_PATIENCE_S)
    token = requests.get(f"{info['url']}/v1/process/token?userId=bench", headers=headers, timeout=_PATIENCE_S)
    return str(token.json()["url"])


def _times(url: str, chromium: str, runs: int) -> dict[str, Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError as error:
        raise InputError(
            "The page benchmark needs Playwright.", code="notInstalled", next_step="pip install 'kinetix-bridge[dev]'"
        ) from error
    os.environ.setdefault("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
    times = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS, timeout=_PATIENCE_S * 1000)
        for _ in range(runs):
            context = browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
            page = context.new_page()
            page.set_default_timeout(_PATIENCE_S * 1000)
            context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
            page.goto(url, wait_until="commit")
            page.get_by_role("button", name="Record now").wait_for(state="visible")
            times.append(page.evaluate("performance.now()"))
            context.close()
        browser.close()
    return {"medianMs": statistics.median(times), "worstMs": max(times), "runs": runs, "slowdown": _SLOWER}
