"""Actions in an asset library, and Actions and characters sent to Godot."""

from __future__ import annotations

import json
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import pytest
import rigs
from blender_api import CONTEXT, OPS, data_libraries
from check_guarantee import whole_file

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
    first = rigs.addon("importing.apply").apply_motion(rig, rigs.clip().with_(name="Wave")).action
    OPS.kinetix.to_assets()
    assert [action.name for action in bpy.data.actions] == ["Wave"] and rig.animation_data.action is first
    file = next(rigs.addon("assets.ops").folder().rglob("*.blend"))
    with data_libraries().load(str(file), assets_only=True) as (found, _):
        assert found.actions == ["Wave"]


def test_an_asset_goes_onto_the_character_and_what_it_played_is_kept(emote: Any) -> None:
    rig = rigs.mannequin()
    OPS.kinetix.to_assets()
    file = next(rigs.addon("assets.ops").folder().rglob("*.blend"))
    former = rigs.addon("importing.apply").apply_motion(rig, rigs.clip().with_(name="Former")).action
    action = rigs.addon("assets.place").place(file, "Wave", [rig], CONTEXT.scene)
    assert rig.animation_data.action is action and action.asset_data is None and former.use_fake_user
    assert rigs.worst(rigs.limb_errors(rig, rigs.clip(), (5, 40))) < 1.0
    with pytest.raises(rigs.core("values.errors").InputError):
        rigs.addon("assets.place").place(file, "Gone", [rig], CONTEXT.scene)


def test_an_asset_goes_onto_all_rigs_or_onto_none(emote: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "source.blend"
    rigs.mannequin()
    OPS.kinetix.to_assets()
    file = next(rigs.addon("assets.ops").folder().rglob("*.blend"))
    OPS.wm.save_as_mainfile(filepath=str(source))
    rigs.empty()
    with data_libraries().load(str(source), link=True) as (found, loaded):
        loaded.objects = list(found.objects)
    linked = next(obj for obj in loaded.objects if obj.type == "ARMATURE")
    first, second = rigs.mannequin(), rigs.unreal()
    former = rigs.addon("importing.apply").apply_motion(first, rigs.clip().with_(name="Former")).action
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


def document_of(file: Path) -> Any:
    data = file.read_bytes()
    return json.loads(data[20 : 20 + struct.unpack("<I", data[12:16])[0]])


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


@pytest.fixture
def begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file without which no export does anything."""
    background, file, scripts = rigs.addon("background"), tmp_path / "begins", tmp_path / "scripts"
    scripts.mkdir()
    waits = (
        f"import runpy, time\nfrom pathlib import Path\nwhile not Path({str(file)!r}).exists():\n    time.sleep(0.02)\n"
    )
    runs = f"runpy.run_path({str(background.SCRIPTS / 'export.py')!r}, run_name='__main__')\n"
    (scripts / "export.py").write_text(waits + runs, encoding="utf-8")
    monkeypatch.setattr(background, "SCRIPTS", scripts)
    return file


def test_chosen_actions_go_to_godot_and_leave_no_trace(godot_project: Path, sent_to_hub: Any, begins: Path) -> None:
    rig = rigs.mannequin()
    apply = rigs.addon("importing.apply").apply_motion
    for name in ("First", "Second", "Third"):
        apply(rig, rigs.clip(31).with_(name=name))
    rigs.addon("godot.ops").GODOT.actions = ["First", "Third"]
    CONTEXT.scene.frame_set(9)
    OPS.object.mode_set(mode="POSE")
    before = whole_file()
    assert OPS.kinetix.send_to_godot() == {"FINISHED"}
    outbox = rigs.core("io.paths").home() / "outbox"
    assert not list(outbox.rglob("*.glb")), "the exporter runs elsewhere"
    begins.touch()
    rigs.pumped(lambda: len(sent_to_hub()) == 2)
    assert whole_file() == before
    assert [body["name"] for body in sent_to_hub()] == ["First", "Third"]
    for body in sent_to_hub():
        file = Path(body["glb"])
        assert [one["name"] for one in document_of(file)["animations"]] == [body["name"]]
        assert document_of(file)["skins"] and "meshes" not in document_of(file)
        times = document_of(file)["animations"][0]["samplers"][0]["input"]
        assert document_of(file)["accessors"][times]["min"] == [0.0], "it begins at once"
        assert rigs.core("formats.glb").read_motion(file.read_bytes()).duration == pytest.approx(1.0, abs=0.05)


def test_the_present_action_is_sent_when_none_is_ticked_and_again_after_a_save(
    godot_project: Path, sent_to_hub: Any, tmp_path: Path
) -> None:
    rig = rigs.mannequin()
    rigs.addon("importing.apply").apply_motion(rig, rigs.clip(31).with_(name="Wave: a/b"))
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
    rigs.addon("importing.apply").apply_motion(rig, rigs.clip(31).with_(name="Wave"))
    source = tmp_path / "source.blend"
    OPS.wm.save_as_mainfile(filepath=str(source))
    rigs.empty()
    with data_libraries().load(str(source), link=True) as (found, loaded):
        loaded.objects = list(found.objects)
    for obj in loaded.objects:
        CONTEXT.collection.objects.link(obj)
    linked = next(obj for obj in loaded.objects if obj.type == "ARMATURE")
    CONTEXT.view_layer.objects.active = linked
    linked.select_set(True)
    assert OPS.kinetix.send_to_godot() == {"FINISHED"}
    rigs.pumped(sent_to_hub)
    file = Path(sent_to_hub()[0]["glb"])
    assert [one["name"] for one in document_of(file)["animations"]] == ["Wave"]
    OPS.kinetix.send_character()
    rigs.pumped((godot_project / "characters" / f"{linked.name}.glb").is_file)


def test_the_addon_is_disabled_while_a_film_is_read_and_an_export_runs(
    godot_project: Path, sent_to_hub: Any, tmp_path: Path
) -> None:
    import sys

    rig, clip = rigs.mannequin(), tmp_path / "film.mp4"
    clip.write_bytes(b"no film")
    rigs.addon("importing.apply").apply_motion(rig, rigs.clip(31).with_(name="Wave"))
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


def test_an_export_that_fails_says_so_and_the_next_one_goes_on(
    godot_project: Path, sent_to_hub: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = rigs.mannequin()
    rigs.addon("importing.apply").apply_motion(rig, rigs.clip(31).with_(name="Wave"))
    background, sending = rigs.addon("background"), rigs.addon("godot.sending")
    state = rigs.addon("hub.heartbeat").LINK.state
    script = background.SCRIPTS
    monkeypatch.setattr(background, "SCRIPTS", Path("/nowhere"))
    OPS.kinetix.send_to_godot()
    rigs.pumped(lambda: state.notices)
    assert "glTF" in state.notices[-1].title and state.notices[-1].next_step
    assert sending.current() is None and not sent_to_hub()
    monkeypatch.setattr(background, "SCRIPTS", script)
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
    rigs.addon("importing.apply").apply_motion(rig, rigs.clip(31).with_(name="Wave"))
    OPS.kinetix.send_to_godot()
    task = rigs.addon("godot.sending")._current[1]
    assert OPS.kinetix.cancel_sending() == {"FINISHED"}
    assert task.ended() and not sent_to_hub()
    assert not OPS.kinetix.cancel_sending.poll()
