"""The suite is apart from the user: home, configuration, PATH and keyring are a test's own, in the real editors as well."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import keyring
import psutil
import pytest

from kinetix_core.io import paths
from tests.support import isolation, tools
from tests.support.waiting import LIMIT_S, until


def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, test: str, begin: str = "") -> pytest.RunResult:
    """Run one test in a small suite of its own that follows the same rules."""
    monkeypatch.setenv("PYTHONPATH", str(tools.ROOT))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest(f"pytest_plugins = ['tests.support.isolation']\n{begin}")
    pytester.makepyfile(test)
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-q")


def places(program: str, folder: Path) -> dict[str, str]:
    """Return the folders in which a program looks for its user's files."""
    told = folder / "told.json"
    ask = (
        "import bpy, json, pathlib; found = {'home': str(pathlib.Path.home()), 'user': bpy.utils.resource_path('USER')}"
    )
    ask += f"; pathlib.Path({str(told)!r}).write_text(json.dumps(found))"
    script = folder / "told.gd"
    script.write_text(
        "extends SceneTree\nfunc _init() -> void:\n"
        f"\tvar told := FileAccess.open({json.dumps(str(told))}, FileAccess.WRITE)\n"
        "\ttold.store_string(JSON.stringify({home = OS.get_environment('HOME'), data = OS.get_data_dir(), "
        "config = OS.get_config_dir(), cache = OS.get_cache_dir()}))\n\tquit()\n",
        encoding="utf-8",
    )
    if program == "godot":
        command: list[str | Path] = [tools.godot(), "--headless", "--path", folder, "--script", script]
    elif program == "blender":
        command = [tools.blender(), "--background", "--python-expr", ask]
    else:
        command = [tools.bpy_python(program), "-c", ask]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S)
    assert told.is_file(), done.stdout + done.stderr
    return dict(json.loads(told.read_text(encoding="utf-8")))


@pytest.mark.quick
def test_every_place_of_a_user_is_the_tests_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    own = tmp_path_factory.getbasetemp()
    for place in (Path.home(), paths.home(), paths.cache(), Path(os.environ["XDG_RUNTIME_DIR"])):
        assert own in place.parents, place
    assert paths.command() is None
    assert type(keyring.get_keyring()).__module__ == "keyring.backends.null"
    assert not {"DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "KINETIX_API_KEY", "KINETIX_PROFILE"} & os.environ.keys()


@pytest.mark.quick
def test_a_program_computes_on_one_thread() -> None:
    """Three workers share two cores, and a thread of OpenBLAS that waits for its share of a small matrix takes a whole core."""
    ask = "import numpy, psutil; a = numpy.ones((500, 500)); a @ a; print(psutil.Process().num_threads())"
    told = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, timeout=LIMIT_S, check=True)
    assert told.stdout.strip() == "1"


@pytest.mark.parametrize("program", ["godot", "blender", "5.2"])
def test_real_editors_keep_their_files_there_too(program: str, tmp_path: Path) -> None:
    own = Path(os.environ["HOME"]).parent
    for name, place in places(program, tmp_path).items():
        assert own in Path(place).parents, (name, place)


def test_the_kinetix_of_another_checkout_is_not_found(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell finds another checkout's program after its `make setup`."""
    folder = pytester.mkdir("person") / ".local" / "bin"
    folder.mkdir(parents=True)
    (folder / "kinetix").write_text("#!/bin/sh\n", encoding="utf-8")
    (folder / "kinetix").chmod(0o755)
    monkeypatch.setenv("HOME", str(folder.parents[1]))
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("KINETIX_COMMAND", str(folder / "kinetix"))
    monkeypatch.setenv("KINETIX_HOME", str(folder.parents[1] / "kinetix"))
    assert paths.command() == str(folder / "kinetix")
    ask = "from kinetix_core.io import paths; print(paths.command(), paths.home())"
    done = suite(
        pytester,
        monkeypatch,
        "import subprocess, sys\nfrom kinetix_core.io import paths\n"
        "def test_it():\n"
        "    assert paths.command() is None\n"
        f"    told = subprocess.run([sys.executable, '-c', {ask!r}], capture_output=True, text=True, check=True).stdout\n"
        f"    assert told.startswith('None ') and {str(folder.parents[1])!r} not in told\n",
    )
    done.assert_outcomes(passed=1)


def test_a_test_that_leaves_a_process_behind_fails_and_the_process_ends(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeper = [
        sys.executable,
        "-c",
        "import time; time.sleep(1001.25)",
        str(pytester.path),
    ]  # no other run has this one
    done = suite(
        pytester,
        monkeypatch,
        "import subprocess\n"
        "def test_it():\n"
        f"    subprocess.Popen({sleeper!r}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)\n",
        begin="from tests.support import isolation\nisolation._GRACE_S = 1.0",
    )
    done.assert_outcomes(passed=1, errors=1)
    assert "the test left processes running" in done.stdout.str() and "time.sleep(1001.25)" in done.stdout.str()
    until(lambda: not [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == sleeper])


def test_what_runs_for_longer_than_one_test_is_not_counted(tmp_path: Path) -> None:
    """Neither a service of the module nor what that service starts."""
    owner = os.environ["KINETIX_TEST_OWNER"]
    child = f"import pathlib, os; pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(os.getpid())); input()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen([sys.executable, "-c", parent], stdin=subprocess.PIPE) as process:
        until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text(encoding="utf-8"))
        inner = int((tmp_path / "pid").read_text(encoding="utf-8"))

        def counted(owner: str, before: set[int]) -> set[int]:
            return {one.pid for one in isolation.leftovers(owner, before)} & {process.pid, inner}

        assert counted(owner, {os.getpid()}) == {process.pid, inner}
        assert counted(owner, {process.pid}) == counted("another run", set()) == set()
        process.communicate()
