"""How a clip is captured, as options that every command which sends one has."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict, TypeVar, Unpack

import click

from kinetix_core.protocol.hub.enumerations import RootMode
from kinetix_core.protocol.hub.models import JobSettings
from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.people import People
from kinetix_core.values.person_height import person_height_m

__all__ = ["CaptureOptions", "capture_options", "capture_settings"]

Command = TypeVar("Command", bound=Callable[..., object])


class CaptureOptions(TypedDict):
    mature: bool
    height: float | None
    start: float
    end: float | None
    crop: tuple[float, float, float, float] | None
    loop: bool
    in_place: bool
    people: str | None
    body: str
    face: bool


def _height(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    return None if value is None else person_height_m(value)


_OPTIONS = (
    click.option("--start", type=click.FloatRange(min=0), default=0.0, help="Where in the clip to start, seconds."),
    click.option("--end", type=click.FloatRange(min=0), help="Where to end, seconds."),
    click.option(
        "--crop",
        type=click.FloatRange(0, 1),
        nargs=4,
        metavar="LEFT TOP WIDTH HEIGHT",
        help="Use a part of the picture, given as fractions: 0.25 0 0.5 1 is the middle half.",
    ),
    click.option("--height", metavar="HEIGHT", callback=_height, help="Height of the person: 1.78m, 178cm or 5ft10."),
    click.option("--loop", is_flag=True, help="Close the move at its best seam."),
    click.option("--in-place", is_flag=True, help="Keep the figure over one spot."),
    click.option(
        "--people",
        type=click.Choice([choice.value for choice in People]),
        help="Of several people all become an emote each, or the most prominent one does (Kinetix Local only).",
    ),
    click.option(
        "--body",
        type=click.Choice([choice.value for choice in CapturedBody]),
        default=CapturedBody.WHOLE.value,
        help="upper captures somebody who is filmed from the waist up, over legs at rest (Kinetix Local only).",
    ),
    click.option(
        "--face",
        is_flag=True,
        help="Capture the expression of the face too, as weights of the 52 ARKit shapes in the GLB (Kinetix Local only).",
    ),
    click.option("--mature", is_flag=True, help="Mark as for adults."),
)


def capture_options(command: Command) -> Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def capture_settings(**given: Unpack[CaptureOptions]) -> JobSettings:
    """The options as the hub takes them."""
    return JobSettings(
        mature=given["mature"],
        height_cm=None if given["height"] is None else round(100 * given["height"], 1),
        trim_start=given["start"],
        trim_end=given["end"],
        crop=given["crop"],
        loop=given["loop"],
        root_mode=RootMode.IN_PLACE if given["in_place"] else RootMode.PATH,
        people=None if given["people"] is None else People(given["people"]),
        body=CapturedBody(given["body"]),
        face=given["face"],
    )
