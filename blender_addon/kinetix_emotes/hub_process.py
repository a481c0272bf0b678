# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the hub in a process of its own: with Blender's Python, else the kinetix command, else a background Blender."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from kinetix_core import files, paths

__all__ = ["Start", "blender_python", "locks_our_files", "log_file", "read_info", "start", "wheel_folder"]

NO_WAY = "There is no way to start the Kinetix hub."
NO_WAY_CURE = "Install the extension's zip for this platform again, or name the kinetix command in its preferences."


def read_info() -> dict[str, Any] | None:
    """hub.json, or None when there is none or it is being written."""
    try:
        data = json.loads(paths.hub_info().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) and {"port", "token", "startId"} <= data.keys() else None


def log_file() -> Path:
    return paths.logs() / "hub-start.log"


def blender_python() -> Path | None:
    """The Python program that belongs to this Blender.

    Official builds, Steam and snap carry it below `sys.prefix`; a distribution's build uses the system's, where
    `sys.executable` may be another program. So the version and the prefix decide.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    prefixes = dict.fromkeys((sys.prefix, sys.exec_prefix, sys.base_prefix))
    for prefix in prefixes:
        for name in (f"bin/python{version}", "bin/python.exe", "python.exe", "bin/python3"):
            program = Path(prefix) / name
            exact = version in program.name or prefix not in ("/usr", "/usr/local")
            if exact and program.is_file() and os.access(program, os.X_OK):
                return program
    return None


def wheel_folder() -> Path | None:
    """Where Blender unpacked this extension's wheels: a folder with kinetix_hub in it."""
    for entry in sys.path:
        if (Path(entry) / "kinetix_hub" / "__init__.py").is_file():
            return Path(entry)
    return None


def locks_our_files() -> bool:
    """Whether a running hub keeps Blender from replacing this extension's wheels: Windows locks loaded libraries."""
    return sys.platform == "win32" and wheel_folder() is not None


def _ways(command: str) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Every way to start the hub on this machine, best first: command line and additions to the environment."""
    if command:
        yield [command, "hub", "start", "--json"], {}
        return
    wheels = wheel_folder()
    python = blender_python()
    own = {"PYTHONPATH": str(wheels), "PYTHONNOUSERSITE": "1"} if wheels else {}
    if wheels and python:
        yield [str(python), "-m", "kinetix_hub"], own
    if found := paths.command():
        yield [found, "hub", "start", "--json"], {}
    if wheels and Path(_blender_program()).is_file():
        code = (
            f"import sys,runpy;sys.path.insert(0,{str(wheels)!r});runpy.run_module('kinetix_hub',run_name='__main__')"
        )
        yield [_blender_program(), "-b", "--factory-startup", "--python-expr", code], own


def _blender_program() -> str:
    import bpy

    return bpy.app.binary_path or "-"


class Start:
    """One attempt after another to start the hub."""

    def __init__(self, command: str) -> None:
        self._ways = _ways(command)
        self._process: subprocess.Popen[bytes] | None = None
        self.began = time.monotonic()
        self.problem, self.next_step = "", ""
        if not self.another():
            self.problem, self.next_step = NO_WAY, NO_WAY_CURE

    def another(self) -> bool:
        """Starts the next way that there is. False when none is left."""
        for line, extra in self._ways:
            try:
                self._process = _detached(line, extra)
            except OSError:
                continue  # not executable, not there any more: the next way
            self.began = time.monotonic()
            return True
        return False

    def ended(self) -> bool:
        """True when the program ended without success. `kinetix hub start` ends with 0 once the hub answers."""
        return self._process is not None and self._process.poll() not in (None, 0)


def _detached(line: list[str], extra: dict[str, str]) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **extra}
    log: int | IO[bytes]
    try:
        log = files.open_log(log_file(), fresh=True)
    except OSError:
        log = subprocess.DEVNULL
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    try:
        return subprocess.Popen(
            line,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=sys.platform != "win32",
            creationflags=flags,
            cwd=str(Path.home()),
        )
    finally:
        if not isinstance(log, int):
            log.close()


def start(command: str = "") -> Start:
    """Starts the hub without waiting for it. `command`: the kinetix program from the preferences, or empty."""
    return Start(command.strip())
