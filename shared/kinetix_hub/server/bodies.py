"""What front ends send. Unknown keys are refused, so that a misspelt setting is not silently lost."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from kinetix_hub.jobs.job import Settings

__all__ = ["EmotePatch", "GiveBody", "JobBody", "KeyBody", "PhoneBody", "ProfileBody", "RetakeBody"]


def _whole_text(value: str) -> str:
    if "\0" in value:
        raise ValueError("a text has no zero character")
    return value


Text = Annotated[str, Field(max_length=4096), AfterValidator(_whole_text)]
Seconds = Annotated[float, Field(ge=0, le=86400, allow_inf_nan=False)]

Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CaptureBody(Body):
    mature: bool = False
    heightCm: Annotated[float, Field(ge=50, le=250, allow_inf_nan=False)] | None = None
    trimStart: Seconds = 0.0
    trimEnd: Seconds | None = None
    crop: tuple[Fraction, Fraction, Fraction, Fraction] | None = None
    loop: bool = False
    rootMode: Literal["path", "inPlace"] = "path"

    def settings(self) -> Settings:
        fields: dict[str, Any] = {name: getattr(self, name) for name in CaptureBody.model_fields}
        return Settings(**fields)


class JobBody(CaptureBody):
    clip: Text
    name: Text | None = None
    user: Text | None = None
    profile: Text | None = None


class RetakeBody(CaptureBody):
    clip: Text | None = None
    name: Text | None = None
    user: Text | None = None
    profile: Text | None = None


class PhoneBody(Body):
    name: Text | None = None
    user: Text | None = None
    profile: Text | None = None


class EmotePatch(Body):
    name: Text | None = None
    pinned: bool | None = None


class GiveBody(Body):
    user: Text


class ProfileBody(Body):
    kind: Literal["local", "cloud", "staging", "custom"]
    url: Text = ""
    user: Text = ""


class KeyBody(Body):
    key: Text
