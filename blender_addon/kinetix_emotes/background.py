# SPDX-License-Identifier: GPL-3.0-or-later
"""Slow work of Blender itself (opening a film, writing a glTF file) in a second Blender without a window: this one never waits."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import bpy

from kinetix_core.io import files
from kinetix_core.serving.environment import without_secrets

Json = dict[str, Any]
SCRIPTS = Path(__file__).parent / "background_scripts"


def scratch(name: str) -> Path:
    """Return a folder in this Blender's own temporary folder, which goes when it is closed."""
    folder = Path(bpy.app.tempdir) / "kinetix" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Task:
    """A running script of `background_scripts`. Poll it; no method waits.

    The script reads `order.json` in `folder` and writes its result to `answer.json`.
    """

    def __init__(self, script: str, folder: Path, order: Json) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "answer.json").unlink(missing_ok=True)
        files.write(folder / "order.json", json.dumps(order), durable=False)
        with files.open_log(folder / "log.txt", fresh=True) as log:
            self._process = subprocess.Popen(
                _command(SCRIPTS / f"{script}.py", folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=without_secrets(),
                creationflags=_quiet_flags(),
            )

    def ended(self) -> bool:
        return self._process.poll() is not None

    def answer(self) -> Json:
        """Return the script's result; {"error": …} after a failure."""
        try:
            found = json.loads((self.folder / "answer.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = None
        return found if isinstance(found, dict) else {"error": self._last_words()}

    def cancel(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):  # the disk holds it; it ends once that is done
                self._process.wait(5)

    def _last_words(self) -> str:
        try:
            lines = (self.folder / "log.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        except OSError:
            lines = []
        return lines[-1] if lines else "The background process ended without a word."


def _command(script: Path, folder: Path) -> list[str]:
    program = bpy.app.binary_path
    if program and Path(program).is_file():
        alone = ["--background", "--factory-startup", "--offline-mode", "--disable-autoexec", "--python-exit-code", "3"]
        return [program, *alone, "--python", str(script), "--", str(folder)]
    return [sys.executable, str(script), "--", str(folder)]  # Blender as a module of a Python program


def _quiet_flags() -> int:
    """Return process flags for no console window and a low priority."""
    if sys.platform != "win32":
        return 0
    return subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS
