"""Isolation of a test: home, configuration, keyring, PATH, display, network and processes.

A session's environment is made before the first fixture, and every test gets one of its own on top, so that services that
live for a module are apart from the user as well. Child processes, real editors among them, inherit it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psutil
import pytest

from kinetix_core.io import paths
from tests.support.waiting import LIMIT_S

_XDG = ("CONFIG", "DATA", "CACHE", "STATE")
_OWNER = "KINETIX_TEST_OWNER"
_GRACE_S = LIMIT_S  # for a process that was stopped
_FOREIGN = ("KINETIX_", "BLENDER_", "GODOT")
_FOREIGN_NAMES = {
    *("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "PYTHONPATH"),
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
}
# Helpers of Python's multiprocessing, which live as long as the test run by design.
_LIVES_ON = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")


def environment(folder: Path) -> dict[str, str]:
    """Every variable by which a program finds its user's places; all lie in `folder`."""
    home = folder / "user"
    home.mkdir(parents=True)
    runtime = folder / "run"
    runtime.mkdir(mode=0o700)
    return {
        "HOME": str(home),
        "USERPROFILE": str(home),
        "APPDATA": str(home / "AppData" / "Roaming"),
        "LOCALAPPDATA": str(home / "AppData" / "Local"),
        "XDG_RUNTIME_DIR": str(runtime),
        **{f"XDG_{kind}_HOME": str(folder / kind.lower()) for kind in _XDG},
        "KINETIX_HOME": str(folder / "kinetix"),
        "LANGUAGE": "en",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


def _without_kinetix(path: str) -> str:
    """PATH without the folders that hold a `kinetix`: it may be that of another checkout."""
    return os.pathsep.join(folder for folder in path.split(os.pathsep) if not shutil.which("kinetix", path=folder))


def _is_foreign(name: str) -> bool:
    return name.startswith(_FOREIGN) or name.upper() in _FOREIGN_NAMES


class Places:
    """Create the folders: a numbered one for each test. (pytest's `mktemp` reads the whole folder each time.)"""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.owner = secrets.token_hex(8)
        self._numbers = count(1)

    def fresh(self) -> Path:
        return self.root / str(next(self._numbers))


@pytest.fixture(autouse=True, scope="session")
def _places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """The session's environment. What is the same for all: the PATH, the model weights, what builds have fetched and the graphics
    driver's cache."""
    places = Places(tmp_path_factory.mktemp("own"))
    weights = paths.weights()
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if _is_foreign(name)]:
            patch.delenv(name)
        for name, value in environment(places.root / "session").items():
            patch.setenv(name, value)
        patch.setenv("PATH", _without_kinetix(os.environ.get("PATH", "")))
        patch.setenv("KINETIX_WEIGHTS", str(weights))
        patch.setenv("UV_CACHE_DIR", str(places.root / "uv"))
        patch.setenv("MESA_SHADER_CACHE_DIR", str(places.root / "shaders"))
        patch.setenv(_OWNER, places.owner)
        before = set(psutil.pids())
        yield places
        _none_left(places.owner, before)


@pytest.fixture(autouse=True)
def _own_place(_places: Places, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set up before and ended after every other fixture of one test: what runs then has outlived the test."""
    for name, value in environment(_places.fresh()).items():
        monkeypatch.setenv(name, value)
    before = set(psutil.pids())
    yield
    _none_left(_places.owner, before)


def leftovers(owner: str, before: set[int]) -> list[psutil.Process]:
    """Processes begun since `before` (process numbers) by tests of `owner`, however deep.

    Those that have ended do not count, nor do those that a service of longer life started, as a hub does for a module.
    """
    found = []
    for pid in set(psutil.pids()) - before:
        try:
            process = psutil.Process(pid)
            if process.status() == psutil.STATUS_ZOMBIE or not _is_of(owner, process):
                continue
            older = next((parent for parent in process.parents() if parent.pid in before), None)
            helper = any(name in word for word in process.cmdline() for name in _LIVES_ON)
            if not helper and not (older and _is_of(owner, older)):
                found.append(process)
        except psutil.Error:  # it ended meanwhile, or is another user's
            continue
    return found


def _is_of(owner: str, process: psutil.Process) -> bool:
    try:
        return process.environ().get(_OWNER) == owner
    except psutil.AccessDenied:
        return False


def _none_left(owner: str, before: set[int]) -> None:
    """A process that was stopped may take its time. One that stays is ended here, and the test that left it fails."""
    end = time.monotonic() + _GRACE_S
    while (left := leftovers(owner, before)) and time.monotonic() < end:
        time.sleep(0.05)
    lines = []
    for process in left:
        with contextlib.suppress(psutil.NoSuchProcess):
            lines.append(f"{process.pid} {' '.join(process.cmdline())[:200]}")
            process.kill()
    assert not lines, "the test left processes running:\n" + "\n".join(lines)


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """A test that leaves this machine fails at the socket."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            host = str(address[0])
            assert host in {"localhost", "::1"} or host.startswith("127."), f"a test tried to reach {host}"
        real(self, address)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        yield
