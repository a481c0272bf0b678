"""The one model of a capture's options: its rules, its spelling in a form and on the command line."""

from __future__ import annotations

from typing import Any

import click
import pytest
from click.testing import CliRunner

from kinetix_core.command_line.capture_options import capture_options
from kinetix_core.values.capture_settings import OWN_FIELDS, CaptureSettings
from kinetix_core.values.captured_body import CapturedBody, RootMode
from kinetix_core.values.errors import InputError
from kinetix_core.values.people import People, PersonAt

pytestmark = pytest.mark.quick

EVERY: dict[str, Any] = {
    "mature": True,
    "height_cm": 178.0,
    "trim_start": 1.25,
    "trim_end": 3.5,
    "loop": True,
    "root_mode": RootMode.IN_PLACE,
    "people": People.ONE,
    "person": PersonAt(1.25, 0.4, 0.6),
    "body": CapturedBody.UPPER,
    "face": True,
}


@pytest.mark.parametrize(
    ("code", "views", "options"),
    [
        ("badTrim", 0, {"trim_start": 3.0, "trim_end": 2.0}),
        ("badCrop", 0, {"crop": (0.6, 0.0, 0.5, 1.0)}),
        ("badCrop", 0, {"crop": (0.2, 0.2, 0.0, 0.5)}),
        ("noPeople", 0, {"person": PersonAt(0.0, 0.5, 0.5)}),
        ("noPeople", 0, {"person": PersonAt(0.0, 0.5, 0.5), "people": People.ALL}),
        ("noViews", 1, {"people": People.ALL}),
        ("noUpperBody", 1, {"body": CapturedBody.UPPER}),
        ("noUpperBody", 0, {"body": CapturedBody.UPPER, "people": People.ONE}),
        ("noFace", 1, {"face": True}),
    ],
)
def test_options_that_contradict_each_other_are_refused(code: str, views: int, options: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        CaptureSettings(**options).check(views)
    assert caught.value.code == code and caught.value.next_step


def test_options_that_agree_pass() -> None:
    CaptureSettings(**EVERY | {"body": CapturedBody.WHOLE}, crop=(0.5, 0.0, 0.5, 1.0)).check()
    CaptureSettings(body=CapturedBody.UPPER, face=True).check()
    CaptureSettings(height_cm=178.0, trim_start=1.0).check(3)


@pytest.mark.parametrize("name", ["people", "person", "body", "face"])
def test_what_changes_who_is_captured_is_refused_for_the_published_api(name: str) -> None:
    with pytest.raises(InputError) as caught:
        CaptureSettings(**{name: EVERY[name]}).check_api()
    assert caught.value.code == "notSupported" and name in caught.value.title


def test_other_options_pass_for_the_published_api() -> None:
    CaptureSettings(**{name: EVERY[name] for name in EVERY.keys() - {"people", "person", "body", "face"}}).check_api()


def test_a_form_is_read_as_it_was_written() -> None:
    assert set(EVERY) | {"crop"} == set(CaptureSettings.model_fields)
    settings = CaptureSettings(**EVERY, crop=(0.25, 0.0, 0.5, 1.0))
    form = settings.to_form(plain=False, picture=(1920, 1080))
    assert form["height"] == "1.780" and form["start"] == "00:00:01.250"
    read = CaptureSettings.from_form(form)
    assert read.settings.model_copy(update={"crop": settings.crop}) == settings
    assert read.crop_pixels == (480.0, 0.0, 960.0, 1080.0)
    assert set(form) == {"mature", "start", "end", "x", "y", "outputWidth", "outputHeight", *OWN_FIELDS}


def test_the_published_api_gets_its_own_fields_alone() -> None:
    form = CaptureSettings(**EVERY).to_form(plain=True)
    assert form == {"mature": "true", "start": "00:00:01.250", "end": "00:00:03.500"}
    assert CaptureSettings().to_form(plain=False) == {"mature": "false"}


@pytest.mark.parametrize(
    "odd",
    [
        {"height": "tall"},
        {"height": "99"},
        {"people": "both"},
        {"people": "all", "person": ""},
        {"body": "lower"},
        {"face": "maybe"},
        {"rootMode": ""},
        {"start": "now", "end": ""},
        {"x": "1", "y": "", "outputWidth": "100", "outputHeight": "100"},
        {"x": "0", "y": "0", "outputWidth": "0", "outputHeight": "100"},
        *(
            {"people": "one", "person": person}
            for person in ("1,2", "nan,0.1,0.1", "9e999,0,0", "1,0.5,7", "1,0.5,0;rm")
        ),
        {"person": "1.25,0.4,0.6"},
    ],
)
def test_odd_values_of_a_form_are_left_out(odd: dict[str, str]) -> None:
    settings, pixels = CaptureSettings.from_form({**odd, "loop": "true"})
    people = People(odd["people"]) if odd.get("people") in list(People) else None
    assert (settings, pixels) == (CaptureSettings(loop=True, people=people), None)


def test_an_end_before_the_start_is_a_lost_second() -> None:
    assert CaptureSettings.from_form({"start": "0:2", "end": "0:2"}).settings.trim_end == 3.0


def test_a_stored_row_is_read_as_it_was_written() -> None:
    settings = CaptureSettings(**EVERY)
    assert CaptureSettings.model_validate_json(settings.model_dump_json(by_alias=True)) == settings


def test_the_command_line_has_every_option() -> None:
    found: list[CaptureSettings] = []

    @click.command()
    @capture_options(note=" (Kinetix Local only)")
    def command(settings: CaptureSettings) -> None:
        found.append(settings)

    switches = ["--mature", "--loop", "--in-place", "--face", "--crop", "0", "0", "1", "1"]
    values = ["--height", "1.78m", "--start", "1.25", "--end", "3.5", "--people", "one", "--body", "upper"]
    assert CliRunner().invoke(command, [*switches, *values]).exit_code == 0
    assert CliRunner().invoke(command, []).exit_code == 0
    assert found == [CaptureSettings(**EVERY | {"person": None}, crop=(0.0, 0.0, 1.0, 1.0)), CaptureSettings()]
    assert CliRunner().invoke(command, ["--help"], terminal_width=300).output.count("Kinetix Local only") == 3
