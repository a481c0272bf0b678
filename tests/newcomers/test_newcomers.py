"""From each artefact to the first emote, by somebody with an empty system and no network: actions, seconds and a picture.

`make newcomers` runs these and writes pictures and figures to artefacts/newcomers; docs/engineering/newcomers.md has the kept ones.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import build_extension
import build_godot_addon
import wheels
from tests.blender import screen
from tests.godot.editor import PROJECT, Editor, add_channel, bad_lines
from tests.newcomers.empty_system import HOME, SHARED, EmptySystem, base
from tests.newcomers.record import KEPT, Actions, keep
from tests.support import tools
from tests.support.waiting import until

HANGS_S = 1800
MOST_IN_BLENDER, MOST_IN_GODOT = 5, 6
pytestmark = [
    pytest.mark.nightly,
    pytest.mark.timeout(HANGS_S + 60),
    pytest.mark.linux_only(reason="an empty system is made by mounts and namespaces"),
    pytest.mark.xdist_group("newcomers"),
]

CLIP = tools.ROOT / "samples" / "balance.mp4"
_DRAWN_BY_SOFTWARE = {"LIBGL_ALWAYS_SOFTWARE": "1"}


@contextlib.contextmanager
def running(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    try:
        yield process
    finally:
        screen.end(process)


# ---- Blender


def test_the_complete_file_in_an_empty_blender(tmp_path: Path) -> None:
    archive = build_extension.build_complete("linux-x64", "3.13", tmp_path)
    lower = base(
        "blender", "blender", "python3-numpy", "python3-requests", "libgl1-mesa-dri", "libglx-mesa0", "libegl-mesa0"
    )
    system = EmptySystem(lower, tmp_path, (tools.ROOT / "tests",))
    system.shared.mkdir()
    for file in (archive, CLIP):
        shutil.copy(file, system.shared)
    story = Path(__file__).with_name("blender_story.py")
    line = [
        "blender",
        *["--factory-startup", "--enable-event-simulate", "--window-geometry", "0", "0"],
        *map(str, screen.SIZE),
    ]
    line += ["--python-expr", "import bpy; bpy.context.preferences.view.show_splash = False", "--python", str(story)]
    log, result, shown = tmp_path / "blender.log", system.shared / "result.json", system.shared / "shown"
    with screen.display(tmp_path) as number:
        environment = {
            **_DRAWN_BY_SOFTWARE,
            "DISPLAY": number,
            "KB_SCRATCH": str(SHARED),
            "KB_ARCHIVE": str(SHARED / archive.name),
            "KB_CLIP": str(SHARED / CLIP.name),
            "KINETIX_HOME": f"{HOME}/.local/share/kinetix-bridge",
        }
        with running(system.start(line, log, environment)) as blender:
            steps = [*(system.shared / f"action {number + 1}" for number in range(MOST_IN_BLENDER)), shown]
            for step in steps:  # each has the limit for itself
                until(lambda: step.exists() or result.exists() or blender.poll() is not None, lambda: _end_of(log))  # noqa: B023
            screen.picture(number, KEPT / "blender.png")
            shown.unlink(missing_ok=True)
            until(result.exists, lambda: _end_of(log))
    told = json.loads(result.read_text(encoding="utf-8"))
    assert told.get("done"), f"{told.get('error')}\n{_end_of(log)}"
    keep("blender", told["actions"], told["seconds"], archive.stat().st_size)
    assert len(told["actions"]) == MOST_IN_BLENDER
    assert told["rigs"] == ["Mannequin"] and told["keys"] > 1000


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-3000:]


# ---- Godot


def test_the_complete_add_on_in_an_empty_godot_project(tmp_path: Path) -> None:
    archive = build_godot_addon.build_complete(tmp_path)
    godot = tools.godot().resolve().parents[1]
    system = EmptySystem(base("minimal"), tmp_path, (godot,))
    project = system.shared / "game"
    plugins = add_channel(project)
    (project / "project.godot").write_text(PROJECT.format(plugins=plugins), encoding="utf-8")
    (system.shared / "channel").mkdir()
    shutil.copy(CLIP, system.shared)
    system.hand_over()
    log = tmp_path / "editor.log"
    line = [str(godot / "bin" / "godot"), "--path", f"{SHARED}/game", "--editor", "--rendering-driver", "opengl3"]
    line += [
        "--rendering-method",
        "gl_compatibility",
        "--audio-driver",
        "Dummy",
        "--windowed",
        "--resolution",
        "1280x980",
    ]
    with screen.display(tmp_path) as number:
        environment = {**_DRAWN_BY_SOFTWARE, "DISPLAY": number, "KINETIX_TEST_CHANNEL": f"{SHARED}/channel"}
        with running(system.start(line, log, environment)) as process:
            editor = Editor(system.shared, log, process, number)
            editor.until("not EditorInterface.get_resource_filesystem().is_scanning()")
            actions = Actions()
            _first_emote(editor, system, archive, actions)
            editor.run(_SHOWN)
            editor.shot(KEPT / "godot.png")
    actions.keep("godot", archive.stat().st_size)
    assert len(actions.done) == MOST_IN_GODOT
    # A minimal system has no list of authorities, which Godot looks for at every start.
    wrong = [line for line in bad_lines(editor.output()) if "ca-certificates.crt" not in line]
    assert not wrong, wrong


# For the picture alone: the emote plays in the dock's preview.
_SHOWN = """
plugin.dock.show_tab("Library")
var list: ItemList = plugin.dock.find_child("Emotes", true, false)
list.select(0)
list.item_selected.emit(0)
await plugin.get_tree().create_timer(4).timeout
return true
"""


def _first_emote(editor: Editor, system: EmptySystem, archive: Path, actions: Actions) -> None:
    """Do a person's actions in the editor; controls are found by name."""
    found = "EditorInterface.get_base_control().find_child('%s', true, false)"
    actions.note("unpack the file into the project")
    build_godot_addon.install(archive, system.shared / "game")
    system.hand_over()
    editor.run("EditorInterface.get_resource_filesystem().scan()\nreturn true")
    # Until then the file dock does not show the folder either.
    editor.until("ProjectSettings.get_global_class_list().any(func(each): return each['class'] == 'EmoteClip')")
    editor.until("not EditorInterface.get_resource_filesystem().is_scanning()")
    actions.note("enable the plugin")
    editor.run("EditorInterface.set_plugin_enabled('kinetix_emotes', true)\nreturn true")
    editor.until("plugin != null and plugin.link.is_up()")
    actions.note("bring emotes into this project")
    editor.run(f"{found % 'SyncProject'}.pressed.emit()\nreturn true")
    editor.until("plugin.link.targets.size() == 1")
    actions.note("open the page Create")
    editor.run(f"{found % 'Tabs'}.current_tab = 1\nreturn true")
    actions.note("choose the clip")
    editor.run(f"{found % 'Clip'}.text = '{SHARED}/{CLIP.name}'\nreturn true")
    actions.note("create the emote")
    editor.run(f"{found % 'CreateFromClip'}.pressed.emit()\nreturn true")
    editor.until("ResourceLoader.exists('res://emotes/balance.glb')")


