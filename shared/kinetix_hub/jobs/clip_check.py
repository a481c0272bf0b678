"""Check of a clip when it is chosen: is anybody in it?"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from kinetix_core.api.models import Failure
from kinetix_core.protocol.hub.answers import ClipVerdict, SeenPerson
from kinetix_core.protocol.hub.bodies import ClipCheckBody
from kinetix_core.protocol.hub.enumerations import ProfileKind
from kinetix_core.protocol.local.models import ClipToCheck
from kinetix_core.values.clip_length import LONGEST_SECONDS, SHORTEST_SECONDS, ClipLength
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.failure import FailureReason
from kinetix_hub.jobs.clip import readable_clip
from kinetix_hub.services.local_process import LocalService

log = logging.getLogger(__name__)
_LONGEST_S = 60.0  # the look takes two seconds at most; a worker that starts on a busy machine some more
_NOTHING = ClipVerdict(reason=None)
_PEOPLE = TypeAdapter(list[SeenPerson])


class _Found(Failure):
    """A reason against the clip, in the words that the process would have."""

    code: FailureReason


def check(
    wanted: ClipCheckBody,
    kind: ProfileKind,
    local: LocalService,
    clip_length: Callable[[], ClipLength],
    closing: Callable[[], bool],
) -> ClipVerdict:
    """Check a clip; the verdict is empty if no capture is available.

    `clip_length` returns the seconds of a clip that may become one emote.

    Raises:
        InputError: the file is missing or cannot be a clip.
    """
    readable_clip(Path(wanted.clip))
    if kind is not ProfileKind.LOCAL:
        return _NOTHING
    try:
        local.ensure(closing)
        length = clip_length()
        asked = ClipToCheck(
            clip=wanted.clip,
            start=wanted.trim_start,
            end=wanted.trim_end or None,
            crop=wanted.crop,
            least=length.shortest_s,
            most=length.longest_s,
        )
        answer = local.administer("POST", "/_local/clip-checks", asked.as_dict(), _LONGEST_S)
        found = _Found.model_validate(answer) if answer is not None else None
    except (KinetixError, ValidationError) as error:
        log.info("no quick look at %s: %s", Path(wanted.clip).name, error)
        return _NOTHING
    if found is not None:
        title, _, next_step = found.sentences()
        command = _command(found.code, length)
        return ClipVerdict(reason=found.code, title=title, next_step=next_step, command=command)
    return ClipVerdict(reason=None, people=_people(local, asked)) if wanted.people else _NOTHING


def _command(reason: FailureReason, length: ClipLength) -> str:
    """Return the command that lets this machine take the clip; "" if there is none."""
    if reason is FailureReason.TOO_LONG and length.longest_s < LONGEST_SECONDS:
        return f"kinetix profile clip-length {LONGEST_SECONDS:g}"
    if reason is FailureReason.TOO_SHORT and length.shortest_s > SHORTEST_SECONDS:
        return f"kinetix profile clip-length --least {SHORTEST_SECONDS:g}"
    return ""


def _people(local: LocalService, asked: ClipToCheck) -> list[SeenPerson]:
    try:
        return _PEOPLE.validate_python(local.administer("POST", "/_local/clip-people", asked.as_dict(), _LONGEST_S))
    except (KinetixError, ValidationError) as error:
        log.info("nobody looked for people in a clip: %s", error)
        return []
