# SPDX-License-Identifier: GPL-3.0-or-later
"""Start the hub in a process of its own: with Blender's Python, else the kinetix command, else a background Blender.

The complete extension carries everything as a bundle that only that process unpacks; of the small one Blender unpacks the wheels.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from kinetix_core.io import files, paths
from kinetix_core.values.errors import KinetixError

NO_COMMAND = "Kinetix is not installed."
NO_COMMAND_ADVICE = "Install the complete add-on file, or set the Kinetix Command in the preferences."
OTHER_PYTHON = "This add-on file is for another Python version."
OTHER_PYTHON_CURE = "Install the complete file for Python {python}."
REFUSED = 4  # how kinetix_hub.installation.runtime_folder ends when its last two lines say what is wrong
START_S, UNPACK_S = 40.0, 900.0  # a start that unpacks waits for the disk and for virus scanners
TICK_S = 0.25


def log_file() -> Path:
    return paths.logs() / "hub-start.log"


def blender_python() -> Path | None:
    """Return the Python program that belongs to this Blender.

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


def bundle() -> Path | None:
    """Return the wheels of the complete extension; None in the small one."""
    folder = Path(__file__).parent.parent / "runtime"
    return folder if (folder / "bundle.json").is_file() else None


def _bundle_info(folder: Path) -> dict[str, str]:
    info: dict[str, str] = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
    return info


def is_first_start() -> bool:
    """Return whether the next start unpacks the bundle, which takes seconds to minutes."""
    folder = bundle()
    return folder is not None and not (paths.runtimes() / _bundle_info(folder)["name"]).is_dir()


def _other_python() -> str:
    """Return the Python of this Blender, when the bundle is for another one."""
    here, folder = f"{sys.version_info.major}.{sys.version_info.minor}", bundle()
    return here if folder is not None and _bundle_info(folder)["python"] != here else ""


def wheel_folder() -> Path | None:
    """Return the folder of this extension's wheels, which contains kinetix_hub."""
    for entry in sys.path:
        if (Path(entry) / "kinetix_hub" / "__init__.py").is_file():
            return Path(entry)
    return None


def locks_wheels() -> bool:
    """Return whether a running hub prevents Blender from replacing the wheels: Windows locks loaded libraries."""
    return sys.platform == "win32" and wheel_folder() is not None


def _commands(command: str) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Yield each command that starts the hub on this machine, best first: command line and additions to the environment."""
    if command:
        yield [command, "hub", "start", "--json"], {}
        return
    python = blender_python()
    complete = None if _other_python() else bundle()
    if complete:
        module, given = "kinetix_hub.installation.runtime_folder", str(complete)
        alone = {"PYTHONPATH": str(next(complete.glob("kinetix_bridge-*.whl"))), "PYTHONNOUSERSITE": "1"}
        if python:
            yield [str(python), "-m", module, given], alone
        elif Path(_blender_program()).is_file():
            yield _background_blender(alone["PYTHONPATH"], module, given), alone
    wheels = wheel_folder()
    own = {"PYTHONPATH": str(wheels), "PYTHONNOUSERSITE": "1"} if wheels else {}
    if wheels and python:
        yield [str(python), "-m", "kinetix_hub"], own
    if found := paths.command():
        yield [found, "hub", "start", "--json"], {}
    if wheels and Path(_blender_program()).is_file():
        yield _background_blender(str(wheels), "kinetix_hub"), own


def _background_blender(place: str, module: str, *given: str) -> list[str]:
    code = f"import sys,runpy;sys.path.insert(0,{place!r});sys.argv[1:]={list(given)!r};"
    code += f"runpy.run_module({module!r},run_name='__main__')"
    return [_blender_program(), "-b", "--factory-startup", "--python-expr", code]


def _blender_program() -> str:
    import bpy

    return bpy.app.binary_path or "-"


class Patience:
    """A limit of seconds in which Blender could look. A redraw of whatever length counts as one tick of `TICK_S`."""

    def __init__(self, limit_s: float) -> None:
        self._left_s, self._looked = limit_s, time.monotonic()

    def is_over(self) -> bool:
        """Call it at every tick."""
        now = time.monotonic()
        self._left_s -= min(now - self._looked, TICK_S)
        self._looked = now
        return self._left_s < 0


class Start:
    """One attempt after another to start the hub."""

    def __init__(self, command: str) -> None:
        self._commands = _commands(command)
        self._process: subprocess.Popen[bytes] | None = None
        self.problem, self.next_step = "", ""
        self.unpacks = is_first_start()
        try:
            paths.claim_home()
            began = self.another()
        except KinetixError as error:
            self.problem, self.next_step = error.title, error.next_step
            return
        if not began:
            self.problem, self.next_step = NO_COMMAND, NO_COMMAND_ADVICE
            if other := _other_python():
                self.problem, self.next_step = OTHER_PYTHON, OTHER_PYTHON_CURE.format(python=other)

    def another(self) -> bool:
        """Start the next command. False when none is left."""
        for line, extra in self._commands:
            try:
                self._process = _detached(line, extra)
            except OSError:
                continue  # not executable, not there any more: the next command
            self._patience = Patience(UNPACK_S if self.unpacks else START_S)
            return True
        return False

    def takes_too_long(self) -> bool:
        """Call it at every tick."""
        return self._patience.is_over()

    def refusal(self) -> tuple[str, str] | None:
        """Return the program's error message and next step, or None."""
        if self._process is None or self._process.poll() != REFUSED:
            return None
        try:
            lines = log_file().read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return None
        return (lines[-2], lines[-1]) if len(lines) > 1 else None

    def ended(self) -> bool:
        """Return whether the program ended without success. `kinetix hub start` ends with 0 once the hub answers."""
        return self._process is not None and self._process.poll() not in (None, 0)


def _detached(line: list[str], extra: dict[str, str]) -> subprocess.Popen[bytes]:
    # It starts in the home folder: no `json.py` there may be imported.
    environment = {**os.environ, **extra, "PYTHONSAFEPATH": "1"}
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
    """Start the hub without waiting for it. `command`: the kinetix program from the preferences, or empty."""
    return Start(command.strip())
