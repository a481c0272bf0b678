"""Actions of a newcomer in an empty Blender's window, one after another; runs inside Blender.

KB_ARCHIVE is the complete file, KB_CLIP the clip. The picture is taken from outside while `shown` lies in the scratch folder.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "blender" / "gui"))

import bpy
import driving as d

ARCHIVE, CLIP = os.environ["KB_ARCHIVE"], os.environ["KB_CLIP"]


BEGUN: list[float] = []


def seconds() -> float:
    """Since the first action; Blender was open before."""
    if not BEGUN:
        BEGUN.append(time.monotonic())
    return round(time.monotonic() - BEGUN[0], 1)


def action(what: str) -> None:
    done = d.RESULT.setdefault("actions", [])
    done.append([what, seconds()])
    (d.SCRATCH / f"action {len(done)}").touch()


def link() -> Any:
    return d.module("hub.heartbeat").LINK


def jobs(state: str) -> Any:
    return [job for job in link().state.jobs.values() if job["state"] == state]


def story() -> Iterator[Any]:
    action("drop the file")
    d.OPS.extensions.package_install_files(filepath=ARCHIVE, repo="user_default", enable_on_install=True)
    yield 0.3
    action("open the tab")
    yield from d.open_tab()
    yield from d.until(lambda: link().phase == "live", "connected")
    action("choose the clip")
    with d.CONTEXT.temp_override(window=d.window(), area=d.view(), region=d.sidebar()):
        d.OPS.kinetix.choose_clip("EXEC_DEFAULT", filepath=CLIP)
    yield 1.0
    action("create the emote")
    yield from d.press("kinetix.create", then=lambda: bool(link().state.jobs), what="a job")
    yield from d.until(lambda: jobs("awaitingDecision"), "the take")
    action("accept and import it")
    yield from d.press("kinetix.accept_and_import", then=lambda: not jobs("awaitingDecision"), what="accepted")
    yield from d.until(lambda: any(rig.animation_data for rig in rigs()), "the emote on the figure")
    d.RESULT["seconds"] = seconds()
    d.RESULT["rigs"] = [rig.name for rig in rigs()]
    d.RESULT["keys"] = sum(len(curve.keyframe_points) for curve in curves(rigs()[0].animation_data.action))
    yield 3.0  # the view turns to the figure and the emote begins to play
    shown = d.SCRATCH / "shown"
    shown.touch()
    yield from d.until(lambda: not shown.exists(), "the picture")


def rigs() -> Any:
    return [item for item in bpy.data.objects if item.type == "ARMATURE"]


def curves(made: Any) -> Any:
    return d.module("compat").fcurves_of(made)


d.run(story)
