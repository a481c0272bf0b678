"""A real Godot on a project with the built add-on. A test speaks to the editor in GDScript: a file in, a JSON answer out."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import build_godot_addon
from tests.support import tools
from tests.support.made_once import made_once
from tests.support.waiting import LIMIT_S, until

__all__ = [
    "PROJECT",
    "Editor",
    "add_channel",
    "bad_lines",
    "bring_caches",
    "editor",
    "end_service",
    "godot",
    "hub",
    "imported_project",
    "make_project",
    "xvfb",
]

# Lines that say ERROR and are no fault of ours: no desktop, the engine's own count at its end, gizmos of a scene that closes.
ALLOWED = (
    re.compile(r"BadWindow|X11|XServer|XRandR|Vulkan|libdecor|dbus|D-Bus|ALSA|pulse|udev|libEGL|speech", re.IGNORECASE),
    re.compile(r"Pages in use exist at exit|RID allocations of type|still in use at exit|ObjectDB instances"),
    # The editor's own look for changes, when its window gets the focus back while an import runs. Godot refuses that second
    # import and looks again later.
    re.compile(r"Attempted to call reimport_files\(\) recursively"),
    # Godot reports the status with which the hub refuses a web socket beyond its limit.
    re.compile(r"Invalid status code. Got: '429'|Invalid response headers\.$"),
    re.compile(r'Condition "!is_inside_tree\(\)" is true. Returning: get_transform'),
)

PROJECT = """config_version=5

[application]

config/name="Kinetix test"
config/features=PackedStringArray("4.6")

[editor_plugins]

enabled=PackedStringArray({plugins})

[rendering]

renderer/rendering_method="gl_compatibility"
"""

# The main screen with which an editor begins. Its own, 3D, would compile and draw a sky in software before a test leaves it:
# half of what the start of an editor with windows costs.
_BEGINS_WITH_SCRIPTS = "[EditorNode]\n\nselected_main_editor_idx=2\n"

_CHANNEL = """@tool
extends EditorPlugin
## Runs the GDScript that a test writes into the channel folder and writes down what it returns.

var _folder := OS.get_environment("KINETIX_TEST_CHANNEL")
var _is_busy := false


func _process(_delta: float) -> void:
	if _is_busy or _folder.is_empty():
		return
	for file: String in DirAccess.get_files_at(_folder):
		if file.get_extension() == "gd":
			_is_busy = true
			await _run(_folder.path_join(file))
			_is_busy = false
			return


func _run(path: String) -> void:
	var script := GDScript.new()
	script.source_code = FileAccess.get_file_as_string(path)
	DirAccess.remove_absolute(path)
	var result: Variant = "the script does not compile"
	if script.reload() == OK:
		var runner: Object = script.new()
		var is_there := Engine.has_meta(&"kinetix_emotes")
		result = await runner.call(&"run", Engine.get_meta(&"kinetix_emotes") if is_there else null)
	var answer := path.get_basename() + ".json"
	var file := FileAccess.open(answer + ".tmp", FileAccess.WRITE)
	file.store_string(JSON.stringify(result))
	file.close()
	DirAccess.rename_absolute(answer + ".tmp", answer)
