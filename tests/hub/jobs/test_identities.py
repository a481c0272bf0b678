"""Names from services, sidecars, old databases and requests never lead out of the library, nor delete it."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.values.errors import KinetixError
from kinetix_hub.hub import Hub
from kinetix_hub.library.emote import read_sidecar
from kinetix_hub.library.removal import remove_folder
from kinetix_hub.services.sdk_service import Service
from tests.hub.double import Double, create, delivered, glb, glb_of, hub_with, wait_state
from tests.support.raw_server import Exchange, Handler, RawServer
from tests.support.refused import refused

HOSTILE_IDS = ["..", ".", "../..", "a/b", "..\\..", "C:", "nul", "x.", "", "a\0b", "x" * 300]


def tree(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an emote and a file of a person in its library."""
    scratch = tmp_path_factory.mktemp("made")
    with hub_with(Double(), scratch / "home") as hub:
        assert wait_state(hub, create(hub)).state == "delivered"
    (scratch / "home" / "library" / "mine.txt").write_text("a person's", encoding="utf-8")
    return scratch / "home"


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    return shutil.copytree(made, tmp_path / "home")


@contextlib.contextmanager
def serving(answer: Handler) -> Iterator[Service]:
    """A service that answers so."""
    with RawServer(answer) as server, contextlib.closing(Service(server.url, "0" * 32)) as service:
        yield service


@pytest.mark.parametrize("uuid", HOSTILE_IDS, ids=repr)
def test_a_service_that_calls_an_emote_like_a_way_out(home: Path, uuid: str) -> None:
    before = tree(home / "library")

    def answer(exchange: Exchange) -> None:
        path = exchange.path.partition("?")[0]
        data = {"uuid": uuid, "name": "Evil", "files": [{"name": "animation", "extension": "glb", "url": files.url}]}
        if path.endswith("/emotes"):
            exchange.json(200, [{"id": 1, "emoteUuid": "e", "data": data}])
        else:
            exchange.json(200, {"id": 1})

    with (
        RawServer(lambda exchange: exchange.answer(200, glb(3))) as files,
        serving(answer) as service,
        hub_with(Double(), home) as hub,
    ):
        hub.connections.service = lambda profile_name: service  # type: ignore[method-assign]
        with refused("badIdentity"):
            hub.refresh()
        with pytest.raises(KinetixError):
            hub.delete(uuid)
    assert before <= tree(home / "library")


def test_a_process_whose_emote_is_a_way_out_fails_and_says_so(tmp_path: Path) -> None:
    told = {"uuid": "p", "emote": "../..", "status": "done"}
    with serving(lambda exchange: exchange.json(200, told)) as service, refused("badIdentity") as caught:
        service.process("p")
    assert "emote" in caught.value.detail


GOOD: dict[str, Any] = {
    "format": 1, "id": "0b5c7c1e-4cf3-4d0c-9d32-3c4d9b6f5e11", "name": "Wave", "profile": "local", "user": "player-1",
    "sha256": "0" * 64, "bytes": 1, "created": 1.0, "used": 1.0,
}  # fmt: skip
HOSTILE_SIDECARS: dict[str, Any] = {
    **{f"the id {uuid[:9]!r}": {"id": uuid} for uuid in HOSTILE_IDS},
    "an id that is a number": {"id": 7},
    "a hash with a way out": {"sha256": "../../../../etc/passwd"},
    "a hash that is short": {"sha256": "ab"},
    "a time beyond the calendar": {"created": 1e300},
    "a time that is none": {"used": float("nan")},
    "a time before time": {"created": -1e18},
    "a name of a thousand letters": {"name": "x" * 1000},
    "a name that is half a character": {"name": "\ud800"},
    "no name": {"name": ""},
    "a size beyond numbers": {"bytes": 10**400},
    "frames that are text": {"frames": "many"},
    "a length that is endless": {"duration_s": float("inf")},
    "a job with a way out": {"job": "../.."},
    "a flag that is text": {"pinned": "no"},
}


def stranger(home: Path, sidecar: str) -> Path:
    folder = home / "library" / "Stranger"
    folder.mkdir(parents=True)
    (folder / "Stranger.glb").write_bytes(glb(5))
    (folder / "emote.json").write_text(sidecar, encoding="utf-8")
    return folder


