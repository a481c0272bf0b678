"""Versions that Kinetix Local makes, as the hub passes them on."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.protocol.hub import models
from kinetix_core.values.errors import InputError
from kinetix_core.values.identity import EmoteId, ProcessId, Sha256
from kinetix_hub.database import Database
from kinetix_hub.jobs.port import FilmedClip, Temporary
from kinetix_hub.jobs.runner import Runner
from kinetix_hub.jobs.store import JobStore
from kinetix_hub.keys.profiles import Profiles
from kinetix_hub.library.emote import Emote
from kinetix_hub.library.index import Index
from kinetix_hub.library.library import Library
from kinetix_hub.refining import Refining

pytestmark = pytest.mark.quick
EMOTE, VERSION, PROCESS = EmoteId(str(uuid.uuid4())), EmoteId(str(uuid.uuid4())), ProcessId(str(uuid.uuid4()))
_PICTURE = {
    "camera": 0,
    "startS": 1.75,
    "width": 1280,
    "height": 720,
    "joints": {"leftWrist": [[0.25, 0.5], [0.3, 0.5]]},
    "head": [[0.4, 0.2], [0.4, 0.2]],
    "cameraMoved": False,
    "towards": {"leftForearm": [True, False]},
}
_FIGURE = {
    **_PICTURE,
    "frames": 2,
    "stands": None,
    "handsStand": None,
    "further": [{**_PICTURE, "camera": 2, "startS": 0.5, "width": 720, "cameraMoved": True}],
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
        self.told: list[models.Emote] = []
        self.clips = {0: FilmedClip("/clips/one.mp4", 1.5), 2: FilmedClip("/clips/three.mp4", 1.5)}
        self.answers: dict[str, Any] = {
            f"/_local/emotes/{EMOTE}/refine/1/figure": _FIGURE,
            f"/_local/emotes/{EMOTE}/refine": [_VERSION],
        }

    def filmed(self, process: ProcessId, camera: int) -> FilmedClip | None:
        assert process == PROCESS
        return self.clips.get(camera)

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
    store = JobStore(database, lambda event: None)
    library = Library(tmp_path / "library", Index(database), lambda change, emote: local.told.append(emote))
    for emote, folder, of in ((EMOTE, "Wave", None), (VERSION, "Wave (2)", EMOTE)):
        library.index.save(
            Emote(emote, "Wave", folder, "local", "player-1", Sha256("0" * 64), 1, 0.0, 0.0, version_of=of)
        )
    runner = Runner(store, lambda job, stop: None)
    yield Refining(local.ask, local.filmed, library, Profiles(tmp_path / "profiles.json"), store, runner)
    database.close()


def test_a_figure_comes_with_the_clips_that_it_lies_over(local: Local, refining: Refining) -> None:
    found = refining.figure(EMOTE, 1)
    first, other = found.pictures
    assert [first.camera_moved, other.camera_moved] == [False, True]
    assert first.towards == other.towards == {"leftForearm": [True, False]}
    assert (first.camera, first.width, first.height) == (0, 1280, 720)
    assert first.joints["leftWrist"][1] == (0.3, 0.5) and first.head[0] == (0.4, 0.2)
    assert (first.clip, first.clip_start) == ("/clips/one.mp4", 1.75), "as it was captured, not as it was asked for"
    assert (other.camera, other.width, other.clip, other.clip_start) == (2, 720, "/clips/three.mp4", 0.5)
    local.clips.clear()
    assert [picture.clip for picture in refining.figure(EMOTE, 1).pictures] == [None, None], "the figure alone"


def test_of_an_older_take_the_first_clip_begins_as_it_was_asked_for(local: Local, refining: Refining) -> None:
    other = {**_PICTURE, "camera": 2, "startS": None}
    local.answers[f"/_local/emotes/{EMOTE}/refine/1/figure"] = {**_FIGURE, "startS": None, "further": [other]}
    first, further = refining.figure(EMOTE, 1).pictures
    assert (first.clip, first.clip_start) == ("/clips/one.mp4", 1.5)
    assert further.clip is None, "nobody knows when the other camera began"


def test_what_kinetix_local_refuses_of_a_figure_is_passed_on(local: Local, refining: Refining) -> None:
    with pytest.raises(InputError, match="no such version"):
        refining.figure(EMOTE, 7)
    local.answers[f"/_local/emotes/{EMOTE}/refine/1/figure"] = {"width": "wide"}
    with pytest.raises(Temporary, match="what cannot be understood"):
        refining.figure(EMOTE, 1)


def test_the_version_that_somebody_goes_back_to_is_the_current_one_in_the_library(
    local: Local, refining: Refining
) -> None:
    """The others stay in the library; what follows it, as the sync does, hears of the one."""
    path = f"/_local/emotes/{VERSION}/refine"
    local.answers[f"{path}/1/current"] = None
    local.answers[path] = [_VERSION, {**_VERSION, "number": 2, "emote": VERSION, "current": False}]
    assert [one.current for one in refining.go_to(VERSION, 1).versions] == [True, False]
    (told,) = local.told
    assert told.id == EMOTE and told.version_of is None
    assert told.current_since is not None and told.current_since > "2026", "the version's is the day it was made"
    local.answers[path] = [{**_VERSION, "emote": str(uuid.uuid4())}]
    refining.go_to(VERSION, 1)
    assert len(local.told) == 1, "what is not in the library becomes nothing"


def test_a_version_is_made_the_current_one_by_itself(local: Local, refining: Refining) -> None:
    """An editor shows emotes, and knows no numbers."""
    path = f"/_local/emotes/{VERSION}/refine"
    second = {**_VERSION, "number": 2, "emote": VERSION, "current": False}
    local.answers |= {f"{path}/2/current": None, path: [_VERSION, second]}
    refining.make_current(VERSION)
    assert f"POST {path}/2/current" in local.asked
    local.asked.clear()
    local.answers[path] = [{**_VERSION, "current": False}, {**second, "current": True}]
    assert [one.current for one in refining.make_current(VERSION).versions] == [False, True]
    assert local.asked == [f"GET {path}"], "it is the current one already"
