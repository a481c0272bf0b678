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
from kinetix_hub.jobs.runner import Runner
from kinetix_hub.jobs.store import JobStore
from kinetix_hub.keys.profiles import Profiles
from kinetix_hub.library.emote import Emote
from kinetix_hub.library.index import Index
from kinetix_hub.library.library import Library
from kinetix_hub.refining import Refining

pytestmark = pytest.mark.quick
EMOTE, VERSION, PROCESS = EmoteId(str(uuid.uuid4())), EmoteId(str(uuid.uuid4())), ProcessId(str(uuid.uuid4()))
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
        self.answers: dict[str, Any] = {
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
    store = JobStore(database, lambda event: None)
    library = Library(tmp_path / "library", Index(database), lambda change, emote: local.told.append(emote))
    for emote, folder, of in ((EMOTE, "Wave", None), (VERSION, "Wave (2)", EMOTE)):
        library.index.save(
            Emote(emote, "Wave", folder, "local", "player-1", Sha256("0" * 64), 1, 0.0, 0.0, version_of=of)
        )
    runner = Runner(store, lambda job, stop: None)
    yield Refining(local.ask, library, Profiles(tmp_path / "profiles.json"), store, runner)
    database.close()


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