@pytest.mark.parametrize("what", HOSTILE_SIDECARS)
def test_a_hostile_sidecar_is_not_taken_in(home: Path, what: str) -> None:
    before = tree(home / "library")
    folder = stranger(home, json.dumps({**GOOD, **HOSTILE_SIDECARS[what]}))
    binned = home / "library" / ".bin" / "stranger"
    shutil.copytree(folder, binned)
    (home / "hub" / "hub.db").write_bytes(b"this is no database" * 500)  # so that everything is looked for
    with hub_with(Double(), home) as hub:
        assert read_sidecar(folder) is None
        (found,) = hub.all_emotes()
        assert found.name == "Balance" and not list(hub.library.index.all(deleted=True))
        json.dumps(found.as_dict(), allow_nan=False)
        assert hub.repair.look() == []
        with contextlib.suppress(KinetixError):
            hub.delete(str(HOSTILE_SIDECARS[what].get("id", "..")))
        hub.library.empty_bin(-1.0)
    assert before <= tree(home / "library") and (folder / "Stranger.glb").exists() and binned.is_dir()


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"format":1,"id":' + "9" * 5000 + "}", '{"a":"' + "x" * 10_000_000 + '"}', "\0", "null"],
    ids=["deep", "a huge number", "a huge text", "a zero", "null"],
)  # fmt: skip
def test_a_sidecar_of_any_text_stops_nothing(tmp_path: Path, text: str) -> None:
    folder = stranger(tmp_path / "home", text)
    with hub_with(Double(), tmp_path / "home") as hub:
        assert hub.all_emotes() == [] and hub.repair.look() == [] and read_sidecar(folder) is None


def test_a_good_sidecar_is_taken_in(tmp_path: Path) -> None:
    stranger(tmp_path / "home", json.dumps(GOOD))
    with hub_with(Double(), tmp_path / "home") as hub:
        (found,) = hub.all_emotes()
        assert found.id == GOOD["id"]


def test_only_a_folder_directly_in_its_place_is_deleted(tmp_path: Path) -> None:
    place, outside = tmp_path / "place", tmp_path / "outside"
    (place / "a" / "b").mkdir(parents=True)
    (outside / "kept").mkdir(parents=True)
    (place / "link").symlink_to(outside, target_is_directory=True)
    for wrong in (".", "..", "a/b", "a/../..", outside, "link"):
        with refused("notOurs"):
            remove_folder(place / wrong, place)
    assert (place / "a" / "b").is_dir() and (outside / "kept").is_dir()
    remove_folder(place / "a", place)
    remove_folder(place / "a", place)
    assert not (place / "a").exists()


def test_two_ids_that_differ_in_case_do_not_share_a_place_in_the_bin(hub: Hub) -> None:
    for number, uuid in enumerate(("abc", "ABC")):
        folder = hub.library.root / f"{uuid} {number}"
        folder.mkdir(parents=True)
        (folder / "x.glb").write_bytes(glb(number))
        (folder / "emote.json").write_text(json.dumps({**GOOD, "id": uuid, "name": uuid}), encoding="utf-8")
        assert hub.library.adopt(folder)
    for uuid in ("abc", "ABC"):
        hub.delete(uuid)
    names = [emote.folder.casefold() for emote in hub.library.index.all(deleted=True)]
    assert len(set(names)) == 2
    for number, uuid in enumerate(("abc", "ABC")):
        assert Path(hub.library.restore(uuid).files[FileKind.GLB]).read_bytes() == glb(number)


def test_a_folder_that_is_not_known_as_the_emotes_is_not_replaced(double: Double, hub: Hub) -> None:
    """A person put something of his own where the emote lay."""
    emote = delivered(hub)
    made, folder = emote.id, Path(emote.folder)
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "mine.txt").write_text("a person's", encoding="utf-8")
    staging = hub.library.staging("again")
    (staging / "glb.glb").write_bytes(glb(9))
    hub.library.deliver(staging, double.emote(made), profile="local", user="player-1")
    assert (folder / "mine.txt").exists()
    assert glb_of(hub, made).read_bytes() == glb(9)


def test_a_name_is_shown_on_one_line(hub: Hub) -> None:
    found = delivered(hub, "a\x1b[31m\x07 b")
    assert found.name == "a [31m b" and Path(found.folder).parent == hub.library.root


def test_a_service_that_talks_without_end_is_cut(tmp_path: Path) -> None:
    value = {"uuid": "p", "status": "failed", "name": "n" * 10**6, "errorMessage": "no\n" * 10**6}
    with serving(lambda exchange: exchange.json(200, value)) as service:
        found = service.process("p")
    assert found.failure is not None and len(found.failure.title) <= 500 and "\n" not in found.failure.title
    assert len(found.name) <= 500
