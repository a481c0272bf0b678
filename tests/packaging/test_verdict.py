"""The suite's own verdict: what is retried, what was skipped, what stays on one worker. Each run below is a small suite."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support import tools

PLUGIN = "pytest_plugins = ['tests.support.verdict']"
OPTIONS = ("-p", "pytest_rerunfailures", "-p", "no:cacheprovider", "-o", "markers=real_window: one retry", "-q", "-ra")
WORKERS = ("-p", "xdist.plugin", "-n", "2", "--dist", "loadgroup")


@pytest.fixture(autouse=True)
def _suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tools.ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # they cost seconds of each start
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delenv("CI", raising=False)
    pytester.makeconftest(PLUGIN)


def fails_at_first(*names: str) -> str:
    """Tests that fail once each and then pass."""
    head = "import pathlib, pytest\n"
    body = """
@pytest.mark.real_window(reason="a window manager places it")
def test_{name}():
    tried = pathlib.Path("tried-{name}")
    again = tried.exists()
    tried.touch()
    assert again
"""
    return head + "".join(body.format(name=name) for name in names)


def test_a_real_window_has_one_retry_and_a_run_has_two(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(fails_at_first("one", "two"))
    done = pytester.runpytest_subprocess(*OPTIONS)
    done.assert_outcomes(passed=2)
    assert done.ret == 0 and "retries: 2, allowed: 2" in done.outlines
    pytester.makepyfile(fails_at_first("three", "four", "five"))
    done = pytester.runpytest_subprocess(*OPTIONS, *WORKERS)
    assert done.ret == 1 and "retries: 3, allowed: 2" in done.outlines
    assert "1 failed" in done.outlines[-1], done.outlines[-1]


@pytest.mark.parametrize("workers", [(), WORKERS], ids=["alone", "by workers"])
@pytest.mark.parametrize("ci", ["true", "false"])
@pytest.mark.parametrize("system", ["linux", "win32"])
def test_what_a_system_does_not_have_is_counted_apart_and_not_skipped_in_ci(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, system: str, ci: str, workers: tuple[str, ...]
) -> None:
    monkeypatch.setenv("CI", ci)
    pytester.makeconftest(f"{PLUGIN}\nimport tests.support.verdict as verdict\nverdict._SYSTEM = {system!r}\n")
    pytester.makepyfile(
        "import pytest\n@pytest.mark.posix_only(reason='it sends signals')\ndef test_it():\n    pass\n"
        "def test_other():\n    pass\n"
    )
    done = pytester.runpytest_subprocess(*OPTIONS, *workers, "-o", "markers=posix_only: left out")
    assert done.ret == 0
    is_left_out = system == "win32"
    done.assert_outcomes(passed=2 - is_left_out, skipped=int(is_left_out and ci == "false"))
    told = [line.strip() for line in done.outlines]
    assert ("1 it sends signals" in told) == (system == "win32")
    assert "not run: nothing was skipped" in told


@pytest.mark.parametrize("mark", ["real_window()", "posix_only()", "flaky(reruns=1)"])
def test_a_retry_needs_a_window_and_a_reason(pytester: pytest.Pytester, mark: str) -> None:
    pytester.makepyfile(f"import pytest\n@pytest.mark.{mark}\ndef test_it():\n    pass")
    done = pytester.runpytest_subprocess(*OPTIONS)
    assert done.ret != 0 and "reason" in done.stdout.str() + done.stderr.str()


def test_what_was_not_run_stands_before_the_closing_line(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytester.makepyfile(
        "import pytest\n"
        "@pytest.mark.parametrize('n', range(3))\n"
        "def test_tool(n):\n    pytest.skip('Godot 4 is not here: make test-tools')\n"
        "@pytest.mark.skipif(True, reason='mounts a small disk, which needs root')\ndef test_disk(): pass\n"
        "def test_passes(): pass\n"
    )
    done = pytester.runpytest_subprocess(*OPTIONS)
    assert done.ret == 0
    *_, title, godot, disk, retries, closing = done.outlines
    assert "NOT RUN: 4 tests" in title and retries == "retries: 0, allowed: 2"
    assert godot.split(maxsplit=1) == ["3", "Godot 4 is not here: make test-tools"]
    assert disk.split(maxsplit=1) == ["1", "mounts a small disk, which needs root"]
    assert closing.startswith("1 passed, 4 skipped")
    monkeypatch.setenv("CI", "true")
    done = pytester.runpytest_subprocess(*OPTIONS)
    assert done.ret == 1 and "not run: nothing was skipped" in done.outlines
    done.assert_outcomes(passed=1, failed=3, errors=1)


def test_a_group_stays_on_one_worker(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        "import os, pytest\n"
        "@pytest.mark.xdist_group('together')\n"
        "@pytest.mark.parametrize('n', range(10))\n"
        "def test_it(n):\n    open('of-' + os.environ['PYTEST_XDIST_WORKER'], 'a').close()\n"
        "@pytest.mark.parametrize('n', range(10))\n"
        "def test_other(n): pass\n"
    )
    pytester.runpytest_subprocess(*OPTIONS, *WORKERS).assert_outcomes(passed=20)
    assert len(list(pytester.path.glob("of-*"))) == 1


def test_each_result_is_written_at_once(pytester: pytest.Pytester) -> None:
    """The guard watches a pipe, and takes a long silence for the end."""
    pytester.makepyfile(
        "import pathlib, time\n"
        "def test_quick(): pass\n"
        "def test_slow():\n    while not pathlib.Path('go on').exists(): time.sleep(0.01)\n"
    )
    command = [sys.executable, "-m", "pytest", *OPTIONS, *WORKERS]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=pytester.path) as run:
        assert run.stdout is not None
        seen = b""
        while not seen.endswith(b"\n."):  # the quick one has passed, the slow one runs
            seen += run.stdout.read(1)
            assert run.poll() is None
        (pytester.path / "go on").touch()
        rest = run.stdout.read()
    assert run.returncode == 0 and b"2 passed" in rest
