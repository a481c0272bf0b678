"""An emote of the upper body alone through the hub: asked of Kinetix Local only, and known as such in the library."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kinetix_core import mannequin
from kinetix_core.formats import glb
from kinetix_core.motion.motion import Motion
from kinetix_core.protocol.hub.enumerations import JobState
from kinetix_core.protocol.hub.models import JobSettings
from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.failure import FailureReason
from kinetix_hub.hub import Hub
from kinetix_hub.library.emote import read_sidecar
from tests.hub.double import Double, create, hub_with, wait_state
from tests.support.present import present

UPPER = JobSettings(body=CapturedBody.UPPER)


def _wave() -> bytes:
    skeleton = mannequin.load("1k").skeleton
    rotations = np.tile(skeleton.rest_rotations, (31, 1, 1))
    path = np.tile(skeleton.rest_translations[0], (31, 1))
    return glb.write_emote(Motion(skeleton, 30.0, rotations, path, name="wave", extras={"body": "upper"}))


def test_it_is_known_in_the_library_and_after_a_start(tmp_path: Path) -> None:
    double, home = Double(), tmp_path / "home"
    with hub_with(double, home) as hub:
        double.looks = 10**6
        job = create(hub, "Wave", UPPER)
        wait_state(hub, job, "processing")
        (row,) = double.rows.values()
        double.files[present(row.emote)] = _wave()
        double.looks = 0
        assert wait_state(hub, job).state is JobState.DELIVERED
        (emote,) = hub.all_emotes()
        assert emote.body is CapturedBody.UPPER
        kept = read_sidecar(Path(emote.folder))
        assert kept is not None and kept.body is CapturedBody.UPPER
        assert json.loads(emote.model_dump_json())["body"] == "upper"
    with hub_with(double, home, start=False) as hub:
        assert [one.body for one in hub.all_emotes()] == [CapturedBody.UPPER]


def test_half_a_body_is_captured_by_one_call(double: Double, hub: Hub) -> None:
    half = FailureReason.HALF_BODY
    double.fail = {"process": [KinetixError(half.summary, code=half.value, next_step=half.advice)]}
    job = create(hub, "Wave", JobSettings())
    assert wait_state(hub, job).state is JobState.FAILED
    hub.commands.capture_upper_body(job)
    done = wait_state(hub, job, "delivered")
    assert done.settings.body is CapturedBody.UPPER
    with pytest.raises(KinetixError) as caught:
        hub.commands.capture_upper_body(job)
    assert caught.value.code == "notHalfBody"
