"""Versions that Kinetix Local makes, as the hub passes them on."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.errors import InputError
from kinetix_core.identity import EmoteId, ProcessId, Sha256
from kinetix_hub.database import Database
from kinetix_hub.jobs.port import FilmedClip, Temporary
from kinetix_hub.jobs.runner import Runner
from kinetix_hub.jobs.store import JobStore
from kinetix_hub.keys.profiles import Profiles
from kinetix_hub.library.emote import Emote
from kinetix_hub.library.index import Index
from kinetix_hub.refining import Refining

pytestmark = pytest.mark.quick
EMOTE, PROCESS = EmoteId(str(uuid.uuid4())), ProcessId(str(uuid.uuid4()))
_FIGURE = {
    "frames": 2,
    "width": 1280,
    "height": 720,
    "cameraMoved": False,
    "joints": {"leftWrist": [[0.25, 0.5], [0.3, 0.5]]},
    "head": [[0.4, 0.2], [0.4, 0.2]],
}
_VERSION = {
    "number": 1,
    "emote": EMOTE,
    "process": PROCESS,
    "status": "done",
    "createdAt": "2026-01-01T00:00:00Z",
    "current": True,
    "corrections": [],
    "firstFrame": 0,
    "unsure": [],
    "error": None,
}


class Local:
    """Kinetix Local: what it answers, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.clips = {PROCESS: FilmedClip("/clips/one.mp4", 1.5)}
        self.answers: dict[str, Any] = {
            f"/_local/emotes/{EMOTE}/refine/1/figure": _FIGURE,
            f"/_local/emotes/{EMOTE}/refine": [_VERSION],
        }

    def ask(self, method: str, path: str, body: object = None, seconds: float = 10.0) -> object:
        self.asked.append(f"{method} {path}")
        if path not in self.answers:
            raise InputError("There is no such version.", code="versionNotFound", next_step="List the versions.")
        return self.answers[path]


@pytest.fixture
def local() -> Local:
    return Local()


@pytest.fixture
def refining(local: Local, tmp_path: Path) -> Iterator[Refining]:
    database = Database(tmp_path / "hub.db", first=True)
    index, store = Index(database), JobStore(database, lambda event: None)
    index.save(Emote(EMOTE, "Wave", "Wave", "local", "player-1", Sha256("0" * 64), 1, 0.0, 0.0))
    runner = Runner(store, lambda job, stop: None)
    yield Refining(local.ask, local.clips.get, index, Profiles(tmp_path / "profiles.json"), store, runner)
    database.close()


def test_a_figure_comes_with_the_clip_that_it_lies_over(local: Local, refining: Refining) -> None:
    found = refining.figure(EMOTE, 1)
    assert (found.width, found.height, found.camera_moved) == (1280, 720, False)
    assert found.joints["leftWrist"][1] == (0.3, 0.5) and found.head[0] == (0.4, 0.2)
    assert (found.clip, found.clip_start) == ("/clips/one.mp4", 1.5)
    local.clips.clear()
    assert refining.figure(EMOTE, 1).clip is None, "a clip that is not kept leaves the figure alone"


def test_what_kinetix_local_refuses_of_a_figure_is_passed_on(local: Local, refining: Refining) -> None:
    with pytest.raises(InputError, match="no such version"):
        refining.figure(EMOTE, 7)
    local.answers[f"/_local/emotes/{EMOTE}/refine/1/figure"] = {"width": "wide"}
    with pytest.raises(Temporary, match="what cannot be understood"):
        refining.figure(EMOTE, 1)
