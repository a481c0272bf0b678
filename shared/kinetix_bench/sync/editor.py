"""Latency from the source folder to a library loaded in a Godot editor and shown in its running game, beside Godot alone.

A hub and a headless editor with the add-on are started for it, on a project of its own; both are ended and forgotten with it.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kinetix_bench.process import hub, running, wait
from kinetix_bench.sync.files import real_emote
from kinetix_bench.sync.landing import summary
from kinetix_core.protocol.hub.bodies import TargetBody
from kinetix_core.protocol.hub.sync_models import SyncTarget
from kinetix_core.values.errors import KinetixError

Json = dict[str, Any]
ADDON = Path(__file__).resolve().parents[3] / "godot_bridge" / "addons" / "kinetix_emotes"
_PAUSE_S = 0.35
_SECOND_S = 1.1  # Godot alone sees a change of a file by the second
_ALONE = 8

_PROJECT = """config_version=5

[application]
config/name="Kinetix bench"

[editor]
run/main_run_args="--headless"

[editor_plugins]
enabled=PackedStringArray("res://addons/kinetix_emotes/plugin.cfg", "res://addons/probe/plugin.cfg")
"""
_PROBE_CFG = '[plugin]\nname="probe"\ndescription=""\nauthor=""\nversion="1"\nscript="plugin.gd"\n'
# Writes a line when all is up and one for every library that can be loaded. In the second half Godot is by itself: it is
# made to look for new files all the time, which it else does when its window comes to the front.
_PROBE = """@tool
extends EditorPlugin

var _log := OS.get_environment("KINETIX_BENCH_LOG")
var _is_up := false


func _process(_delta: float) -> void:
	var ours: Variant = Engine.get_meta(&"kinetix_emotes", null)
	var files := EditorInterface.get_resource_filesystem()
	if files.is_scanning() or not ours:
		return
	if not _is_up and ours.link.is_up():
		_is_up = true
		ours.imports.imported.connect(_on_imported)
		files.resources_reimported.connect(_on_reimported)
		_write("up")
	if _is_up and FileAccess.file_exists("res://alone/begin"):
		files.scan()
	if FileAccess.file_exists("res://alone/play") != EditorInterface.is_playing_scene():
		if EditorInterface.is_playing_scene():
			EditorInterface.stop_playing_scene()
		else:
			EditorInterface.play_custom_scene("res://game.tscn")


func _on_imported(paths: PackedStringArray) -> void:
	_note("res://emotes/", paths)


func _on_reimported(paths: PackedStringArray) -> void:
	_note("res://alone/", paths)


func _note(folder: String, paths: PackedStringArray) -> void:
	for path: String in paths:
		if path.begins_with(folder) and load(path) is AnimationLibrary:
			_write("%s %.6f" % [path, Time.get_unix_time_from_system()])


func _write(line: String) -> void:
	var mode := FileAccess.READ_WRITE if FileAccess.file_exists(_log) else FileAccess.WRITE
	var file := FileAccess.open(_log, mode)
	file.seek_end()
	file.store_line(line)
"""
# Writes a line when an emote plays, and for each new version: of the one that the sync brings once it is shown, of Godot's own
# once its library has it.
_GAME = """extends Node3D

var _alone: AnimationLibrary = load("res://alone/a0.glb")

func _ready() -> void:
	var skeleton := Skeleton3D.new()
	for bone in ["Hips", "LeftUpperArm", "LeftLowerArm"]:
		skeleton.add_bone(bone)
	add_child(skeleton)
	var file := FileAccess.open(OS.get_environment("KINETIX_BENCH_LOG") + ".game", FileAccess.WRITE)
	var write := func(path: String) -> void:
		file.store_line("%s %.6f" % [path, Time.get_unix_time_from_system()])
		file.flush()
	var player := EmotePlayer.new()
	player.libraries.append(load("res://emotes/e0.glb"))
	player.loop = EmotePlayer.Loop.ALWAYS
	player.emote_updated.connect(func(_emote): write.call("res://emotes/e0.glb"))
	add_child(player)
	_alone.animation_added.connect(func(_animation): write.call("res://alone/a0.glb"))
	if player.play(&"bench"):
		write.call("plays")
"""
_SCENE = """[gd_scene load_steps=2 format=3]

[ext_resource type="Script" path="res://game.gd" id="1"]

