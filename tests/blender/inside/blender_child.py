"""A Blender that is going to be killed: makes a job with the add-on's own buttons and says when it is in a state.

blender_child.py STAGED BLEND STATE KIND CLIP NAME
"""

import sys
import time
from pathlib import Path

staged, blend, wanted, kind, clip, name = sys.argv[1:]
sys.path[:0] = [staged, str(Path(__file__).parent), str(Path(__file__).parents[2] / "support")]

import bpy  # noqa: E402, F401 - first of all: it makes the other modules of Blender importable
import rigs  # noqa: E402
from blender_api import OPS  # noqa: E402

import kinetix_emotes  # noqa: E402

AFTER_DECISION = ("downloading", "verifying", "delivered")

kinetix_emotes.register()
rigs.addon("hub.process").wheel_folder = lambda: None  # so the hub is `kinetix` on the PATH
beat = rigs.addon("hub.heartbeat")
rigs.empty()
rigs.mannequin()
OPS.wm.save_as_mainfile(filepath=blend)
beat.seen()
rigs.pumped(lambda: beat.LINK.phase == "live")
form = rigs.addon("clip_form").FORM
form.clip, form.name, form.ask = clip, name, False
OPS.kinetix.phone() if kind == "phone" else OPS.kinetix.create()
reached, pressed = False, False
while True:
    beat.pump()
    job = next((job for job in beat.LINK.state.jobs.values() if job["name"] == name), None)
    if job and job["state"] == wanted and not reached:
        reached = True
        sys.stdout.write(f"\nreached {job['id']}\n")
        sys.stdout.flush()
    if job and not pressed and wanted == "cancelled":
        pressed = bool(OPS.kinetix.cancel_job(job=job["id"]))
    if job and not pressed and job["state"] == "awaitingDecision" and wanted in AFTER_DECISION:
        pressed = bool(OPS.kinetix.validate(job=job["id"]))
    time.sleep(0.003)
