"""The whole story by simulated events: clip, progress, decision, import, preview, Godot."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import bpy  # noqa: E402
import driving as d  # noqa: E402

CLIP, PROJECT = os.environ["KB_CLIP"], os.environ["KB_PROJECT"]


def link():
    return d.module("heartbeat").LINK


def jobs():
    return list(link().state.jobs.values())


def story():
    bpy.ops.preferences.addon_enable(module=d.ADDON)
    yield from d.open_tab()
    yield from d.until(lambda: link().phase == "live", 40, "connected")
    yield from d.shot("connected")
    # A dropped file arrives as this call (Blender's own drop handling picks the file handler).
    with bpy.context.temp_override(window=d.window(), area=d.view(), region=d.sidebar()):
        bpy.ops.kinetix.choose_clip("INVOKE_DEFAULT", filepath=CLIP)
    yield 0.6
    yield from d.shot("clip chosen")
    yield from d.press("kinetix.create")
    yield from d.until(lambda: jobs() and jobs()[0]["state"] not in ("queued",), 30, "job running")
    yield from d.until(lambda: 5 < jobs()[0]["percent"] or jobs()[0]["state"] == "awaitingDecision", 30, "progress")
    yield from d.shot("progress")
    yield from d.until(lambda: jobs()[0]["state"] in ("awaitingDecision", "delivered", "failed"), 60, "a take")
    d.RESULT["job"] = jobs()[0]
    yield from d.shot("decision")


d.run(story)
