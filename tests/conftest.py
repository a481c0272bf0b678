"""Rules of the whole suite: an own home folder for every test, no network but loopback, and in CI a skip is a failure."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

# A run starts hundreds of Python processes. Where the environment forbids to keep bytecode each would compile every module
# anew, which is most of the time of a short process.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's own Kinetix home or keyring."""
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path_factory.mktemp("home") / "kinetix"))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    for name in ("KINETIX_API_KEY", "KINETIX_PROFILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> None:
    """A test that leaves this machine fails at the socket."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and isinstance(address, tuple):
            host = str(address[0])
            assert host in {"localhost", "::1"} or host.startswith("127."), f"a test tried to reach {host}"
        real(self, address)  # type: ignore[arg-type]

    socket.socket.connect = connect  # type: ignore[method-assign, assignment]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # type: ignore[no-untyped-def]
    outcome = yield
    report = outcome.get_result()
    if IN_CI and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where nothing may be skipped: {report.longrepr}"


def _keep_groups_together(config: pytest.Config, items: list[pytest.Item]) -> None:
    """pytest-xdist 3.8 marks groups in `_nodeid`, which pytest 9.2 no longer reads: no group would stay on one worker."""
    for item in items:
        marker = item.get_closest_marker("xdist_group")
        if getattr(config.option, "loadgroup", False) and marker and "@" not in item.nodeid and hasattr(item, "_id"):
            item._id = type(item._id).parse(f"{item.nodeid}@{marker.args[0]}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`nightly` tests run only when they are asked for by `-m nightly`."""
    _keep_groups_together(config, items)
    if "nightly" in (config.option.markexpr or ""):
        return
    kept = [item for item in items if not item.get_closest_marker("nightly")]
    config.hook.pytest_deselected(items=[item for item in items if item.get_closest_marker("nightly")])
    items[:] = kept


ROOT = Path(__file__).resolve().parent.parent
