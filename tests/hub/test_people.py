"""A clip of several people through the hub: every person's emote comes into the library, and they keep together."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from kinetix_core.errors import InputError
from kinetix_core.hub_protocol.enumerations import JobState
from kinetix_core.hub_protocol.models import JobSettings
from kinetix_core.identity import EmoteId
from kinetix_core.people import People
from tests.hub.double import Double, clip_in, glb, hub_with, wait_state

OTHER = "7a0c1f0e-0000-4000-8000-000000000002"


def test_all_of_a_clip_come_into_the_library(tmp_path: Path) -> None:
    double = Double()
    clip = clip_in(tmp_path)
    with hub_with(double, tmp_path / "home") as hub:
        with pytest.raises(InputError) as caught:
            hub.commands.create(str(clip), None, JobSettings(people=People.ALL), "cloud", None)
        assert caught.value.code == "noPeople"
        with pytest.raises(InputError) as caught:
            hub.commands.create(str(clip), None, JobSettings(people=People.ALL, views=(str(clip),)), None, None)
        assert caught.value.code == "noViews"
        double.looks = 10**6
        job = hub.commands.create(str(clip), "Duo", JobSettings(people=People.ALL), None, None).id
        wait_state(hub, job, "processing")
        process, row = next(iter(double.rows.items()))
        assert row.emote is not None
        double.rows[process] = dataclasses.replace(row, emotes=(row.emote, EmoteId(OTHER)))
        double.files[OTHER] = glb(99)
        double.looks = 0
        assert wait_state(hub, job).state is JobState.DELIVERED
        assert {emote.id for emote in hub.all_emotes()} == {row.emote, OTHER}
        assert not list((hub.library.incoming).iterdir())
