"""Models of the private protocol: the hub asks, Kinetix Local answers."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from kinetix_core.protocol.hub.base_models import Model
from kinetix_core.values.clip_length import LONGEST_SECONDS, MAX_SECONDS, MIN_SECONDS, SHORTEST_SECONDS
from kinetix_core.values.identity import EmoteId, JobId, ProcessId


class ClipToCheck(Model):
    """`POST /_local/clip-checks` and `/_local/clip-people`: a part of a clip on this machine.

    `least` and `most` are the seconds that may become one emote in the world that it is for.
    """

    clip: str
    start: Annotated[float, Field(ge=0)] = 0.0
    end: Annotated[float | None, Field(gt=0)] = None
    crop: tuple[float, float, float, float] | None = None
    least: Annotated[float, Field(ge=SHORTEST_SECONDS, le=MIN_SECONDS)] = MIN_SECONDS
    most: Annotated[float, Field(ge=MIN_SECONDS, le=LONGEST_SECONDS)] = MAX_SECONDS


class ClipLocation(Model):
    """`GET /_local/processes/{process}/clip`: its file on this machine, and the second at which the emote was asked to begin."""

    path: str
    start: float


class SignInLink(Model):
    """`POST /_local/sign-in-links`: it signs one browser in, once."""

    url: str


class Readiness(Model):
    """`GET /_local/readyz`: reasons to send no requests here, and parts that fail without being such a reason."""

    status: str
    wrong: list[str]
    impaired: list[str]


class WaitingPhone(Model):
    """`GET /_local/next-takes`: a phone that waits after a take, with the job that its link was made for.

    With `retake` the take is replaced by the next one, with `accept` it is accepted and no link is wanted.
    """

    process: ProcessId
    job: JobId
    retake: bool = False
    accept: bool = False


class PhoneAnswer(Model):
    """`POST /_local/next-takes/{process}`: the generation token of the next link, if there is one."""

    token: Annotated[str | None, Field(max_length=36)]
    accepted: bool = False


class LibraryEdit(Model):
    """`GET /_local/library/edits`: an emote that was changed on the library page. None stands for no change."""

    version: str
    emote: EmoteId
    user: str
    name: str | None
    deleted: bool | None


class AppliedEdits(Model):
    """`POST /_local/library/edits/taken-over`: versions of edits that the hub's library shows."""

    versions: Annotated[list[str], Field(max_length=1000)]
