"""A folder of clips that is asked for once more, while what the first call asked for goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kinetix_core.hub_protocol.answers import EmoteList, JobList
from kinetix_core.hub_protocol.bodies import JobBody
from kinetix_core.hub_protocol.enumerations import JobKind, JobState
from kinetix_core.hub_protocol.models import JobSettings
from kinetix_core.identity import EmoteId, JobId, Sha256
from kinetix_hub.cli import many
from kinetix_hub.jobs.job import Job
from kinetix_hub.library.emote import Emote
from tests.hub.double import clip_in

EMOTE = EmoteId("11111111-1111-4111-8111-111111111111")


class BusyHub:
    """A hub that delivers the job after it was asked for the first time."""

    def __init__(self, clip: Path) -> None:
        made = clip.stat().st_mtime + 10.0
        self._job = Job(JobId("j-1"), JobKind.CLIP, "clip", str(clip), "local", "player-1", JobSettings(), created=made)
        self._job.state = JobState.VERIFYING
        self._emotes: list[Emote] = []

    def get(self, answer: type, path: str, **_query: object) -> Any:
        jobs, emotes = [self._job.public(0.0)], [emote.public(Path("library")) for emote in self._emotes]
        self._job.state, self._job.emote = JobState.DELIVERED, EMOTE
        self._emotes = [Emote(EMOTE, "clip", "clip", "local", "player-1", Sha256("0" * 64), 1, 0.0, 0.0)]
        return {"/jobs": JobList(jobs=jobs), "/emotes": EmoteList(emotes=emotes)}[path]

    def post(self, *_given: object) -> Any:
        pytest.fail("a clip that is made already is made once more")


def test_what_is_delivered_while_one_looks_is_not_made_again(tmp_path: Path) -> None:
    clip = clip_in(tmp_path)
    row = many._begun(BusyHub(clip), clip, JobBody(clip=str(clip)))  # type: ignore[arg-type]
    assert row.job is not None and row.job.id == "j-1"
