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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import build_godot_addon
from kinetix_core.protocol.hub.info import read_info
from tests.support import tools
from tests.support.hub_json import HubLink
from tests.support.made_once import made_once
from tests.support.present import present
from tests.support.waiting import LIMIT_S, until

__all__ = [
    "PROJECT",
    "Editor",
    "add_channel",
    "bad_lines",
    "bring_caches",
    "editor",
    "export_pack",
    "godot",
    "hub",
    "imported_project",
    "link_of",
    "make_project",
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
		result = await runner.call(&"run")
	var answer := path.get_basename() + ".json"
	var file := FileAccess.open(answer + ".tmp", FileAccess.WRITE)
	file.store_string(JSON.stringify(result))
	file.close()
	DirAccess.rename_absolute(answer + ".tmp", answer)
"""

# What a test runs in the editor, after what is at hand there.
_SCRIPT = """@tool
extends RefCounted

var plugin = Engine.get_meta(&"kinetix_emotes") if Engine.has_meta(&"kinetix_emotes") else null
var link = plugin.link if plugin else null
var imports = plugin.imports if plugin else null
var dock = plugin.dock if plugin else null
var library = dock.library_view if dock else null
var preview = library.preview if library else null
var menu = library.menu if library else null
var create = dock.create_view if dock else null


func part(name):
	return dock.find_child(name, true, false)


func emote(name):
	return link.emotes.values().filter(func(e): return e.name == name)[0]


func frames(count):
	for frame in count: await Engine.get_main_loop().process_frame


## Whether these emotes are listed.
func lists(names):
	return names.all(func(name): return library._names.has(name))


func scene():
	return EditorInterface.get_edited_scene_root()


## Save a scene that is named as its root is, and open it.
func open_scene(root):
	for node in root.find_children("*", "", true, false):
		if not node.owner: node.owner = root
	var packed = PackedScene.new()
	packed.pack(root)
	var path = "res://%s.tscn" % root.name.to_lower()
	ResourceSaver.save(packed, path)
	root.free()
	EditorInterface.open_scene_from_path(path)
	while not scene() or scene().scene_file_path != path: await frames(1)


func history():
	var all = plugin.get_undo_redo()
	return all.get_history_undo_redo(all.get_object_history_id(scene()))


func undo():
	history().undo()


func run():
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


def export_pack(project: Path, pack: Path, left_out: str = "") -> None:
    """Export all resources of a project but those that match `left_out`."""
    (project / "export_presets.cfg").write_text(
        '[preset.0]\n\nname="Pack"\nplatform="Linux"\nrunnable=true\nexport_filter="all_resources"\ninclude_filter=""\n'
        f'exclude_filter="{left_out}"\nexport_path=""\n\n[preset.0.options]\n\nbinary_format/embed_pck=false\n',
        encoding="utf-8",
    )
    code, output = godot(project.parent, project, "--export-pack", "Pack", str(pack))
    assert code == 0 and not bad_lines(output), output


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
    """A running editor, with the actions of its user."""

    def __init__(self, root: Path, log: Path, process: subprocess.Popen[bytes], display: str = "") -> None:
        self.root, self.log, self.process, self.display = root, log, process, display
        self.project, self.home, self.source = root / "project", root / "home", root / "source"
        self._expected: list[str] = []
        self._channel = root / "channel"
        self._number = 0

    def run(self, body: str) -> Any:
        """Run the lines of a function in the editor, after those of `_SCRIPT`; return what it returns."""
        self._number += 1
        name = f"{self._number:04}"
        text = _SCRIPT + "".join(f"\t{line}\n" for line in body.strip("\n").splitlines())
        temporary = self._channel / f"{name}.txt"
        temporary.write_text(text, encoding="utf-8")
        temporary.rename(self._channel / f"{name}.gd")
        answer = self._channel / f"{name}.json"

        def answered() -> bool:
            assert self.process.poll() is None, f"the editor ended: {self.output()[-2000:]}"
            return answer.exists()

        until(answered, f"the answer to {body!r}")
        return json.loads(answer.read_text(encoding="utf-8"))

    def get(self, expression: str) -> Any:
        return self.run(f"return {expression}")

    def until(self, expression: str) -> Any:
        return until(lambda: self.get(expression), expression)

    def pretend(self, body: str) -> Any:
        """Run lines that change what the dock holds of the hub, undisturbed by events; then the dock reads it anew."""
        found = self.run(f"link.set_process(false)\n{body}")
        self.run("link._take_message(JSON.stringify({'reset': true}))\nlink.set_process(true)")
        self.until("link.is_up()")
        return found

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

    def _on_display(self, *command: str) -> None:
        environment = {**os.environ, "DISPLAY": self.display}
        subprocess.run(command, env=environment, check=True, stdin=subprocess.DEVNULL, timeout=LIMIT_S)

    def point(self, x: float, y: float, *then: str) -> None:
        """Move the real pointer, and do more with it: words of xdotool."""
        self._on_display("xdotool", "mousemove", str(round(x)), str(round(y)), *then)

    def shot(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._on_display("import", "-window", "root", str(path))

    def frames(self, count: int) -> None:
        self.run(f"await frames({count})")

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask the hub."""
        return link_of(self.home).call(method, path, body, timeout_s=LIMIT_S)

    def follow(self, folder: str, source: str) -> str:
        """Add a sync target to the project and return its id."""
        body = {"project": str(self.project), "folder": folder, "source": source}
        return str(self.call("POST", "/v1/sync/targets", body)["id"])

    def export(self, name: str, data: bytes) -> None:
        """Write beside the source and rename, as authoring tools do."""
        temporary = self.root / f".{name}"
        temporary.write_bytes(data)
        temporary.rename(self.source / name)

    def tab(self, tab: str) -> None:
        self.run(f"dock.show_tab('{tab}')\nawait frames(3)")

    def choose(self, name: str, item: str) -> None:
        """Choose an item of an emote's menu."""
        self.run(f"menu.fill(emote('{name}').id)\nmenu.choose(menu.Item.{item})")

    def press(self, button: str) -> None:
        found = f"part('{button}')"
        self.until(f"{found} != null and {found}.visible and not {found}.disabled")
        self.run(f"{found}.pressed.emit()")

    def answer(self, dialog: str) -> str:
        """Confirm an open question and return its text."""
        self.until(f"part('{dialog}').visible")
        return str(self.run(f"part('{dialog}').get_ok_button().pressed.emit()\nreturn part('{dialog}').dialog_text"))

    def click(self, button: str, condition: Callable[[], Any], what: str) -> None:
        """Click until the button, an expression, receives it, then wait for the effect."""
        self.run("plugin.set_meta('felt', false)")
        until(lambda: condition() or self._felt(button), f"a click for {what}")
        until(condition, what)

    def _felt(self, button: str) -> bool:
        """Click once. Imports pause, as their dialog takes clicks."""
        place = self.run(
            f"var button = {button}\n"
            "if not button or not button.is_visible_in_tree() or not imports.is_idle(): return null\n"
            "imports.set_process(false)\n"
            "button.pressed.connect(func(): plugin.set_meta('felt', true), CONNECT_ONE_SHOT)\n"
            "var middle = button.get_global_rect().get_center()\n"
            "return [middle.x, middle.y]"
        )
        if place is None:
            return False
        self.point(*place, "sleep", "0.15", "click", "1")
        return bool(self.run("await frames(30)\nimports.set_process(true)\nreturn plugin.get_meta('felt')"))

    def settle(self) -> None:
        """Wait for pending imports; a file must not be removed while Godot reads it."""
        self.frames(30)
        self.until("imports.is_idle()")

    def imported(self, file: str) -> None:
        """Wait until the add-on reports the import of a file since the last call."""
        self.until(f"'res://{file}' in plugin.get_meta('done')")
        self._forget(file)

    def _forget(self, file: str) -> None:
        self.run(f"while 'res://{file}' in plugin.get_meta('done'): plugin.get_meta('done').erase('res://{file}')")

    @contextmanager
    def importing(self, file: str) -> Iterator[None]:
        """Wait until the add-on has imported the file that the block adds."""
        self._forget(file)
        yield
        self.imported(file)


def link_of(home: Path) -> HubLink:
    return HubLink(present(read_info(home / "hub/hub.json")))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and everything it started, gently: a hub ends its service."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    process.wait(LIMIT_S)


_WINDOWS = [
    *("--rendering-driver", "opengl3", "--rendering-method", "gl_compatibility", "--audio-driver", "Dummy"),
    *("--windowed", "--resolution", "1280x800", "--position", "0,0"),
]


@contextmanager
def editor(
    root: Path,
    more: dict[str, str] | None = None,
    display: str = "",
    *,
    alone: bool = False,
    enabled: bool = True,
    is_hostile: bool = False,
) -> Iterator[Editor]:
    """Open `root/project` with the channel and, if it is `enabled`, the add-on, and expect no error.

    With a `display` there are windows, beginning with the scripts; `alone` there is neither network nor Python. The output of a
    project that `is_hostile` is not judged.
    """
    (root / "channel").mkdir(exist_ok=True)
    project, log = root / "project", root / "editor.log"
    own = {"KINETIX_HOME": str(root / "home"), "KINETIX_NO_START": "1", "KINETIX_TEST_CHANNEL": str(root / "channel")}
    environment = {**own_environment(root), **own, **(more or {}), **({"DISPLAY": display} if display else {})}
    command = [str(tools.godot()), "--path", str(project), "--editor", *(_WINDOWS if display else ["--headless"])]
    if display:
        layout = project / ".godot/editor/editor_layout.cfg"
        layout.parent.mkdir(parents=True, exist_ok=True)
        layout.write_text(_BEGINS_WITH_SCRIPTS, encoding="utf-8")
    if alone:
        without = str(tools.ROOT / "tests" / "support" / "without_network.py")
        command = [sys.executable, without, "--without-python", *command]
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
        if enabled:
            found.run(
                "plugin.set_meta('done', [])\n"
                "imports.imported.connect(func(paths): plugin.get_meta('done').append_array(Array(paths)))"
            )
        if display:
            found.run(
                "EditorInterface.set_main_screen_editor('Script')\nvar at = dock.get_parent()\n"
                "if at.has_method('make_visible'): at.make_visible()"
            )
        yield found
        assert is_hostile or not bad_lines(found.output()), bad_lines(found.output())
    finally:
        _end(process)


@contextmanager
def hub(root: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real hub at home in `root/home`, with the quick stand-in for the capture; gives its process."""
    info = root / "home/hub/hub.json"
    environment = {
        **os.environ,
        "KINETIX_HOME": str(root / "home"),
        "KINETIX_LOCAL_CAPTURE": "tests.godot.quick_capture:deliver",
        "PYTHONPATH": str(tools.ROOT),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    with (root / "hub.log").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "kinetix_hub", "--idle", "0"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until(info.exists, "the hub")
        yield process
    finally:
        _end(process)
        info.unlink(missing_ok=True)
