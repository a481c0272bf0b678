"""An emote that comes again, and what a person or another service has where it goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinetix_core.protocol.hub.enumerations import FileKind
from kinetix_core.values.identity import EmoteId
from kinetix_hub.hub import Hub
from kinetix_hub.library.emote import Emote, read_sidecar
from kinetix_hub.services.port import EmoteInfo, FileInfo
from tests.hub.double import Double, delivered, glb
from tests.support.refused import refused


def _wave(hub: Hub) -> Emote:
    return hub.library.index.get(delivered(hub, "Wave").id)


def _come_again(hub: Hub, emote: str, profile: str, contents: bytes, version_of: EmoteId | None = None) -> None:
    """Deliver again as the end of a job or a refresh does."""
    folder = hub.library.staging("again")
    (folder / "glb.glb").write_bytes(contents)
    hub.library.check(folder)
    info = EmoteInfo(EmoteId(emote), "Wave", False, 1.0, "", tuple[FileInfo, ...](), version_of)
    hub.library.deliver(folder, info, profile=profile, user="player-1")


def _lay(folder: Path) -> dict[str, bytes]:
    """Put a person's files beside an emote; `A.glb` sorts before it, `Wave.fbx` has its name."""
    own = {"notes.txt": b"mine", "A.glb": glb(77), "Wave.fbx": b"exported by hand", "takes/one.blend": b"BLENDER"}
    for name, data in own.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    return own


@pytest.mark.parametrize("where", ["in the library", "evicted", "in the bin"])
def test_a_persons_own_files_survive_another_delivery(hub: Hub, where: str) -> None:
    emote = _wave(hub)
    folder = hub.library.root / emote.folder
    own = _lay(folder)
    if where == "evicted":
        usual, hub.evictor.limit = hub.evictor.limit, 1
        assert hub.evictor.run() == [emote.id]
        hub.evictor.limit = usual  # the hub's own look would take away again what comes now
    elif where == "in the bin":
        hub.delete(emote.id)
    _come_again(hub, emote.id, emote.profile, glb(99))
    again = hub.library.index.get(emote.id)
    place = hub.library.root / again.folder
    assert (place / again.files[FileKind.GLB]).read_bytes() == glb(99) and again.files[FileKind.GLB] == "Wave.glb"
    assert {name: (place / name).read_bytes() for name in own} == own
    assert hub.repair.look() == [] and not list(hub.library.incoming.iterdir())


def test_an_emote_that_a_person_edited_survives_another_delivery(hub: Hub) -> None:
    emote = _wave(hub)
    folder = hub.library.root / emote.folder
    (folder / "Wave.glb").write_bytes(glb(55))
    _come_again(hub, emote.id, emote.profile, glb(99))
    assert (folder / "Wave.glb").read_bytes() == glb(99)
    assert (folder / "Wave 2.glb").read_bytes() == glb(55)


def test_a_rename_and_an_undo_take_no_other_file_for_the_emotes(hub: Hub) -> None:
    emote = _wave(hub)
    own, before = _lay(hub.library.root / emote.folder), glb(1)
    hub.library.rename(emote.id, "Bow")
    hub.library.delete(emote.id)
    hub.library.restore(emote.id)
    again = hub.library.index.get(emote.id)
    place = hub.library.root / again.folder
    assert again.files[FileKind.GLB] == "Bow.glb" and (place / "Bow.glb").read_bytes() == before
    assert {name: (place / name).read_bytes() for name in own} == own
    assert again.sha256 == emote.sha256 and hub.repair.look() == []


def test_a_format_that_is_fetched_lies_beside_a_persons_file(hub: Hub) -> None:
    emote = _wave(hub)
    own = hub.library.root / emote.folder / "Wave.bvh"
    own.write_bytes(b"my own capture")
    fetched = hub.file(emote.id, FileKind.BVH)
    assert own.read_bytes() == b"my own capture" and fetched.read_bytes().startswith(b"HIERARCHY")
    assert hub.file(emote.id, FileKind.BVH) == fetched


def test_a_service_changes_no_emote_of_another_profile(double: Double, hub: Hub) -> None:
    emote = _wave(hub)
    glb_file = hub.library.root / emote.folder / "Wave.glb"
    with refused("idOfAnotherProfile"):
        _come_again(hub, emote.id, "cloud", glb(99))
    double.bags["stranger"] = [emote.id]
    found = hub.refresh("cloud", "stranger")
    assert not found.added and [row.error.code for row in found.failed] == ["idOfAnotherProfile"]
    assert hub.refresh("local", "stranger").as_dict() == {"added": [], "failed": []}
    assert glb_file.read_bytes() == glb(1) and hub.library.index.get(emote.id) == emote


def test_a_version_says_of_which_emote_it_is_and_only_of_one_of_its_own_service(hub: Hub) -> None:
    """A service must not read the version of another service's emote."""
    emote = _wave(hub)
    for name, profile in (("own", emote.profile), ("strange", "another")):
        _come_again(hub, name, profile, glb(99), version_of=emote.id)
    own, strange = (hub.library.index.get(name) for name in ("own", "strange"))
    assert (own.version_of, strange.version_of) == (emote.id, None)
    found = read_sidecar(hub.library.root / own.folder)
    assert found is not None and found.version_of == emote.id, "so it is known after a repair too"
    _come_again(hub, "own", emote.profile, glb(98))
    assert hub.library.index.get("own").version_of == emote.id, "an answer without it takes nothing back"
    told = {one.id: one for one in hub.all_emotes()}
    assert told[EmoteId("own")].current_since == told[EmoteId("own")].created_at
    hub.library.make_current(emote.id)
    told = {one.id: one for one in hub.all_emotes()}
    first, version = told[emote.id].current_since, told[EmoteId("own")].current_since
    assert first is not None and version is not None and first >= version
