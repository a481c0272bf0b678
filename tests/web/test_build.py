"""The built pages: reproducible from the lock file, within their budget, with nothing fetched from elsewhere."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from pathlib import Path

import pytest

import web_types
from tests.support import tools
from tests.support.waiting import LIMIT_S

pytestmark = pytest.mark.xdist_group("web")
WEB = tools.ROOT / "shared" / "kinetix_local" / "web"
DIST = WEB / "dist"
BUDGET = json.loads((WEB / "frontend" / "budget.json").read_text(encoding="utf-8"))


def test_types_of_answers_are_current() -> None:
    assert web_types.TYPES.read_text(encoding="utf-8") == web_types.answers(), "run packaging/generated/web_types.py"


def test_unit_tests_pass() -> None:
    vitest = WEB / "frontend" / "node_modules" / "vitest" / "vitest.mjs"
    patience = [f"--{kind}Timeout={round(LIMIT_S * 1000)}" for kind in ("test", "hook")]
    done = subprocess.run(
        [str(tools.node()), str(vitest), "run", *patience],
        cwd=WEB / "frontend",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    assert re.search(r"Tests\s+.*\d+ passed", done.stdout)


def first_load(page: str) -> list[Path]:
    """Return the files loaded before the 3D viewer: the page, its scripts, its styles."""
    text = (DIST / f"{page}.html").read_text(encoding="utf-8")
    return [DIST / f"{page}.html", *(DIST / hit for hit in re.findall(r'(?:src|href)="/(assets/[^"]+)"', text))]


@pytest.mark.parametrize("page", ["upload", "library"])
def test_first_load_is_within_the_budget(page: str) -> None:
    files = first_load(page)
    assert not [path for path in files if "three" in path.name], "three.js is for later"
    assert sum(path.stat().st_size for path in files) <= BUDGET["beforeViewerBytes"]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) <= BUDGET["beforeViewerGzipBytes"]


def test_the_notice_of_what_is_bundled_comes_along() -> None:
    assert "three.js authors" in (DIST / "LICENSE.three.txt").read_text(encoding="utf-8")


def test_the_benchmark_of_a_slow_phone_gives_its_figures() -> None:
    """The benchmark judges how soon the page is usable: a busy machine is no reason to fail."""
    command = [str(tools.kinetix()), "bench", "web", "--runs", "1", "--browser", str(tools.chromium())]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert (found["upload"]["runs"], found["budget"]) == (1, BUDGET)
    assert 0 < found["upload"]["medianMs"] <= found["upload"]["worstMs"]
    for page, size in found["pages"].items():
        assert size["bytes"] == sum(path.stat().st_size for path in first_load(page))
