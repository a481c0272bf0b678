"""Request bodies. The hub's own routes reject unknown keys, so that a misspelt setting is reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeVar

from pydantic import ConfigDict, Field, JsonValue, ValidationError

from kinetix_core.protocol.corrections import MAX_CORRECTIONS
from kinetix_core.protocol.hub.base_models import Model, Text
from kinetix_core.protocol.hub.enumerations import ConflictChoice, ProfileKind
from kinetix_core.protocol.hub.models import JobSettings
from kinetix_core.values.capture_settings import Crop, Seconds
from kinetix_core.values.clip_length import LONGEST_SECONDS, MIN_SECONDS, SHORTEST_SECONDS
from kinetix_core.values.errors import InputError

_SHOWN = 500
MOST_CUTS = 99


class Body(Model):
    model_config = ConfigDict(extra="forbid")


class _CaptureBody(JobSettings, Body):
    def settings(self) -> JobSettings:
        return JobSettings(**{name: getattr(self, name) for name in JobSettings.model_fields})


class JobBody(_CaptureBody):
    """`clip` is a path on this machine. `user` and `profile` are the active ones when they are not given."""

    clip: Text
    name: Text | None = None
    user: Text | None = None
    profile: Text | None = None


class ClipCheckBody(Body):
    """A part of a clip on this machine, as a form has it now. `profile` is the active one when it is not given.

    `people`: who is in it is asked too.
    """

    clip: Text
    trim_start: Seconds = 0.0
    trim_end: Seconds | None = None
    crop: Crop | None = None
    people: bool = False
    profile: Text | None = None


class RetakeBody(_CaptureBody):
    """Settings of a retake. Without a clip it is filmed by phone; omitted settings stay as they were."""

    clip: Text | None = None
    name: Text | None = None
    user: Text | None = None
    profile: Text | None = None


class PhoneBody(Body):
    name: Text | None = None
    user: Text | None = None
    profile: Text | None = None
    ask_first: bool = False


class ClipLengthBody(Body):
    """Length limits of a clip for Kinetix Local on this machine, in seconds. Omitted ones stay as they were."""

    min_seconds: Annotated[float | None, Field(ge=SHORTEST_SECONDS, le=MIN_SECONDS, allow_inf_nan=False)] = None
    max_seconds: Annotated[float | None, Field(ge=MIN_SECONDS, le=LONGEST_SECONDS, allow_inf_nan=False)] = None


class UninstallBody(Body):
    everything: bool = False


class RefineBody(Body):
    """All corrections of the take, as docs/refine.md has them: what an earlier version had is not added."""

    corrections: Annotated[list[dict[str, JsonValue]], Field(max_length=MAX_CORRECTIONS)]


class EmotePatch(Body):
    name: Text | None = None
    pinned: bool | None = None


class CutBody(Body):
    """`at`: seconds at which the emote is cut; where it is proposed when there are none. `parts`: which become emotes, from 1; all
    when it is not given."""

    at: Annotated[tuple[Seconds, ...], Field(max_length=MOST_CUTS)] = ()
    parts: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1, max_length=MOST_CUTS + 1)] | None = None


class GiveBody(Body):
    user: Text


class ProfileBody(Body):
    kind: ProfileKind
    url: Text = ""
    user: Text = ""


class KeyBody(Body):
    key: Text


# ---- sync: keys that are not known are left out


class NoBody(Body):
    model_config = ConfigDict(extra="ignore")


class TargetBody(NoBody):
    """`folder` is `emotes` and `source` is `library` when they are not given. `preset`: the settings that are to differ."""

    project: Text
    folder: Text | None = None
    source: Text | None = None
    preset: object = None


class RunBody(NoBody):
    """`restore`: brings back what was deleted in the project. `acceptEmpty`: a source folder that is empty is meant."""

    dry_run: bool = False
    restore: bool = False
    accept_empty: bool = False


class ResolveBody(NoBody):
    file: Text
    choice: ConflictChoice


class SendBody(NoBody):
    """A GLB of this machine that is in no library. `name`: of the file in the project."""

    glb: Text
    name: Text | None = None


class ImportBody(NoBody):
    """`godot`: the program, where it is not found by itself."""

    godot: Text | None = None


class BoneMapBody(NoBody):
    """`glb`: of the character."""

    glb: Text


B = TypeVar("B", bound=Body)


def parse(kind: type[B], given: Mapping[str, object]) -> B:
    """The body of a request. Raises InputError for one that is none of this kind."""
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise malformed_request(said_about(error)) from error


def said_about(error: ValidationError) -> str:
    """Return the problem without its values: `trimStart: Input should be a valid number`."""
    rows = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, row['loc']))}: {row['msg']}" for row in rows[:5])


def malformed_request(detail: str) -> InputError:
    """`detail` may repeat what was sent, so it is cut."""
    return InputError(
        "The request is malformed.", code="badRequest", detail=detail[:_SHOWN], next_step="See /v1/openapi.json."
    )