"""


def make_project(root: Path, *, channel: bool = False) -> Path:
    """A project with the add-on as it is shipped."""
    project = root / "project"
    project.mkdir(parents=True)
    build_godot_addon.install(build_godot_addon.build(root / "dist"), project)
    plugins = ['"res://addons/kinetix_emotes/plugin.cfg"']
    if channel:
        plugins.append(add_channel(project))
    (project / "project.godot").write_text(PROJECT.format(plugins=", ".join(plugins)), encoding="utf-8")
    return project


def add_channel(project: Path) -> str:
    """The plugin by which a test speaks to the editor of this project; gives its line for `enabled` in project.godot."""
    place = project / "addons" / "test_channel"
    place.mkdir(parents=True)
    (place / "plugin.gd").write_text(_CHANNEL, encoding="utf-8")
    (place / "plugin.cfg").write_text(
        '[plugin]\nname="c"\ndescription=""\nauthor=""\nversion="1"\nscript="plugin.gd"\n', encoding="utf-8"
    )
    return '"res://addons/test_channel/plugin.cfg"'


def _imported_once(factory: pytest.TempPathFactory) -> Path:
    def make(folder: Path) -> None:
        code, output = godot(folder, make_project(folder, channel=True), "--import")
        assert code == 0 and not bad_lines(output), bad_lines(output)

    return made_once(factory, "godot-project", make)


def bring_caches(factory: pytest.TempPathFactory, root: Path) -> None:
    """Copy the cache of a started editor: its documentation takes half a second to build."""
    shutil.copytree(_imported_once(factory) / "cache", root / "cache")


def imported_project(factory: pytest.TempPathFactory, root: Path) -> Path:
    """`root/project` with the add-on and the channel, as Godot leaves it after its first import, which takes seconds."""
    bring_caches(factory, root)
    return Path(shutil.copytree(_imported_once(factory) / "project", root / "project"))


def own_environment(root: Path) -> dict[str, str]:
    """Godot's settings, caches and user folder below `root`."""
    names = {"XDG_CONFIG_HOME": "config", "XDG_DATA_HOME": "data", "XDG_CACHE_HOME": "cache"}
    return {**os.environ, **{key: str(root / value) for key, value in names.items()}}


