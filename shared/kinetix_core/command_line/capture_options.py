"""Command line options made from `CaptureSettings`. Needs click, so only the commands import it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from enum import StrEnum
from typing import Any, get_args

import click
from pydantic.fields import FieldInfo

from kinetix_core.values.capture_settings import CaptureSettings, Crop, Option
from kinetix_core.values.person_height import person_height_m


def capture_options(*, note: str = "") -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Return a decorator that passes every option of a capture to a command as `settings`.

    Args:
        note: added to the help of options that the published API does not have.
    """
    options = [row for row in CaptureSettings.options() if row[2].is_typed]

    def decorate(command: Callable[..., object]) -> Callable[..., object]:
        @functools.wraps(command)
        def called(**given: Any) -> object:
            values = {name: given.pop(name) for name, _, _ in options}
            settings = CaptureSettings.model_validate(
                {name: value for name, value in values.items() if value is not None}
            )
            return command(**given, settings=settings)

        made: Callable[..., object] = called
        for name, field, option in reversed(options):
            made = _option(name, field, option, note if option.is_refused else "")(made)
        return made

    return decorate


def _option(name: str, field: FieldInfo, option: Option, note: str) -> Any:
    flag, text = option.flag or f"--{name.replace('_', '-')}", f"{option.help[:-1]}{note}."
    kinds = (field.annotation, *get_args(field.annotation))
    if option.value:
        return click.option(flag, name, flag_value=option.value, help=text)
    if bool in kinds:
        return click.option(flag, name, is_flag=True, help=text)
    if name == "height_cm":
        return click.option(flag, name, metavar="HEIGHT", callback=_centimetres, help=text)
    if Crop in kinds:
        return click.option(
            flag, name, type=click.FloatRange(0, 1), nargs=4, metavar="LEFT TOP WIDTH HEIGHT", help=text
        )
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return click.option(flag, name, type=click.Choice([choice.value for choice in kind]), help=text)
    return click.option(flag, name, type=click.FloatRange(min=0), help=text)


def _centimetres(context: click.Context, parameter: click.Parameter, value: str | None) -> float | None:
    return None if value is None else round(100 * person_height_m(value), 1)
