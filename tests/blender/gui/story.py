"""The whole story by simulated events: clip, progress, decision, comparison, import, preview, File > New, Godot."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import driving as d

CLIP, PROJECT = os.environ["KB_CLIP"], Path(os.environ["KB_PROJECT"])
PANELS: Any = bpy.types


def job() -> Any:
    return next(iter(d.link().state.jobs_newest_first()), {"state": "", "percent": 0})


def previewing() -> Any:
    return d.module("view_modes").PREVIEW.is_on


def stop_preview() -> Iterator[Any]:
    yield from d.press("kinetix.stop_preview", then=lambda: not previewing(), what="the preview ended")


def scene_state(rig: Any) -> Any:
    """Return the state that a preview has to restore."""
    selected = [obj.name for obj in d.CONTEXT.selected_objects]
    return [len(bpy.data.actions), rig.animation_data.action.name, d.CONTEXT.scene.frame_current, rig.mode, selected]


def drop() -> Iterator[Any]:
    """The clip is dropped into the 3D view, by the operator that Blender itself runs when a window manager drops files.

    Blender can place a film in the scene too, so it asks which of the two is meant: K is our entry's letter.
    """
    region, middle = d.region("WINDOW"), d.middle()
    d.event(*middle)
    yield 0.2
    folder, _, name = CLIP.rpartition(os.sep)
    with d.CONTEXT.temp_override(window=d.window(), area=d.view(), region=region):
        d.RESULT["dropped"] = sorted(
            d.OPS.wm.drop_import_file("INVOKE_DEFAULT", directory=folder + os.sep, files=[{"name": name}])
        )
    yield from d.shot("0 dropped")
    d.key("K", *middle)
    yield from d.until(lambda: d.module("clip_form").FORM.clip == CLIP, "the dropped clip")
    frames = d.module("create.frames")
    yield from d.until(lambda: frames.film().seconds > 0 and frames.icon(), "the clip's length and first frame")


def asset_onto_the_character(rig: Any) -> Iterator[Any]:
    """The emote as an asset, and from the Asset Browser's menu back onto the character."""
    d.run_operator("to_assets")
    area = next(area for area in d.window().screen.areas if area.type == "PROPERTIES")
    area.ui_type = "ASSETS"
    yield from d.until(lambda: area.spaces.active.params, "the Asset Browser")
    area.spaces.active.params.asset_library_reference = "Kinetix Emotes"

    def browser() -> Any:
        region = next(region for region in area.regions if region.type == "WINDOW")
        return d.CONTEXT.temp_override(window=d.window(), area=area, region=region)

    def chosen() -> Any:
        with browser():
            d.OPS.file.select_all(action="SELECT")
            return d.OPS.kinetix.place_asset.poll()

    yield from d.until(chosen, "the emote in the Asset Browser")
    yield 2.0  # until its picture is drawn
    yield from d.shot("7 asset library")
    before = rig.animation_data.action.name
    with browser():
        d.OPS.kinetix.place_asset("EXEC_DEFAULT", True)
    d.RESULT["asset placed"] = [before, rig.animation_data.action.name]


def story() -> Iterator[Any]:
    d.record_costs()
    d.unfold(d.module("godot.panel").KINETIX_PT_godot)
    yield from d.open_tab()
    yield from d.until(lambda: d.link().phase == "live", "connected")
    yield from d.shot("1 connected")
    yield from drop()
    d.HOLD.touch()
    yield from d.press("kinetix.create", then=lambda: bool(d.link().state.jobs), what="a job")
    yield from d.until(lambda: (job()["percent"] or 0) > 20, "progress")
    yield from d.shot("2 progress")
    # Another file is opened while the job runs: the list must go on by itself.
    d.OPS.wm.read_homefile(use_splash=False)
    yield 0.3
    yield from d.open_tab()
    d.HOLD.unlink()
    yield from d.until(lambda: job()["state"] == "awaitingDecision", "a decision")
    d.RESULT["retriesLeft"] = job()["retriesLeft"]
    d.OPS.object.delete() if d.CONTEXT.selected_objects else None
    d.closer()
    yield from d.press("kinetix.compare", then=previewing, what="the comparison")
    yield from d.until(lambda: "Kinetix Clip" in bpy.data.objects, "the clip beside the figure")
    yield 0.5
    d.RESULT["comparing"] = [obj.name for obj in bpy.data.objects]
    yield from d.shot("3 comparison")
    yield from stop_preview()
    d.RESULT["after comparing"] = [obj.name for obj in bpy.data.objects if obj.name not in ("Camera", "Light", "Cube")]
    d.RESULT["actions after comparing"] = len(bpy.data.actions)
    yield from d.press("kinetix.validate", 0.3, then=lambda: job()["state"] != "awaitingDecision", what="validated")
    yield from d.until(lambda: job()["state"] == "delivered" and d.link().state.emotes, "delivered")
    d.close(PANELS.KINETIX_PT_jobs, PANELS.KINETIX_PT_options, PANELS.KINETIX_PT_create)
    yield 0.3
    yield from d.press("kinetix.import_emote", then=lambda: len(bpy.data.actions) > 0, what="an Action")
    scene = d.CONTEXT.scene
    yield from d.until(lambda: d.window().screen.is_animation_playing, "what was imported plays")
    d.RESULT["shown"] = [scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end]
    d.stop_animation()
    d.module("blender").own_preferences().show_imported = False
    rig = d.CONTEXT.view_layer.objects.active
    d.RESULT["rig"], d.RESULT["action"] = rig.type, rig.animation_data.action.name
    begin = time.thread_time()
    d.run_operator("import_emote")
    d.RESULT["import cpu s"] = time.thread_time() - begin
    yield from d.shot("4 imported")
    d.RESULT["before preview"] = scene_state(rig)
    yield from d.press("kinetix.preview_emote", 0.25, then=previewing, what="the preview")
    yield from d.until(lambda: d.window().screen.is_animation_playing, "the preview plays")
    d.RESULT["previewing"] = True
    yield from d.shot("5 preview")
    yield from stop_preview()
    d.RESULT["after preview"] = scene_state(rig)
    d.run_operator("add_target", directory=str(PROJECT))
    yield from d.until(lambda: d.link().state.targets, "a sync target")
    d.close(PANELS.KINETIX_PT_mapping, PANELS.KINETIX_PT_import, PANELS.KINETIX_PT_library)
    yield 0.4
    action = rig.animation_data.action.name
    sent = PROJECT / "emotes" / f"{action}.glb"
    yield from d.press("kinetix.send_to_godot", then=sent.is_file, what="the file in the Godot project")
    d.RESULT["sent"], d.RESULT["in project"] = action, [file.name for file in (PROJECT / "emotes").rglob("*.glb")]
    yield 0.5
    yield from d.shot("6 sent to Godot")
    character = PROJECT / "characters" / f"{rig.name}.glb"
    yield from d.press("kinetix.send_character", then=character.is_file, what="the character")
    d.RESULT["characters"] = [file.name for file in character.parent.iterdir()]
    yield from asset_onto_the_character(rig)
    d.RESULT["slices"] = list(d.module("hub.heartbeat").SLICES)


d.run(story)
