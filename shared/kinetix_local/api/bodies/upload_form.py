"""Form of an upload: a file or a video's id. A refusal explains both alternatives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kinetix_core.values.capture_settings import OWN_FIELDS, CaptureSettings, Pixels
from kinetix_local.api.bodies.multipart import Form
from kinetix_local.api.errors import Malformed
from kinetix_local.api.schema import is_uuid

# Taken as they come: clients send empty and odd values.
_ANYTHING = frozenset({"x", "y", "outputWidth", "outputHeight"})
_FIELDS = _ANYTHING | {"mature", "start", "end", "name", "videoUuid"}


@dataclass
class Asked:
    """The form, checked. `video` is the id of a video that is here already; its name is taken where `name` is empty."""

    name: str
    settings: CaptureSettings
    crop_pixels: Pixels | None
    video: str | None

    def within(self, most_s: float) -> dict[str, Any]:
        """Return the request for the process's row, with a part of the clip that is at most `most_s` long."""
        settings = self.settings
        if settings.trim_start or settings.trim_end is not None:
            latest = settings.trim_start + most_s
            end = latest if settings.trim_end is None else min(settings.trim_end, latest)
            settings = settings.model_copy(update={"trim_end": end})
        request = settings.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        return request if self.crop_pixels is None else request | {"cropPixels": self.crop_pixels}


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
        f'"body.{name}" is not allowed'
        for name in fields
        if name not in (_FIELDS if strict else _FIELDS | OWN_FIELDS.keys())
    ]
    video = fields.get("videoUuid")
    given = ['"body.videoUuid" is not allowed'] if "videoUuid" in fields else []
    by_file = common + given + unknown + no_file + surplus
    by_id = common + _video(fields) + unknown + unwanted_file + surplus
    if by_file and by_id:
        raise Malformed([", ".join(by_file), ", ".join(by_id)])
    settings, crop_pixels = CaptureSettings.from_form(fields)
    name = (fields.get("name") or (clip.filename if clip is not None else "")).replace("\x00", "")
    return Asked(
        (name if strict else name.strip()[:200]).encode("utf-8", "replace").decode(),
        settings,
        crop_pixels,
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