# ---- the command line


@pytest.mark.parametrize("installer", ["uv tool install --no-index", "pipx install"])
def test_the_wheel_on_an_empty_system(installer: str, tmp_path: Path) -> None:
    lower = base("python", "python3-venv", "pipx")
    system = EmptySystem(lower, tmp_path)
    found = [wheels.project_wheel(tmp_path / "own"), wheels.models_wheel(tmp_path / "own")]
    cached = build_extension.DIST / "complete-wheels" / "linux-x64-3.13"
    found += wheels.fetch(wheels.COMPLETE_LOCK, "linux-x64", ["3.13"], cached)
    index = system.shared / "index"
    index.mkdir(parents=True)
    for file in (*found, *(lower / "usr/share/python-wheels").glob("pip-*.whl")):  # pipx takes pip from the index too
        shutil.copy(file, index)
    # ai-edge-litert asks for it; of its versions the one in the lock is for Python before 3.11, which pip heeds and uv does not.
    older = [
        sys.executable,
        *["-m", "pip", "download", "--quiet", "--no-deps", "backports-strenum<1.3", "--dest"],
        str(index),
    ]
    subprocess.run(older, check=True, stdin=subprocess.DEVNULL)
    shutil.copy(CLIP, system.shared)
    programs = tmp_path / "upper" / "usr" / "local" / "bin"
    programs.mkdir(parents=True)
    shutil.copy(tools.ROOT / ".venv" / "bin" / "uv", programs)
    log, actions = tmp_path / "commands.log", Actions()

    def typed(command: str) -> None:
        with running(system.start(command.split(), log, _INSTEAD_OF_AN_INDEX)) as process:
            until(lambda: process.poll() is not None, lambda: _end_of(log))
            assert process.returncode == 0, _end_of(log)

    actions.note("install kinetix-bridge[local]")
    typed(f"{installer} kinetix-bridge[local]")
    actions.note("create the emote")
    typed(f"kinetix emote create {SHARED}/{CLIP.name} --name First")
    name = installer.partition(" ")[0]
    actions.keep(name, sum(file.stat().st_size for file in found))
    typed(f"kinetix emote get First --format thumbnail --out {SHARED}/first.png")
    shutil.copy(system.shared / "first.png", KEPT / f"{name}.png")
    typed(f"kinetix emote get First --format glb --out {SHARED}/first.glb")
    assert (system.shared / "first.glb").stat().st_size > 100_000
    assert len(actions.done) == 2


# Where packages lie: with a network none of these is needed.
_INSTEAD_OF_AN_INDEX = {
    "UV_FIND_LINKS": f"{SHARED}/index",
    "PIP_FIND_LINKS": f"{SHARED}/index",
    "PIP_NO_INDEX": "1",
    "PATH": f"{HOME}/.local/bin:/usr/local/bin:/usr/bin:/bin",
}
