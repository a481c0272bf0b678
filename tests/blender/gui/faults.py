"""The hub is killed in several states, the add-on is disabled during a job, and every state that there is gets drawn."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import addon_utils
import driving as d

CLIP = os.environ["KB_CLIP"]


def link() -> Any:
    return d.module("hub.heartbeat").LINK


def job() -> Any:
    return next(iter(link().state.jobs_newest_first()), {"state": "", "percent": 0, "id": ""})


def kill_hub() -> Iterator[Any]:
    os.kill(link().pid, signal.SIGKILL)
    yield from d.until(lambda: link().phase != "live", "the loss is noticed")
    yield from d.until(lambda: link().phase == "live", "another hub")


def story() -> Iterator[Any]:
    d.record_costs()
    yield from d.open_tab()
    yield from d.until(lambda: link().phase == "live", "connected")
    yield from kill_hub()  # idle
    d.RESULT["after idle kill"] = link().phase
    d.module("clip_form").FORM.clip = CLIP
    d.HOLD.touch()
    d.OPS.kinetix.create()
    yield from d.until(lambda: job()["state"] == "processing" and (job()["percent"] or 0) > 20, "processing")
    identity = job()["id"]
    yield from kill_hub()  # in the middle of the work
    d.HOLD.unlink()
    yield from d.until(lambda: job()["state"] == "awaitingDecision", "the same job goes on")
    d.RESULT["same job"] = job()["id"] == identity and len(link().state.jobs) == 1
    yield from kill_hub()  # while a person decides
    d.RESULT["still to decide"] = job()["state"] == "awaitingDecision"
    d.HOLD.touch()
    d.OPS.kinetix.retake(job=identity)
    yield from d.until(lambda: job()["state"] == "processing", "the retake")
    # The add-on goes and comes back while the job runs.
    addon_utils.disable(d.ADDON)
    d.HOLD.unlink()
    addon_utils.enable(d.ADDON, default_set=True)
    yield from d.open_tab()
    yield from d.until(lambda: link().phase == "live" and job()["state"] == "awaitingDecision", "seen again")
    d.RESULT["retries left"] = job()["retriesLeft"]
    d.OPS.kinetix.validate(job=job()["id"])
    yield from d.until(lambda: job()["state"] == "delivered", "delivered")
    yield from library_care()
    yield from phone()
    yield from offline()


def library_care() -> Iterator[Any]:
    """Rename, pin, delete and take back, through the hub."""

    def emotes() -> Any:
        """Asked for anew each time: a link that was lost for a moment has others."""
        return link().state.emotes

    yield from d.until(lambda: bool(emotes()), "an emote in the library")
    identity = next(iter(emotes()))
    d.module("library.props").LIBRARY.selected = identity
    d.OPS.kinetix.rename_emote(name="Balance 动作 é")
    yield from d.until(lambda: emotes()[identity]["name"] == "Balance 动作 é", "renamed")
    d.OPS.kinetix.pin_emote()
    yield from d.until(lambda: emotes()[identity]["pinned"], "pinned")
    d.OPS.kinetix.delete_emote()
    yield from d.until(lambda: identity not in emotes(), "deleted")
    yield from d.until(d.OPS.kinetix.restore_emote.poll, "it can be taken back")
    d.OPS.kinetix.restore_emote()
    yield from d.until(lambda: identity in emotes(), "taken back")
    d.RESULT["library"] = emotes()[identity]["name"]
    d.RESULT["glb is there"] = Path(emotes()[identity]["files"]["glb"]).is_file()


def phone() -> Iterator[Any]:
    d.OPS.kinetix.phone()
    yield from d.until(lambda: job()["state"] == "awaitingUpload" and job()["phone"], "a QR code")
    yield from d.shot("phone")
    d.RESULT["phone"] = job()["phone"]["url"]
    d.OPS.kinetix.cancel_job(job=job()["id"])
    yield from d.until(lambda: job()["state"] == "cancelled", "cancelled")


def offline() -> Iterator[Any]:
    link().pump = lambda: None  # what the hub says must not come in between
    link().state.profiles = [{"name": "cloud", "kind": "cloud", "hasKey": False, "active": True}]
    yield from d.redrawn()
    d.RESULT["create offline"] = d.OPS.kinetix.create.poll()


d.run(story)
