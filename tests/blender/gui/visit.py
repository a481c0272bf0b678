"""A visit: one of two people, and a part of a clip, onto the mannequin; every action noted, with a real capture."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import bpy
import clip_picture as picture
import driving as d


def action(what: str) -> None:
    d.RESULT.setdefault("actions", []).append([what, d.seconds()])


def rigs() -> Any:
    return [item for item in bpy.data.objects if item.type == "ARMATURE" and item.animation_data]


def story() -> Iterator[Any]:
    d.record_costs()
    frames, modes = d.module("create.frames"), d.module("view_modes")
    action("open the tab")
    yield from d.open_tab()
    yield from d.until(lambda: d.link().phase == "live", "connected")
    action("drop the clip")
    d.run_operator("choose_clip", filepath=os.environ["KB_CLIP"])
    yield from d.until(lambda: frames.film().seconds > 0 and not frames.film().reading, "the clip is read")
    yield from d.shot("visit 1 the clip is chosen")
    action("Trim and Crop")
    yield from d.press("kinetix.trim_and_crop", then=lambda: modes.TRIMMING.is_on, what="the clip in its picture")
    yield from d.until(lambda: picture.tool().pictures.shown() is not None, "the clip's picture")
    action("drag the strip's beginning")
    yield from picture.drag_handle("FROM", 0.2)
    action("drag the strip's end")
    yield from picture.drag_handle("TO", -0.2)
    action("draw around the person")
    yield from picture.drag(picture.at(0.02, 0.05), picture.at(0.72, 0.97))
    yield from d.shot("visit 2 trimmed and cropped")
    action("Enter")
    yield from picture.key("RET")
    action("Create")
    yield from d.press("kinetix.create", then=lambda: bool(d.link().state.jobs), what="a job")
    d.RESULT["settings"] = next(iter(d.link().state.jobs.values()))["settings"]
    yield from d.until(lambda: d.jobs("awaitingDecision") or d.jobs("failed"), "the take")
    d.RESULT["failed"] = [job["error"] for job in d.jobs("failed")]
    assert not d.RESULT["failed"], d.RESULT["failed"]
    action("Compare")
    if d.CONTEXT.selected_objects:
        d.OPS.object.delete()  # the cube of an empty file, which nobody wants in the way
    d.closer()
    yield from d.press("kinetix.compare", then=lambda: modes.PREVIEW.is_on, what="the comparison")
    yield from d.until(lambda: "Kinetix Clip" in bpy.data.objects, "the clip beside the figure")
    yield 1.0
    yield from d.shot("visit 3 compared")
    d.stop_animation()  # without a GPU the next button would be found minutes later
    action("Accept and Import")
    yield from d.press("kinetix.accept_and_import", then=lambda: not d.jobs("awaitingDecision"), what="accepted")
    yield from d.until(rigs, "the emote on the figure")
    yield from d.until(lambda: d.link().state.emotes, "the emote in the library")
    d.RESULT["seconds on the figure"] = d.seconds()
    yield 1.5
    yield from d.shot("visit 4 imported")
    d.RESULT["left"] = [obj.name for obj in bpy.data.objects if obj.name.startswith("Kinetix")]


d.run(story)
