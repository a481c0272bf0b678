"""Check of a clip before it becomes a job, and the choice of a person in it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.protocol.hub.answers import ClipVerdict, SeenPerson
from kinetix_core.protocol.hub.bodies import ClipCheckBody, JobBody
from kinetix_core.protocol.hub.client import HubClient
from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.errors import InputError
from kinetix_core.values.people import People, numbered

_PLACES = ("on the left", "in the middle", "on the right")


def check_clip(hub: HubClient, clip: Path, body: JobBody, *, people: bool = False) -> ClipVerdict:
    """Check the clip; with `people` also find the people in it.

    Raises:
        InputError: the clip cannot become an emote; `code` is the failure reason.
    """
    wanted = ClipCheckBody(
        clip=str(clip),
        trim_start=body.trim_start,
        trim_end=body.trim_end,
        crop=body.crop,
        people=people,
        profile=body.profile,
    )
    verdict = hub.post(ClipVerdict, "/clips/check", wanted)
    if verdict.reason is not None:
        raise InputError(verdict.title, code=verdict.reason.value, next_step=verdict.next_step, command=verdict.command)
    return verdict


def people_in(hub: HubClient, clip: Path, body: JobBody) -> list[SeenPerson]:
    """Return the people in the clip, if one can be chosen and none is yet. Raises as `check_clip`."""
    may_choose = not body.views and body.body is CapturedBody.WHOLE and body.people is None
    return check_clip(hub, clip, body, people=may_choose).people


def choose(seen: Sequence[SeenPerson], number: int, body: JobBody) -> JobBody:
    """Return the body for the person of this number, from 1. Raises InputError if there is none."""
    return body.model_copy(update={"people": People.ONE, "person": numbered(seen, number).at})


def people_sentence(seen: Sequence[SeenPerson]) -> str:
    """Return a sentence about several people and how to choose one; "" for one person."""
    if len(seen) < 2:
        return ""
    places = ", ".join(f"{number} {_PLACES[min(int(3 * one.at[1]), 2)]}" for number, one in enumerate(seen, 1))
    return f"{len(seen)} people are in this clip: {places}. Use --person NUMBER for one of them, or --people all."


def keep_pictures(seen: Sequence[SeenPerson], folder: Path) -> list[Path]:
    """Write each person's picture into the folder, which is created if needed. Raises KinetixError."""
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / f"person-{number}.jpg" for number in range(1, len(seen) + 1)]
    for one, path in zip(seen, written, strict=True):
        files.write(path, b64decode(one.jpeg))
    return written
