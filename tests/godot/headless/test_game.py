"""A game that the editor started plays an emote on while its file changes."""

from __future__ import annotations

import json
import statistics
import time
from functools import partial
from typing import Any

import pytest

from tests.godot import emotes
from tests.godot.editor import Editor
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("godot-editor")

_GAME = """extends Node3D
## Plays an emote in a loop and writes each version of it into a file, a line of JSON each.

func _ready():
	var skeleton := Skeleton3D.new()
	for bone in ["Hips", "LeftUpperArm", "LeftLowerArm"]:
		skeleton.add_bone(bone)
	add_child(skeleton)
	var file := FileAccess.open("{log}", FileAccess.WRITE)
	for library in {libraries}:
		var player := EmotePlayer.new()
		player.libraries = [load("res://emotes/%s" % library)] as Array[AnimationLibrary]
		player.loop = EmotePlayer.Loop.ALWAYS
		add_child(player)
		for heard in [player.emote_started, player.emote_stopped, player.emote_updated]:
			heard.connect(func(_emote):
				var clip := player.find_emote(&"Live")
				var track := clip.find_track(^"%GeneralSkeleton:LeftLowerArm", Animation.TYPE_ROTATION_3D)
				var row := {"event": heard.get_name(), "pid": OS.get_process_id()}
				row["time"] = Time.get_unix_time_from_system()
				row["turn"] = clip.rotation_track_interpolate(track, 0.1).get_angle()
				file.store_line(JSON.stringify(row))
				file.flush())
		player.play(&"Live")
"""


def test_a_loop_in_the_running_game_goes_on_with_the_new_version(stage: Editor) -> None:
    stage.export("Live.glb", emotes.wave_glb(200))
    stage.imported("emotes/Live.glb")
    log = stage.root / "game.jsonl"
    libraries = ["Live.glb", "emotes.res"]
    script = _GAME.replace("{log}", str(log)).replace("{libraries}", json.dumps(libraries))
    (stage.project / "game.gd").write_text(script, encoding="utf-8")
    (stage.project / "game.tscn").write_text(
        '[gd_scene load_steps=2 format=3]\n\n[ext_resource type="Script" path="res://game.gd" id="1"]\n\n'
        '[node name="Game" type="Node3D"]\nscript = ExtResource("1")\n',
        encoding="utf-8",
    )

    def rows() -> list[dict[str, Any]]:
        return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []

    def shown(count: int) -> bool:
        return len(rows()) >= count * len(libraries)

    stage.run("EditorInterface.play_custom_scene('res://game.tscn')")
    try:
        until(partial(shown, 1), "the game")
        sent = []
        for number in range(1, 13):
            sent.append(time.time())
            stage.export("Live.glb", emotes.wave_glb(200 + number))
            until(partial(shown, 1 + number), "the new version", pause_s=0.02)
    finally:
        stage.run("EditorInterface.stop_playing_scene()")
    found = rows()
    assert len({row["pid"] for row in found}) == 1 and len({row["turn"] for row in found}) == 13
    assert [row["event"] for row in found] == ["emote_started"] * 2 + ["emote_updated"] * 24
    taken = sorted((row["time"] - sent[number // 2]) * 1000 for number, row in enumerate(found[2:]))
    print(f"file saved -> shown in the game: p50 {statistics.median(taken):.0f} ms, p95 {taken[-2]:.0f} ms")
