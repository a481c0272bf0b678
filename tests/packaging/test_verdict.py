"""The suite's own rules: what is left out, what was skipped, what stays on one worker. Each run below is a small suite."""

from __future__ import annotations

import sys

import pytest

from tests.support import tools

OPTIONS = ("-p", "no:cacheprovider", "-q", "-ra")
WORKERS = ("-p", "xdist.plugin", "-n", "2", "--dist", "loadgroup")


@pytest.fixture(autouse=True)
def _suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tools.ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # they cost seconds of each start
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delenv("CI", raising=False)
    pytester.makeconftest("pytest_plugins = ['tests.support.verdict']")


def test_a_test_of_another_system_is_left_out_and_a_mark_needs_a_reason(pytester: pytest.Pytester) -> None:
    own, other = ("windows", "posix") if sys.platform == "win32" else ("posix", "windows")
    pytester.makepyfile(
        "import pytest\n"
        f"@pytest.mark.{own}_only(reason='it sends signals')\ndef test_own(): pass\n"
        f"@pytest.mark.{other}_only(reason='it locks files')\ndef test_other(): assert False\n"
    )
    pytester.runpytest_subprocess(*OPTIONS, *WORKERS).assert_outcomes(passed=1)
    pytester.runpytest_subprocess(*OPTIONS).assert_outcomes(passed=1, deselected=1)
    pytester.makepyfile("import pytest\n@pytest.mark.posix_only()\ndef test_it(): pass\n")
    assert "needs a reason" in pytester.runpytest_subprocess(*OPTIONS).stderr.str()


def test_a_skip_is_a_failure_in_ci(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    pytester.makepyfile(
        "import pytest\n"
        "def test_tool():\n    pytest.skip('Godot 4 is not here: make test-tools')\n"
        "@pytest.mark.skipif(True, reason='mounts a small disk, which needs root')\ndef test_disk(): pass\n"
        "def test_passes(): pass\n"
    )
    pytester.runpytest_subprocess(*OPTIONS).assert_outcomes(passed=1, skipped=2)
    monkeypatch.setenv("CI", "true")
    done = pytester.runpytest_subprocess(*OPTIONS)
    assert done.ret == 1 and "nothing may be skipped: Skipped: Godot 4 is not here" in done.stdout.str()
    done.assert_outcomes(passed=1, failed=1, errors=1)
