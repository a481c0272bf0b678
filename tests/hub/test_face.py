"""A face through the hub: asked of Kinetix Local only, and of one clip."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinetix_core.protocol.hub.enumerations import JobKind
from kinetix_core.protocol.hub.models import JobSettings
from kinetix_core.values.errors import InputError
from kinetix_core.values.identity import JobId
from kinetix_hub.jobs.clip_form import clip_form
from kinetix_hub.jobs.job import Job
from tests.hub.double import Double, clip_in, hub_with


def test_only_kinetix_local_is_asked_and_of_one_clip(tmp_path: Path) -> None:
    clip = str(clip_in(tmp_path))
    with hub_with(Double(), tmp_path / "home") as hub:
        for settings, profile in (
            (JobSettings(face=True), "cloud"),
            (JobSettings(face=True, views=(clip,)), None),
        ):
            with pytest.raises(InputError) as caught:
                hub.commands.create(clip, None, settings, profile, None)
            assert caught.value.code == "noFace" and caught.value.next_step


@pytest.mark.parametrize(("face", "local", "sent"), [(True, True, "true"), (False, True, None), (True, False, None)])
def test_the_form_asks_for_it_where_it_is_wanted(tmp_path: Path, face: bool, local: bool, sent: str | None) -> None:
    clip = str(clip_in(tmp_path))
    job = Job(JobId("talk"), JobKind.CLIP, "Talk", clip, "local", "player-1", JobSettings(face=face))
    assert clip_form(job, local=local).extra.get("face") == sent