def godot(root: Path, project: Path | None, *arguments: str, display: str = "") -> tuple[int, str]:
    """Run Godot to its end, headless without a `display`; return the exit code and the output."""
    command = [
        str(tools.godot()),
        *(["--rendering-driver", "opengl3", "--audio-driver", "Dummy"] if display else ["--headless"]),
        "--no-header",
        *(["--path", str(project)] if project else []),
        *arguments,
    ]
    ended = subprocess.run(
        command,
        cwd=root,
        env={**own_environment(root), **({"DISPLAY": display} if display else {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LIMIT_S,
    )
    return ended.returncode, ended.stdout.decode("utf-8", "replace")


def bad_lines(output: str) -> list[str]:
    """Errors in Godot's output that are not on the allow list."""
    found = []
    for line in output.splitlines():
        if re.match(r"\s*(SCRIPT ERROR|ERROR|USER ERROR|USER SCRIPT ERROR|Parse Error)", line) and not any(
            allowed.search(line) for allowed in ALLOWED
        ):
            found.append(line)
    return found


class Editor:
    """A running editor."""

    def __init__(self, root: Path, log: Path, process: subprocess.Popen[bytes], display: str = "") -> None:
        self.root, self.log, self.process, self.display = root, log, process, display
        self._expected: list[str] = []
        self._channel = root / "channel"
        self._number = 0

    def run(self, body: str) -> Any:
        """Run the lines of a function `run(plugin)` in the editor; return what it returns."""
        self._number += 1
        name = f"{self._number:04}"
        lines = "".join(f"\t{line}\n" for line in body.strip("\n").splitlines())
        text = f"@tool\nextends RefCounted\n\nfunc run(plugin):\n{lines}"
        temporary = self._channel / f"{name}.txt"
        temporary.write_text(text, encoding="utf-8")
        temporary.rename(self._channel / f"{name}.gd")
        answer = self._channel / f"{name}.json"

        def answered() -> bool:
            assert self.process.poll() is None, f"the editor ended: {self.output()[-2000:]}"
            return answer.exists()

        until(answered, f"the answer to {body!r}")
        return json.loads(answer.read_text(encoding="utf-8"))

    def until(self, expression: str) -> Any:
        return until(lambda: self.run(f"return {expression}"), expression)

    def output(self) -> str:
        """Return the log without the lines that were expected."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        for expected in self._expected:
            text = text.replace(expected, "", 1)
        return text

    @contextmanager
    def expecting(self, pattern: str) -> Iterator[None]:
        """Leave out of the output the lines with `pattern` that Godot writes within the block."""
        before = len(self.output())
        yield
        self._expected += [line for line in self.output()[before:].splitlines() if re.search(pattern, line)]

    def click(self, x: float, y: float) -> None:
        """Clicks with a real pointer."""
        environment = {**os.environ, "DISPLAY": self.display}
        command = ["xdotool", "mousemove", str(round(x)), str(round(y)), "sleep", "0.15", "click", "1"]
        subprocess.run(command, env=environment, check=True, stdin=subprocess.DEVNULL, timeout=LIMIT_S)

    def point(self, x: float, y: float) -> None:
        """Move the real pointer there."""
        environment = {**os.environ, "DISPLAY": self.display}
        command = ["xdotool", "mousemove", str(round(x)), str(round(y))]
        subprocess.run(command, env=environment, check=True, stdin=subprocess.DEVNULL, timeout=LIMIT_S)

    def shot(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "DISPLAY": self.display}
        subprocess.run(
            ["import", "-window", "root", str(path)],
            env=environment,
            check=True,
            stdin=subprocess.DEVNULL,
            timeout=LIMIT_S,
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and everything it started."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(LIMIT_S)
    process.wait(LIMIT_S)


def end_service(info: Path) -> None:
    """End the service that a hub started: it has a session of its own and outlives the hub."""
    try:
        pid = int(json.loads(info.read_text(encoding="utf-8"))["pid"])
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError, KeyError):
        return
    if b"kinetix_" not in command:  # the number belongs to somebody else by now
        return

    def is_gone() -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0] == "Z"
        except OSError:
            return True

    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sign)
        with contextlib.suppress(AssertionError):
            until(is_gone, "the service's end")
            return


@contextmanager
def editor(
    root: Path,
    project: Path,
    more: dict[str, str],
    display: str = "",
    *,
    alone: bool = False,
    enabled: bool = True,
) -> Iterator[Editor]:
    """An editor with the channel and, if it is `enabled`, the add-on; with a `display` it has windows and begins with
    the scripts, `alone` neither network nor Python."""
    (root / "channel").mkdir(exist_ok=True)
    environment = {**own_environment(root), "KINETIX_TEST_CHANNEL": str(root / "channel"), **more}
    command = [str(tools.godot()), "--path", str(project), "--editor"]
    if display:
        layout = project / ".godot/editor/editor_layout.cfg"
        layout.parent.mkdir(parents=True, exist_ok=True)
        layout.write_text(_BEGINS_WITH_SCRIPTS, encoding="utf-8")
        environment["DISPLAY"] = display
        command += [
            "--rendering-driver",
            "opengl3",
            "--rendering-method",
            "gl_compatibility",
            "--audio-driver",
            "Dummy",
        ]
        command += ["--windowed", "--resolution", "1280x800", "--position", "0,0"]
    else:
        command.insert(1, "--headless")
    if alone:
        without = str(tools.ROOT / "tests" / "support" / "without_network.py")
        command = [sys.executable, without, "--without-python", *command]
    log = root / "editor.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        found = Editor(root, log, process, display)
        found.until(
            f"(plugin != null) == {str(enabled).lower()} and not EditorInterface.get_resource_filesystem().is_scanning()"
        )
        yield found
    finally:
        _end(process)


@contextmanager
def hub(home: Path, log: Path) -> Iterator[tuple[dict[str, str], subprocess.Popen[bytes]]]:
    """A real hub with the quick stand-in for the capture. Gives the environment that finds it, and its process."""
    environment = {
        **os.environ,
        "KINETIX_HOME": str(home),
        "KINETIX_LOCAL_CAPTURE": "tests.godot.quick_capture:deliver",
        "PYTHONPATH": str(tools.ROOT),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "kinetix_hub", "--idle", "0"],
            env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        until((home / "hub/hub.json").exists, "the hub")
        yield {"KINETIX_HOME": str(home), "KINETIX_NO_START": "1"}, process
    finally:
        end_service(home / "hub/hub.json")  # gently first: what the hub started ends with it, if it can
        _end(process)
        end_service(home / "local/serve.json")
        (home / "hub/hub.json").unlink(missing_ok=True)


@contextmanager
def xvfb() -> Iterator[str]:
    """An X server of our own on a free display."""
    reader, writer = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[writer], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    os.close(writer)
    try:
        with os.fdopen(reader) as numbers:
            yield f":{numbers.readline().strip()}"
    finally:
        _end(process)
