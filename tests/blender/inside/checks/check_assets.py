"""Actions in an asset library: written, catalogued, and placed on characters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import pytest
import rigs
from blender_api import CONTEXT, OPS, data_libraries

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
