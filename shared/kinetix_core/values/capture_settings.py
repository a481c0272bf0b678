"""Every option of a capture: its type, its rules, its spelling in an upload form and on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from kinetix_core.values.captured_body import CapturedBody, RootMode
from kinetix_core.values.errors import InputError
from kinetix_core.values.people import People, PersonAt
from kinetix_core.values.person_height import MAX_M, MIN_M
from kinetix_core.values.wording import worded

_SMALLEST_CROP = 0.02
_WHOLE = 1 + 1e-6  # fractions of a form are rounded
_MOST_PIXELS = 1e6
_TIME = re.compile(r"(?:(\d{1,2}):)?(\d{1,2}):(\d{1,2}(?:\.\d{1,6})?)")

Seconds = Annotated[float, Field(ge=0, le=86400, allow_inf_nan=False)]
Fraction = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Crop = tuple[Fraction, Fraction, Fraction, Fraction]
"""Left, top, width and height as fractions of the upright picture."""
_Pixel = Annotated[float, Field(ge=0, lt=_MOST_PIXELS)]
Pixels = tuple[_Pixel, _Pixel, _Pixel, _Pixel]
"""The same in pixels."""


def _person(value: object) -> object:
    if value is None or isinstance(value, PersonAt):
        return value
    return PersonAt.of(
        value if isinstance(value, str) else ",".join(map(str, value if isinstance(value, list | tuple) else ()))
    )


@dataclass(frozen=True)
class Option:
    """Presentation of a field in forms and commands.

    Attributes:
        help: text in the commands' help and the API's description.
        flag: command line name if it differs from the field's.
        value: value that the flag selects, for a switch between several.
        in_api: part of the published API's form.
        is_typed: available on the command line.
        is_refused: a service without it refuses the job; otherwise the field is left out.
    """

    help: str
    flag: str = ""
    value: str = ""
    in_api: bool = False
    is_typed: bool = True
    is_refused: bool = False


class SettingsForm(NamedTuple):
    """The settings of an upload form. `crop_pixels` is set instead of `crop`, as the size of the picture is not known."""

    settings: CaptureSettings
    crop_pixels: Pixels | None


class CaptureSettings(BaseModel):
    """Options of a capture.

    - `trim_start`, `trim_end`: the part of the clip in seconds; without an end the rest of it.
    - `crop`: left, top, width and height as fractions of the upright picture.
    - `height_cm`: of the person, for the sizes in the quality report. The emote has the mannequin's size.
    - `people`: of several people all become an emote each, or one does, the most prominent or the one at `person`, which is the
      `at` of a `SeenPerson`. By default such a clip is refused.
    - `body`: `upper` captures a person from the waist up, over legs at rest.
    - `face`: the expression too, as weights of the 52 ARKit shapes.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    mature: Annotated[bool, Option("Mark as for adults.", in_api=True)] = False
    height_cm: Annotated[
        Annotated[float, Field(ge=100 * MIN_M, le=100 * MAX_M, allow_inf_nan=False)] | None,
        Option("Height of the person, for the sizes in quality.json: 1.78m, 178cm or 5ft10.", flag="--height"),
    ] = None
    trim_start: Annotated[Seconds, Option("Start of the part to use, in seconds.", flag="--start", in_api=True)] = 0.0
    trim_end: Annotated[Seconds | None, Option("End of the part to use, in seconds.", flag="--end", in_api=True)] = None
    crop: Annotated[
        Crop | None,
        Option("Use a part of the picture, given as fractions: 0.25 0 0.5 1 is the middle half.", in_api=True),
    ] = None
    loop: Annotated[bool, Option("Close the move at its best seam.")] = False
    root_mode: Annotated[
        RootMode, Option("Keep the figure over one spot.", flag="--in-place", value=RootMode.IN_PLACE)
    ] = RootMode.PATH
    people: Annotated[
        People | None,
        Option("Of several people all become an emote each, or the most prominent one does.", is_refused=True),
    ] = None
    person: Annotated[
        PersonAt | None,
        BeforeValidator(_person),
        Option("With people=one the person at seconds, x and y, as in 1.25,0.4,0.6.", is_typed=False, is_refused=True),
    ] = None
    body: Annotated[
        CapturedBody, Option("How much of the person: upper is from the waist up, over legs at rest.", is_refused=True)
    ] = CapturedBody.WHOLE
    face: Annotated[
        bool, Option("Capture the expression of the face too, as weights of the 52 ARKit shapes.", is_refused=True)
    ] = False

    @classmethod
    def options(cls) -> Iterator[tuple[str, FieldInfo, Option]]:
        """Yield name, field and option of every option."""
        for name, field in cls.model_fields.items():
            for option in field.metadata:
                if isinstance(option, Option):
                    yield name, field, option

    @property
    def in_place(self) -> bool:
        return self.root_mode is RootMode.IN_PLACE

    @property
    def height_m(self) -> float | None:
        return None if self.height_cm is None else self.height_cm / 100

    def check(self, views: int = 0) -> None:
        """Raise InputError for options that contradict each other. `views`: number of further clips of the take."""
        left, top, width, height = self.crop or (0.0, 0.0, 1.0, 1.0)
        if self.trim_end is not None and self.trim_end <= self.trim_start:
            raise InputError(
                "The part of the clip ends before it starts.", code="badTrim", next_step="Set the end after the start."
            )
        if min(width, height) < _SMALLEST_CROP or left + width > _WHOLE or top + height > _WHOLE:
            raise InputError(
                "The crop is not inside the picture.",
                code="badCrop",
                next_step="Give left, top, width and height as fractions: 0.25 0 0.5 1 is the middle half.",
            )
        if self.person is not None and self.people is not People.ONE:
            raise InputError(
                "A position selects one person, not several.",
                code="noPeople",
                next_step="Ask for one person, or leave the position out.",
            )
        if self.people is not None and views:
            raise InputError(
                "Several people are captured from one clip only.",
                code="noViews",
                next_step="Leave the further clips out, or film one person from several sides.",
            )
        if self.body is CapturedBody.UPPER and (views or self.people is not None):
            raise InputError(
                "The upper body is captured for one person in one clip only.",
                code="noUpperBody",
                next_step="Give one clip, and leave out the choice of several people.",
            )
        if self.face and views:
            raise InputError(
                "A face is captured from one clip only.",
                code="noFace",
                next_step="Leave the further clips out, or the face.",
            )

    def check_api(self) -> None:
        """Raise InputError for options that the published API does not have."""
        names = [
            name for name, field, option in self.options() if option.is_refused and getattr(self, name) != field.default
        ]
        if names:
            raise InputError(
                worded("The service of this profile does not support: {options}.", options=", ".join(names)),
                code="notSupported",
                next_step="Use the profile local, or leave these options out.",
            )

    def to_form(self, *, plain: bool, picture: tuple[int, int] | None = None) -> dict[str, str]:
        """Return the fields of an upload form.

        Args:
            plain: only those of the published API.
            picture: width and height of the upright picture in pixels; a crop needs it.
        """
        form = {"mature": _text(self.mature)}
        if self.trim_start or self.trim_end is not None:
            form["start"] = form_time(self.trim_start)
        if self.trim_end is not None:
            form["end"] = form_time(self.trim_end)
        if self.crop is not None and picture is not None:
            pixels = (round(share * size) for share, size in zip(self.crop, 2 * picture, strict=True))
            form |= {name: str(pixel) for name, pixel in zip(_BOX, pixels, strict=True)}
        if not plain:
            for name, field, option in CaptureSettings.options():
                value = getattr(self, name)
                if not option.in_api and value != field.default:
                    form[_form_name(name)] = f"{value / 100:.3f}" if name == "height_cm" else _text(value)
        return form

    @classmethod
    def from_form(cls, form: Mapping[str, Any]) -> SettingsForm:
        """Read the fields of an upload form. Invalid values are left out, as clients send empty and odd ones."""
        given = {to_camel(name): form.get(_form_name(name)) for name, _, option in cls.options() if not option.in_api}
        given["mature"] = _text(form.get("mature", "")) == "true"
        height = _number(form.get("height"))
        given["heightCm"] = None if height is None else round(100 * height, 1)
        start, end = seconds(form.get("start")), seconds(form.get("end"))
        given["trimStart"] = start
        if end is not None:
            # The upload page can lose a second when it writes an end of x.995 or more.
            given["trimEnd"] = end if end > (start or 0.0) else (start or 0.0) + 1.0
        if given["people"] != People.ONE:
            given["person"] = None
        box = [_number(form.get(name)) for name in _BOX]
        left, top, width, height = box
        pixels = (left, top, width, height) if left is not None and top is not None and width and height else None
        return SettingsForm(cls._tolerant({name: value for name, value in given.items() if value is not None}), pixels)

    @classmethod
    def _tolerant(cls, given: Mapping[str, Any]) -> Self:
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            wrong = {row["loc"][0] for row in error.errors(include_url=False, include_context=False)}
            return cls.model_validate({name: value for name, value in given.items() if name not in wrong})


_BOX = ("x", "y", "outputWidth", "outputHeight")


def _form_name(name: str) -> str:
    return "height" if name == "height_cm" else to_camel(name)


OWN_FIELDS = {
    _form_name(name): (field, option) for name, field, option in CaptureSettings.options() if not option.in_api
}
"""Fields of an upload form that the published API does not have."""


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def form_time(value: float) -> str:
    """Return seconds as `HH:mm:ss.SSS`, the format of the API's trim marks."""
    rest, milliseconds = divmod(max(0, round(value * 1000)), 1000)
    return f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}.{milliseconds:03}"


def seconds(text: object) -> float | None:
    """Return the seconds of a trim mark, or None for anything else."""
    match = _TIME.fullmatch(text.strip()) if isinstance(text, str) else None
    return None if match is None else int(match[1] or 0) * 3600 + int(match[2]) * 60 + float(match[3])


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if 0 <= number < _MOST_PIXELS else None
