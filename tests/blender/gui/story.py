"""The whole story by simulated events: clip, progress, decision, comparison, import, preview, File > New, Godot."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import itertools

import bpy
import driving as d

CLIP, PROJECT = os.environ["KB_CLIP"], Path(os.environ["KB_PROJECT"])
BEATS: list[float] = []


def link():
    return d.module("heartbeat").LINK


def job():
    return next(iter(link().state.jobs_newest_first()), {"state": "", "percent": 0})


def beat():
    """A heartbeat of the interface's own thread, beside the add-on's timer."""
    BEATS.append(time.monotonic())
    return 0.01


def closer():
    """The figure, not the whole default scene, in the picture."""
    region = d.view().spaces.active.region_3d
    region.view_distance, region.view_location = 5.5, (-0.5, 0.0, 0.9)


def run_operator(name, **arguments):
    """An operator in the 3D view's sidebar; CPU seconds that it took."""
    begin = time.thread_time()
    module, _, function = name.partition(".")
    with bpy.context.temp_override(window=d.window(), area=d.view(), region=d.sidebar()):
        answer = getattr(getattr(bpy.ops, module), function)("EXEC_DEFAULT", True, **arguments)
    assert answer == {"FINISHED"}, (name, answer)
    return time.thread_time() - begin


def close(*panels):
    """Panels that are not in the picture make room for those that are."""
    for name in panels:
        cls = getattr(bpy.types, name)
        if cls.is_registered:
            bpy.utils.unregister_class(cls)
    d.sidebar().tag_redraw()


def story():
    bpy.app.timers.register(beat, persistent=True)
    values = d.module("session").VALUES
    values["library.animate"] = False  # without a GPU, pictures that move take most of the time
    yield from d.open_tab()
    yield from d.until(lambda: link().phase == "live", 40, "connected")
    yield from d.shot("1 connected")
    # A dropped file arrives as this call: Blender's own drop handling picks the file handler and invokes its operator.
    with bpy.context.temp_override(window=d.window(), area=d.view(), region=d.sidebar()):
        bpy.ops.kinetix.choose_clip("INVOKE_DEFAULT", filepath=CLIP)
    yield 0.5
    yield from d.press("kinetix.create")
    yield from d.until(lambda: job()["percent"] > 20, 30, "progress")
    yield from d.shot("2 progress")
    # Another file is opened while the job runs: the list must go on by itself.
    bpy.ops.wm.read_homefile(use_splash=False)
    yield 0.3
    yield from d.open_tab()
    yield from d.until(lambda: job()["state"] == "awaitingDecision", 60, "a decision")
    d.RESULT["retriesLeft"] = job()["retriesLeft"]
    run_operator("object.delete") if bpy.context.selected_objects else None
    closer()
    yield from d.press("kinetix.compare")
    yield 1.0
    d.RESULT["comparing"] = [obj.name for obj in bpy.data.objects]
    yield from d.shot("3 comparison")
    yield from d.press("kinetix.stop_preview")
    d.RESULT["after comparing"] = [obj.name for obj in bpy.data.objects if obj.name not in ("Camera", "Light", "Cube")]
    d.RESULT["actions after comparing"] = len(bpy.data.actions)
    yield from d.press("kinetix.validate", 0.3)
    yield from d.until(lambda: job()["state"] == "delivered" and link().state.emotes, 40, "delivered")
    yield 0.6
    close("KINETIX_PT_create")
    yield from d.press("kinetix.import_emote")
    yield 0.4
    rig = bpy.context.view_layer.objects.active
    d.RESULT["rig"], d.RESULT["action"] = rig.type, rig.animation_data.action.name
    d.RESULT["import cpu s"] = run_operator("kinetix.import_emote")
    values["library.animate"] = True
    yield 1.0
    yield from d.shot("4 imported")
    values["library.animate"] = False
    before = len(bpy.data.actions), rig.animation_data.action.name, bpy.context.scene.frame_current, rig.mode
    yield from d.press("kinetix.preview_emote", 0.25)
    yield 0.8
    d.RESULT["previewing"] = d.window().screen.is_animation_playing
    yield from d.shot("5 preview")
    yield from d.press("kinetix.stop_preview")
    after = len(bpy.data.actions), rig.animation_data.action.name, bpy.context.scene.frame_current, rig.mode
    d.RESULT["preview restored"] = before == after
    run_operator("kinetix.add_target", directory=str(PROJECT))
    yield from d.until(lambda: link().state.targets, 20, "a sync target")
    close("KINETIX_PT_jobs")
    yield 0.4
    yield from d.press("kinetix.send_to_godot")
    action = rig.animation_data.action.name
    yield from d.until((PROJECT / "emotes" / f"{action}.glb").is_file, 30, "the file in the Godot project")
    d.RESULT["sent"], d.RESULT["in project"] = action, [file.name for file in (PROJECT / "emotes").rglob("*.glb")]
    yield 0.5
    yield from d.shot("6 sent to Godot")
    slices = list(d.module("heartbeat").SLICES)
    d.RESULT["slices"] = slices
    d.RESULT["gaps"] = [b - a for a, b in itertools.pairwise(BEATS)]


d.run(story)
