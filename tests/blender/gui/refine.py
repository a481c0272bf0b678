"""A take is corrected in a window, by a real capture: pictures before and after, one undo step, and back."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import driving as d
from mathutils import Quaternion


def rig() -> Any:
    return next(obj for obj in bpy.data.objects if obj.type == "ARMATURE")


def shown() -> str:
    return str(rig().animation_data.action.get("kinetix_emote", ""))


def story() -> Iterator[Any]:
    link, run_operator = d.link(), d.run_operator
    d.record_costs()
    d.close(*d.panels())
    d.unfold(d.module("refining.panel").KINETIX_PT_refine)
    d.module("hub.heartbeat").seen()  # else the panels that are away now say that somebody looks
    yield from d.open_tab()
    yield from d.until(lambda: link.phase == "live", "connected")
    d.module("clip_form").FORM.clip = os.environ["KB_CLIP"]
    d.module("clip_form").FORM.ask = False
    d.OPS.kinetix.create()
    yield from d.until(lambda: link.state.emotes, "the emote")
    first = next(iter(link.state.emotes))
    d.module("library.props").LIBRARY.selected = first
    run_operator("import_emote")
    take = d.module("refining.takes").take_of(first)
    yield from d.until(lambda: take.versions is not None, "what is known of the take")
    d.OPS.screen.animation_cancel()
    region = d.view().spaces.active.region_3d
    region.view_distance, region.view_location = 4.5, (-0.4, 0.0, 0.9)
    d.CONTEXT.scene.frame_set(1)
    d.RESULT["unsure"] = len(take.versions[0]["unsure"])
    run_operator("next_unsure")
    d.RESULT["at doubt"] = d.CONTEXT.scene.frame_current
    d.CONTEXT.scene.frame_set(30)
    yield from d.shot("refine 1 as captured")
    with d.CONTEXT.temp_override(window=d.window(), area=d.view(), active_object=rig(), object=rig()):
        d.OPS.object.mode_set(mode="POSE")
    bone = rig().pose.bones["LeftArm"]
    rig().data.bones.active = rig().data.bones["LeftArm"]
    bone.rotation_quaternion = bone.rotation_quaternion @ Quaternion((0, 0, 1), 0.5)
    d.CONTEXT.view_layer.update()
    yield from d.shot("refine 2 posed")
    d.RESULT["corrected"] = sorted(run_operator("correct_limb"))
    run_operator("correct_contact", what="LIFTED", side="left", first=25, last=35)
    yield from d.redrawn()
    yield from d.shot("refine 3 correction")
    said = next(one for one in take.corrections.values() if one["kind"] == "limb")["directions"]
    d.RESULT["began"] = sorted(run_operator("refine", "INVOKE_DEFAULT"))
    yield from d.until(lambda: shown() != first, "the new version on the rig")
    d.CONTEXT.scene.frame_set(30)
    yield from d.until(lambda: len(d.module("refining.takes").take_of(shown()).versions or []) == 2, "its versions")
    yield from d.redrawn()
    yield from d.shot("refine 4 solved again")
    solved = d.module("refining.takes").take_of(shown())
    d.RESULT["solved with"] = [one["kind"] for one in solved.version(shown())["corrections"]]
    now = d.module("refining.pose").directions(rig(), "leftArm", d.CONTEXT.scene)
    d.RESULT["posed"] = [sum(x * y for x, y in zip(*pair, strict=True)) for pair in zip(said[:2], now[:2], strict=True)]
    with d.CONTEXT.temp_override(window=d.window(), area=d.view()):
        d.OPS.ed.undo()
    yield 0.3
    d.RESULT["after undo"] = shown() == first
    with d.CONTEXT.temp_override(window=d.window(), area=d.view()):
        d.OPS.ed.redo()
    yield 0.3
    d.RESULT["after redo"] = shown() != first


d.run(story)