[node name="Game" type="Node3D"]
script = ExtResource("1")
"""


def loading(root: Path, godot: Path, count: int, resources: int) -> Json:
    """Milliseconds from landing to loaded for `count` emotes in a project of `resources` files, and for Godot without the sync;
    then the same until the editor's running game has the new version of one emote.

    Raises KinetixError when the hub or the editor does not come up, or an emote does not arrive.
    """
    project, source = _make_project(root, resources)
    log = root / "loaded.txt"
    shown = log.with_name(f"{log.name}.game")
    with hub(root / "home") as link:
        link.post(SyncTarget, "/sync/targets", TargetBody(project=str(project), folder="emotes", source=str(source)))
        with _editor(root, godot, project, log):
            wait(lambda: "up" in _lines(log), 120, "The editor did not come up.")
            ours = _landed(source, [f"e{number}.glb" for number in range(count)], log, "res://emotes/")
            alone = _alone(project, log)
            (project / "alone" / "play").touch()
            wait(lambda: any(line.startswith("plays") for line in _lines(shown)), 60, "The game did not come up.")
            in_game = _landed(source, ["e0.glb"] * count, shown, "res://emotes/", 1000)
            in_game_alone = _landed(project / "alone", ["a0.glb"] * _ALONE, shown, "res://alone/", 6000, _SECOND_S)
            (project / "alone" / "play").unlink()
            time.sleep(1)
    return {
        "resources": resources,
        "count": count,
        "loadMs": summary(ours),
        "godotAloneMs": summary(alone),
        "gameMs": summary(in_game),
        "gameGodotAloneMs": summary(in_game_alone),
    }


def _landed(
    source: Path, names: list[str], log: Path, folder: str, numbers_from: int = 0, pause_s: float = _PAUSE_S
) -> list[float]:
    """Milliseconds from each file's rename until the log's next line about it."""
    taken = []
    for number, name in enumerate(names, numbers_from):
        temporary = source.parent / f".{name}"
        temporary.write_bytes(real_emote(number))
        sent = time.time()
        temporary.rename(source / name)

        def arrived(path: str = folder + name, since: float = sent) -> list[float]:
            pairs = (line.rpartition(" ") for line in _lines(log))
            return [float(when) for about, _, when in pairs if about == path and float(when) > since]

        taken.append((wait(arrived, 60, f"{name} did not arrive.")[0] - sent) * 1000)
        time.sleep(pause_s)
    return taken


def _alone(project: Path, log: Path) -> list[float]:
    """The same files with the same import settings, put into the project by hand."""
    folder = project / "alone"
    folder.mkdir()
    names = [f"a{number}.glb" for number in range(_ALONE)]
    settings = (project / "emotes" / "e0.glb.import").read_text(encoding="utf-8")
    for name in names:
        lines = [line for line in settings.splitlines() if not line.startswith(("uid=", "path=", "dest_files="))]
        text = "\n".join(lines).replace("res://emotes/e0.glb", f"res://alone/{name}")
        (folder / f"{name}.import").write_text(text + "\n", encoding="utf-8")
    (folder / "begin").touch()
    time.sleep(3)
    return _landed(folder, names, log, "res://alone/", numbers_from=5000)


def _lines(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def _make_project(root: Path, resources: int) -> tuple[Path, Path]:
    if not ADDON.is_dir():
        step = "Run the benchmark from a checkout."
        raise KinetixError("The add-on is not beside this program.", code="addonNotFound", next_step=step)
    project, source = root / "editor-project", root / "editor-source"
    source.mkdir()
    shutil.copytree(ADDON, project / "addons" / "kinetix_emotes")
    probe = project / "addons" / "probe"
    probe.mkdir()
    (probe / "plugin.cfg").write_text(_PROBE_CFG, encoding="utf-8")
    (probe / "plugin.gd").write_text(_PROBE, encoding="utf-8")
    (project / "project.godot").write_text(_PROJECT, encoding="utf-8")
    (project / "game.gd").write_text(_GAME, encoding="utf-8")
    (project / "game.tscn").write_text(_SCENE, encoding="utf-8")
    (project / "emotes").mkdir()
    for number in range(resources):
        folder = project / "assets" / f"f{number // 200}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"r{number}.tres").write_text('[gd_resource type="Resource" format=3]\n\n[resource]\n', "utf-8")
    return project, source


@contextmanager
def _editor(root: Path, godot: Path, project: Path, log: Path) -> Iterator[None]:
    own = {name: str(root / name.lower()) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    ours = {"KINETIX_HOME": str(root / "home"), "KINETIX_NO_START": "1", "KINETIX_BENCH_LOG": str(log)}
    environment = {**own, **ours}
    command = [str(godot), "--headless", "--path", str(project)]
    with running([*command, "--import"], environment) as process:
        process.wait(300)
    with running([*command, "--editor"], environment):
        yield
