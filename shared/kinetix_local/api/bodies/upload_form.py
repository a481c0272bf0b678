"""What the form of an upload says. It has two alternatives, a file or a video's id; a refusal tells for each what is wrong with it."""

from __future__ import annotations

import contextlib
import math
import re
from dataclasses import dataclass
from typing import Any

from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.people import People, PersonAt
from kinetix_local.api.bodies.multipart import Form
from kinetix_local.api.errors import Malformed
from kinetix_local.api.schema import is_uuid

__all__ = ["Asked", "check_form", "seconds"]

# Taken as they come: clients send empty and odd values.
_ANYTHING = frozenset({"x", "y", "outputWidth", "outputHeight"})
_FIELDS = _ANYTHING | {"mature", "start", "end", "name", "videoUuid"}
# Ours: how to capture. The cloud has no such fields. Further files of ours, `views`, are in the form itself.
_OURS = frozenset({"body", "face", "height", "loop", "people", "person", "rootMode"})
_TIME = re.compile(r"(?:(\d{1,2}):)?(\d{1,2}):(\d{1,2}(?:\.\d{1,6})?)")


@dataclass
class Asked:
    """The form, checked. `video` is the id of a video that is here already; its name is taken where `name` is empty."""

    name: str
    mature: bool
    request: dict[str, Any]
    video: str | None

    def within(self, most_s: float) -> dict[str, Any]:
        """The request, with a part of the clip that is not longer than this."""
        if "start" not in self.request:
            return self.request
        start, end = self.request["start"], self.request.get("end", math.inf)
        return self.request | {"end": min(end, start + most_s)}


def check_form(fields: Any, form: Form | None, *, strict: bool = False, has_query: bool = False) -> Asked:
    """Raises Malformed unless one of the two alternatives fits."""
    clip = None if form is None else form.clip
    has_file = clip is not None
    surplus = ['"query" is not allowed'] if has_query else []
    no_file = [] if has_file else ['"files" is required']
    unwanted_file = ['"files" is not allowed'] if form is not None and form.files else []
    wrong: list[str] = []
    if not fields:  # at least one text field has to come with the file
        wrong = ['"body" is required']
    elif not isinstance(fields, dict):
        wrong = ['"body" must be of type object']
    if wrong:
        raise Malformed([", ".join(wrong + no_file + surplus), ", ".join(wrong + unwanted_file + surplus)])
    common = _common(fields)
    unknown = [
        f'"body.{name}" is not allowed' for name in fields if name not in (_FIELDS if strict else _FIELDS | _OURS)
    ]
    video = fields.get("videoUuid")
    given = ['"body.videoUuid" is not allowed'] if "videoUuid" in fields else []
    by_file = common + given + unknown + no_file + surplus
    by_id = common + _video(fields) + unknown + unwanted_file + surplus
    if by_file and by_id:
        raise Malformed([", ".join(by_file), ", ".join(by_id)])
    name = (fields.get("name") or (clip.filename if clip is not None else "")).replace("\x00", "")
    return Asked(
        (name if strict else name.strip()[:200]).encode("utf-8", "replace").decode(),
        str(fields.get("mature", False)).lower() == "true",
        _request(fields),
        None if by_id else str(video).lower(),
    )


def _common(fields: dict[str, Any]) -> list[str]:
    problems: list[str] = []
    mature = fields.get("mature", False)
    if not isinstance(mature, bool) and not (isinstance(mature, str) and mature.lower() in {"true", "false"}):
        problems.append('"body.mature" must be a boolean')
    for name in ("start", "end"):
        value = fields.get(name, "")
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            problems.append(f'"body.{name}" must be one of [string, date]')
    name = fields.get("name", "emote")
    if not isinstance(name, str):
        problems.append('"body.name" must be a string')
    elif not name:
        problems.append('"body.name" is not allowed to be empty')
    return problems


def _video(fields: dict[str, Any]) -> list[str]:
    if "videoUuid" not in fields:
        return ['"body.videoUuid" is required']
    video = fields["videoUuid"]
    if not isinstance(video, str):
        return ['"body.videoUuid" must be a string']
    if not video:
        return ['"body.videoUuid" is not allowed to be empty']
    return [] if is_uuid(video) else ['"body.videoUuid" must be a valid GUID']


def _request(fields: dict[str, Any]) -> dict[str, Any]:
    """Trim and crop. What makes no sense is left out instead of refused, as clients send empty and odd values."""
    result: dict[str, Any] = {}
    start, end = seconds(fields.get("start")), seconds(fields.get("end"))
    if end is not None:
        start = start or 0.0
        # The upload page can lose a second when it writes an end of x.995 or more.
        if end <= start:
            end = start + 1.0
        result = {"start": start, "end": end}
    elif start:
        result = {"start": start}
    box = [_number(fields.get(name)) for name in ("x", "y", "outputWidth", "outputHeight")]
    if all(value is not None for value in box) and box[2] and box[3]:
        result["cropPixels"] = box
    height = _number(fields.get("height"))
    if height and 0.3 <= height <= 2.6:
        result["height"] = height
    if str(fields.get("loop", "")).lower() == "true":
        result["loop"] = True
    if fields.get("rootMode") == "inPlace":
        result["inPlace"] = True
    if fields.get("people") in list(People):
        result["people"] = fields["people"]
    if result.get("people") == People.ONE:
        with contextlib.suppress(ValueError):
            result["person"] = list(PersonAt.of(str(fields.get("person"))))
    if fields.get("body") == CapturedBody.UPPER:
        result["body"] = CapturedBody.UPPER.value
    if str(fields.get("face", "")).lower() == "true":
        result["face"] = True
    return result


def seconds(text: Any) -> float | None:
    """`HH:mm:ss.SSS` in seconds; None for anything else."""
    match = _TIME.fullmatch(text.strip()) if isinstance(text, str) else None
    return None if match is None else int(match[1] or 0) * 3600 + int(match[2]) * 60 + float(match[3])


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if 0 <= number < 1e6 else None
