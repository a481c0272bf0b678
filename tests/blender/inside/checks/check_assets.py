"""Actions in an asset library, and Actions and characters sent to Godot."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest
import rigs
from blender_api import CONTEXT, OPS, data_libraries
from file_state import changed, state

pytestmark = pytest.mark.usefixtures("fresh")


def test_asset_library_has_action_preview_catalog_and_metadata(emote: Any) -> None:
    rigs.mannequin()
    CONTEXT.object.name = "Hero"
    assert OPS.kinetix.to_assets() == {"FINISHED"}
    assert not bpy.data.actions, "the action lives in the library's file, not in this one"
    folder = rigs.addon("assets.ops").folder()
    catalog = (folder / "blender_assets.cats.txt").read_text(encoding="utf-8")
    assert "Emotes/Hero" in catalog and catalog.startswith("# This is an Asset Catalog Definition")
    files = list((folder / "Hero").glob("*.blend"))
    assert len(files) == 1 and not list(folder.rglob("*.tmp"))
    with data_libraries().load(str(files[0]), assets_only=True) as (found, loaded):
        loaded.actions = list(found.actions)
    action = loaded.actions[0]
    assert action.name.startswith("Wave") and "kinetix" in [tag.name for tag in action.asset_data.tags]
    assert action.asset_data.catalog_id in catalog
    libraries = CONTEXT.preferences.filepaths.asset_libraries
    assert len([one for one in libraries if Path(one.path) == folder]) == 1
    OPS.kinetix.to_assets()
    assert len([one for one in libraries if Path(one.path) == folder]) == 1


def test_an_asset_has_the_emotes_name_also_when_an_action_has_it(emote: Any) -> None:
    rig = rigs.mannequin()
    first = rigs.apply(rig, rigs.clip(name="Wave")).action
    OPS.kinetix.to_assets()
    assert [action.name for action in bpy.data.actions] == ["Wave"] and rig.animation_data.action is first
    file = next(rigs.addon("assets.ops").folder().rglob("*.blend"))
    with data_libraries().load(str(file), assets_only=True) as (found, _):
        assert found.actions == ["Wave"]


def test_an_asset_goes_onto_the_character_and_what_it_played_is_kept(emote: Any) -> None:
    rig = rigs.mannequin()
    OPS.kinetix.to_assets()
    file = next(rigs.addon("assets.ops").folder().rglob("*.blend"))
    former = rigs.apply(rig, rigs.clip(name="Former")).action
    action = rigs.addon("assets.place").place(file, "Wave", [rig], CONTEXT.scene)
    assert rig.animation_data.action is action and action.asset_data is None and former.use_fake_user
    assert rigs.worst(rigs.limb_errors(rig, rigs.clip(), (5, 40))) < 1.0
    with pytest.raises(rigs.core("values.errors").InputError):
        rigs.addon("assets.place").place(file, "Gone", [rig], CONTEXT.scene)


def test_an_asset_goes_onto_all_rigs_or_onto_none(emote: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rigs.mannequin()
    OPS.kinetix.to_assets()
    file = next(rigs.addon("assets.ops").folder().rglob("*.blend"))
    linked = rigs.linked(tmp_path / "source.blend")
    first, second = rigs.mannequin(), rigs.unreal()
    former = rigs.apply(first, rigs.clip(name="Former")).action
    former.use_fake_user = False
    known = {action.name for action in bpy.data.actions}
    with pytest.raises(rigs.core("values.errors").InputError) as caught:
        rigs.addon("assets.place").place(file, "Wave", [first, second, linked], CONTEXT.scene)
    assert caught.value.code == "linked"
    # What Blender refuses at the last moment.
    place, assign = rigs.addon("assets.place"), rigs.addon("compat").assign_action

    def refuse(holder: Any, action: Any, slot: Any = None) -> None:
        if holder.id_data == second:
            raise RuntimeError("Blender refuses")
        assign(holder, action, slot)

    monkeypatch.setattr(place.compat, "assign_action", refuse)
    with pytest.raises(RuntimeError):
        place.place(file, "Wave", [first, second], CONTEXT.scene)
    assert first.animation_data.action is former and not former.use_fake_user
    assert second.animation_data is None or second.animation_data.action is None
    assert {action.name for action in bpy.data.actions} == known, "the asset does not stay in the file"


def test_what_is_sent_is_of_the_scene_where_it_was_asked_for(
    godot_project: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig, sending = rigs.mannequin(), rigs.addon("godot.sending")
    own = CONTEXT.scene
    own.render.fps = 24
    begun = []
    monkeypatch.setattr(
        sending, "begin_export", lambda scene, rig, meshes, files, folder: begun.append((scene, meshes))
    )
    other = bpy.data.scenes.new("Other")
    CONTEXT.window.scene = other
    try:
        sending._begin(sending.Sending(rig.name, (), "game", godot_project, own.name, with_meshes=True))
    finally:
        sending._current = None
        CONTEXT.window.scene = own
        bpy.data.scenes.remove(other)
    ((scene, meshes),) = begun
    assert scene == own and meshes and all(obj.name in own.objects for obj in meshes)


@pytest.fixture
def godot_project(form: Any, tmp_path: Path) -> Iterator[Path]:
    """A Godot project that is a sync target."""
    project = tmp_path / "game"
    project.mkdir()
    form.link.state.targets = {"t": {"id": "t", "project": str(project), "folder": "emotes"}}
    yield project
    rigs.addon("godot.sending").cancel()


@pytest.fixture
def sent_to_hub(asked: Any) -> Any:
    """Gives the bodies of all requests that send an Action to Godot."""
    return lambda: [body for _, path, body in asked.sent if path.endswith("/send")]


def test_chosen_actions_go_to_godot_and_leave_no_trace(godot_project: Path, sent_to_hub: Any) -> None:
    rig = rigs.mannequin()
    for name in ("First", "Second", "Third"):
        rigs.apply(rig, rigs.clip(31, name=name))
    rigs.addon("godot.ops").GODOT.actions = ["First", "Third"]
    CONTEXT.scene.frame_set(9)
    OPS.object.mode_set(mode="POSE")
    before = state()
    assert OPS.kinetix.send_to_godot() == {"FINISHED"}
    rigs.pumped(lambda: len(sent_to_hub()) == 2)
    assert not changed(before)
    assert [body["name"] for body in sent_to_hub()] == ["First", "Third"]
    for body in sent_to_hub():
        file = Path(body["glb"])
        found = document_of(file)
        assert [one["name"] for one in found["animations"]] == [body["name"]]
        assert found["skins"] and "meshes" not in found
        times = found["animations"][0]["samplers"][0]["input"]
        assert found["accessors"][times]["min"] == [0.0], "it begins at once"
        assert rigs.core("formats.glb").read_motion(file.read_bytes()).duration == pytest.approx(1.0, abs=0.05)


def test_the_present_action_is_sent_when_none_is_ticked_and_again_after_a_save(
    godot_project: Path, sent_to_hub: Any, tmp_path: Path
) -> None:
    rig = rigs.mannequin()
    rigs.apply(rig, rigs.clip(31, name="Wave: a/b"))
    assert OPS.kinetix.send_to_godot() == {"FINISHED"}
    rigs.pumped(lambda: len(sent_to_hub()) == 1)
    assert sent_to_hub()[0]["name"] == "Wave_ a_b"
    rigs.addon("godot.ops").GODOT.again = True
    OPS.wm.save_as_mainfile(filepath=str(tmp_path / "character.blend"))
    rigs.pumped(lambda: len(sent_to_hub()) == 2)


def test_the_character_goes_once_with_its_meshes(godot_project: Any) -> None:
    rig = rigs.mannequin()
    rig.name = "Héro"
    assert OPS.kinetix.send_character() == {"FINISHED"}
    file = godot_project / "characters" / "Héro.glb"
    rigs.pumped(file.is_file)
    found = document_of(file)
    assert found["meshes"] and found["skins"] and not found.get("animations")
    assert [one.name for one in file.parent.iterdir()] == ["Héro.glb"]


def test_a_linked_character_with_its_linked_action_can_be_sent(
    godot_project: Path, sent_to_hub: Any, tmp_path: Path
) -> None:
    rig = rigs.mannequin()
    rigs.apply(rig, rigs.clip(31, name="Wave"))
    linked = rigs.linked(tmp_path / "source.blend")
    assert OPS.kinetix.send_to_godot() == {"FINISHED"}
    rigs.pumped(sent_to_hub)
    file = Path(sent_to_hub()[0]["glb"])
    assert [one["name"] for one in document_of(file)["animations"]] == ["Wave"]
    OPS.kinetix.send_character()
    rigs.pumped((godot_project / "characters" / f"{linked.name}.glb").is_file)


def test_the_addon_is_disabled_while_a_film_is_read_and_an_export_runs(
    godot_project: Path, sent_to_hub: Any, tmp_path: Path
) -> None:
    rig, clip = rigs.mannequin(), tmp_path / "film.mp4"
    clip.write_bytes(b"no film")
    rigs.apply(rig, rigs.clip(31, name="Wave"))
    film = rigs.addon("films").open_film(str(clip))
    OPS.kinetix.send_to_godot()
    tasks = [film._task, rigs.addon("godot.sending")._current[1]]
    sys.modules["kinetix_emotes"].unregister()
    try:
        assert all(task.ended() for task in tasks)
    finally:
        sys.modules["kinetix_emotes"].register()
    for _ in range(20):
        rigs.addon("hub.heartbeat").pump()
    assert not sent_to_hub() and not rigs.addon("hub.heartbeat").LINK.state.notices


def document_of(file: Path) -> Any:
    data = file.read_bytes()
    return json.loads(data[20 : 20 + struct.unpack("<I", data[12:16])[0]])


def test_an_export_that_fails_says_so_and_the_next_one_goes_on(
    godot_project: Path, sent_to_hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = rigs.mannequin()
    rigs.apply(rig, rigs.clip(31, name="Wave"))
    state = rigs.addon("hub.heartbeat").LINK.state
    with monkeypatch.context() as broken:
        broken.setattr(rigs.addon("background"), "SCRIPTS", Path("/nowhere"))
        OPS.kinetix.send_to_godot()
        rigs.pumped(lambda: any("glTF" in notice.title and notice.next_step for notice in state.notices))
    assert rigs.addon("godot.sending").current() is None and not sent_to_hub()
    OPS.kinetix.send_to_godot()
    rigs.pumped(sent_to_hub)


def test_who_cancels_is_not_held_up_by_a_disk() -> None:
    """A process that is killed in the middle of a write ends only when that is done."""
    background, killed = rigs.addon("background"), []

    def wait(seconds: float) -> None:
        raise subprocess.TimeoutExpired("blender", seconds)

    task = background.Task.__new__(background.Task)
    task._process = SimpleNamespace(poll=lambda: None, kill=lambda: killed.append(True), wait=wait)
    task.cancel()
    assert killed and not task.ended()


def test_a_cancelled_export_sends_nothing(godot_project: Path, sent_to_hub: Any) -> None:
    rig = rigs.mannequin()
    rigs.apply(rig, rigs.clip(31, name="Wave"))
    OPS.kinetix.send_to_godot()
    task = rigs.addon("godot.sending")._current[1]
    assert OPS.kinetix.cancel_sending() == {"FINISHED"}
    assert task.ended() and not sent_to_hub()
    assert not OPS.kinetix.cancel_sending.poll()
