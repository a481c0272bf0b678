"""newcomer.py -- ZIP CLIP RESULT: what a newcomer does in an empty Blender, with the operators that the buttons call.

Installs the file, opens the tab, chooses a clip, creates the emote, accepts and imports it.
Waits only for what a person would wait for.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "support"))
import waiting
from blender_api import OPS

archive, clip, result = sys.argv[sys.argv.index("--") + 1 :]
ADDON = "bl_ext.user_default.kinetix_emotes"
waiting.LIMIT_S = 900.0  # as long as the add-on itself waits for a first start, which unpacks the bundle
record: dict[str, Any] = {"actions": [], "seconds": {}}
begun = time.monotonic()


def action(what: str) -> None:
    record["actions"].append([what, round(time.monotonic() - begun, 1)])


def pumped(condition: Any, what: str) -> Any:
    """The timer's work, which Blender does not do by itself in the background."""
    heartbeat = importlib.import_module(f"{ADDON}.hub.heartbeat")
    link = heartbeat.LINK

    def step() -> Any:
        heartbeat.pump()
        if link.phase == "failed":
            raise AssertionError(f"{what}: {link.problem}")
        return condition(link)

    seen = lambda: (what, link.phase, link.problem, link.state.connection, link.state.jobs)  # noqa: E731
    return waiting.until(step, seen)


def run() -> None:
    action("install the file")
    OPS.extensions.package_install_files(filepath=archive, repo="user_default", enable_on_install=True)
    before = set(sys.modules), list(sys.path)
    action("open the tab")
    importlib.import_module(f"{ADDON}.hub.heartbeat").seen()
    pumped(lambda link: link.phase == "live", "the hub")
    record["seconds"]["connected"] = round(time.monotonic() - begun, 1)
    action("choose the clip")
    OPS.kinetix.choose_clip(filepath=clip)
    action("create the emote")
    OPS.kinetix.create()
    pumped(lambda link: [job for job in link.state.jobs.values() if job["state"] == "awaitingDecision"], "the take")
    record["seconds"]["take"] = round(time.monotonic() - begun, 1)
    action("accept and import it")
    job = next(iter(importlib.import_module(f"{ADDON}.hub.heartbeat").LINK.state.jobs))
    OPS.kinetix.accept_and_import(job=job)
    selected = importlib.import_module(f"{ADDON}.library.props").selected
    pumped(lambda link: link.state.emotes and selected(), "the emote in the library, selected")
    rig: Any = next(item for item in bpy.data.objects if item.type == "ARMATURE")
    record["keys"] = sum(len(curve.keyframe_points) for curve in fcurves(rig.animation_data.action))
    record["rig"] = rig.name
    record["seconds"]["on the character"] = round(time.monotonic() - begun, 1)
    record["new on the path"] = [place for place in sys.path if place not in before[1]]
    record["libraries"] = sorted({"pydantic", "scipy", "av", "kinetix_hub"} & (set(sys.modules) - before[0]))


def fcurves(action_made: Any) -> Any:
    return importlib.import_module(f"{ADDON}.compat").fcurves_of(action_made)


try:
    run()
except BaseException as error:
    record["error"] = repr(error)
    raise
finally:
    Path(result).write_text(json.dumps(record), encoding="utf-8")
    sys.stdout.flush()
    os._exit(0)
