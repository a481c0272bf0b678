"""A folder of clips that is asked for once more, while what the first call asked for goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.protocol.hub.answers import EmoteList, JobList
from kinetix_core.protocol.hub.bodies import JobBody
from kinetix_core.protocol.hub.enumerations import JobKind, JobState
from kinetix_core.protocol.hub.models import JobSettings
from kinetix_core.values.identity import EmoteId, JobId, Sha256
from kinetix_hub.cli.emotes import delivery, many
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


class PairHub:
    """A hub whose library has the emotes of two people of one clip, one that was cut of the first, and somebody else's."""

    def get(self, answer: type, path: str, **_query: object) -> Any:
        rows = (
            ("2", "Pair 2", "g", None),
            ("1", "Pair", "g", None),
            ("3", "Part", "g", "1"),
            ("4", "Other", "h", None),
        )
        emotes = [
            replace(_emote(number, name), group=group, cut_from=None if source is None else _id(source)).public(Path())
            for number, name, group, source in rows
        ]
        return EmoteList(emotes=emotes) if path == "/emotes" else next(one for one in emotes if path.endswith(one.id))


def _id(number: str) -> EmoteId:
    return EmoteId(EMOTE.replace("1", number))


def _emote(number: str, name: str) -> Emote:
    return Emote(_id(number), name, name, "local", "player-1", Sha256("0" * 64), 1, 0.0, 0.0)


@pytest.mark.parametrize(("kind", "told"), [(JobKind.CLIP, ["Pair", "Pair 2"]), (JobKind.REFINE, ["Pair"])])
def test_everybody_of_a_clip_is_told_and_of_a_take_that_is_solved_again_one(kind: JobKind, told: list[str]) -> None:
    job = Job(JobId("j-1"), kind, "Pair", "pair.mp4", "local", "player-1", JobSettings(), created=0.0)
    job.state, job.emote = JobState.DELIVERED, EMOTE
    emotes = delivery.emotes_of(PairHub(), job.public(0.0))  # type: ignore[arg-type]
    assert [emote.name for emote in emotes] == told


def test_what_is_delivered_while_one_looks_is_not_made_again(tmp_path: Path) -> None:
    clip = clip_in(tmp_path)
    row = many._begun(BusyHub(clip), clip, JobBody(clip=str(clip)))  # type: ignore[arg-type]
    assert row.job is not None and row.job.id == "j-1"
