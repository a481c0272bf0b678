"""Import a project while its editor is closed, and find failed imports, which Godot's exit code hides."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from kinetix_core.protocol.hub.answers import ImportReport
from kinetix_core.serving.environment import for_other_program
from kinetix_core.values.errors import InputError, KinetixError, mask

# Its own, the graphics drivers', and what our plugin in the project reads.
_READ_BY_GODOT = ("GODOT", "KINETIX_HOME", "KINETIX_NO_START", "KINETIX_COMMAND", "MESA_", "LIBGL_", "VK_", "DOTNET_")
_ERROR = re.compile(r"^(?:SCRIPT ERROR|ERROR|USER ERROR|USER SCRIPT ERROR): (.*)$", re.MULTILINE)
_LARGEST_IMPORT = 1 << 20


def find_godot(given: str | None = None) -> Path:
    """Return Godot's program. Raise InputError if there is none."""
    for name in (given, os.environ.get("GODOT"), "godot", "godot4", "Godot"):
        if name and (hit := shutil.which(name)):
            return Path(hit)
    raise InputError(
        "Godot was not found.",
        code="noGodot",
        next_step="Give its path: --godot /path/to/godot, or set the environment variable GODOT.",
    )


def import_project(project: Path, folder: str, godot: Path, timeout_s: float = 600) -> ImportReport:
    """Run `godot --headless --import`. Raise KinetixError after the timeout."""
    command = [str(godot), "--headless", "--path", str(project), "--import"]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=for_other_program(_READ_BY_GODOT),  # a project's plugins run in it
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        raise KinetixError(
            f"Godot did not finish the import within {timeout_s:.0f} s.",
            code="importTimeout",
            next_step="Open the project in the editor and look at its output.",
        ) from error
    finally:
        if process.poll() is None:
            _end(process)
    errors = list(dict.fromkeys(mask(line) for line in _ERROR.findall(output.decode("utf-8", "replace"))))
    return ImportReport(errors=errors, failed=failed_imports(project, folder))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill Godot and, where the system has sessions, its child processes."""
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def failed_imports(project: Path, folder: str) -> list[str]:
    """Return the project paths of files that Godot will not import again by itself."""
    found = []
    here = [Path(place, name) for place, _, names in os.walk(project / folder) for name in names]
    for path in sorted(path for path in here if path.suffix == ".import"):
        try:
            with path.open("rb") as file:
                text = file.read(_LARGEST_IMPORT)
        except FileNotFoundError:  # the sync removed it meanwhile
            continue
        if re.search(rb"^valid=false\r?$", text, re.MULTILINE):
            found.append(path.with_suffix("").relative_to(project).as_posix())
    return found
