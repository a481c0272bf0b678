"""The hub's library as a source of the sync."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kinetix_core.protocol.hub.enumerations import LibraryChange
from kinetix_core.values.identity import EmoteId
from kinetix_godot.preset import Preset, write_preset
from kinetix_godot.run.engine import Engine
from kinetix_godot.source.library import LibraryEmote
from kinetix_godot.source.sources import LibrarySource
from tests.godot.sync.place import Place, check_container, shown_actions, tiny_glb

pytestmark = pytest.mark.quick


class Library:
    """A hub's library of tiny emotes, and an engine that follows it."""

    def __init__(self, place: Place, preset: Preset) -> None:
        self.place, self.emotes = place, dict[str, LibraryEmote]()
        write_preset(place.project, "emotes", preset)
        self.source = LibrarySource(lambda: list(self.emotes.values()), preset)
        self.engine = Engine(
            replace(place.target, preset=preset), place.registry.folder / "state", [self.source], check_container
        )

    def put(self, key: str, name: str, text: str, of: str | None = None, since: float = 0.0) -> None:
        path = self.place.source / f"{key}.glb"
        path.write_bytes(tiny_glb(text))
        self.emotes[key] = LibraryEmote(EmoteId(key), name, str(path), None if of is None else EmoteId(of), since)

    def sync(self) -> list[tuple[str, str]]:
        actions = self.engine.plan()
        self.engine.apply(actions)
        return shown_actions(actions)


def test_emotes_of_the_library_are_followed_by_their_id(place: Place) -> None:
    library = Library(place, Preset())
    library.put("id1", "Wave", "one")
    library.put("id2", "Wave", "two")
    library.put("id3", "a/b", "three")
    library.sync()
    assert sorted(place.files().values()) == ["one", "three", "two"]
    assert place.files()["a_b.glb"] == "three"
    settings = place.settings("Wave.glb").read_text(encoding="utf-8")
    assert 'kinetix/emote_id="id1"' in settings and "kinetix/loop=0" in settings
    place.settings("Wave.glb").write_text("uid", encoding="utf-8")
    library.put("id1", "Hello", "one, retaken")
    assert ("rename", "Hello.glb") in library.sync()
    assert place.files()["Hello.glb"] == "one, retaken"
    assert place.settings("Hello.glb").read_text(encoding="utf-8") == "uid"
    (place.source / "id3.glb").unlink()  # known, and its file away: nothing is concluded
    assert library.sync() == [] and "a_b.glb" in place.files()
    del library.emotes["id1"]
    assert library.sync() == [("remove", "Hello.glb")]


def test_of_an_emote_that_was_corrected_the_project_has_one_file_with_the_current_version(place: Place) -> None:
    library = Library(place, Preset())
    library.put("id1", "Wave", "as it was captured", since=1.0)
    library.sync()
    settings = place.settings("Wave.glb")
    settings.write_text("uid", encoding="utf-8")
    library.put("id2", "Wave", "corrected", of="id1", since=2.0)
    assert library.sync() == [("update", "Wave.glb")]
    assert place.files() == {"Wave.glb": "corrected"} and settings.read_text(encoding="utf-8") == "uid"
    library.emotes["id1"] = replace(library.emotes["id1"], current_since=3.0)
    assert library.source.take(LibraryChange.CHANGED, library.emotes["id1"]) == "id1"
    found = library.source.find("id1")
    assert found is not None and (found.key, found.emote_id) == ("id1", "id1") and found.path.endswith("id1.glb")
    library.sync()
    assert place.files() == {"Wave.glb": "as it was captured"}
    assert library.source.take(LibraryChange.REMOVED, library.emotes.pop("id1")) == "id1"
    assert library.source.find("id1") is not None, "another version is left"
    library.sync()
    assert place.files() == {"Wave.glb": "corrected"}
    library.source.take(LibraryChange.REMOVED, library.emotes.pop("id2"))
    assert library.source.find("id1") is None and library.sync() == [("remove", "Wave.glb")]


def test_what_changes_in_the_library_while_it_is_looked_through_is_not_lost(place: Place) -> None:
    library = Library(place, Preset())
    for number in range(3):
        library.put(f"id{number}", f"Wave{number}", str(number))
    scan = library.source.scan()
    next(scan)
    library.put("id3", "Bow", "three")
    library.source.take(LibraryChange.CHANGED, library.emotes["id3"])
    assert len(list(scan)) == 2
    before = dict(library.emotes)

    def ask() -> list[LibraryEmote]:
        found = list(before.values())
        library.put("id4", "Nod", "four")  # when the hub has answered, and its answer is not here yet
        library.source.take(LibraryChange.CHANGED, library.emotes["id4"])
        library.source.take(LibraryChange.REMOVED, library.emotes.pop("id0"))
        return found

    library.source._emotes = ask
    assert sorted(key for key, _, _ in library.source.scan()) == ["id1", "id2", "id3", "id4"]
    assert library.source.find("id4") and not library.source.find("id0")


def test_patterns_choose_emotes_of_the_library_by_name(place: Place) -> None:
    library = Library(place, Preset(include=("hero_*.glb",), exclude=("*draft*",)))
    for key, name in {"id1": "hero_wave", "id2": "hero_draft", "id3": "villain"}.items():
        library.put(key, name, name)
    library.sync()
    assert list(place.files()) == ["hero_wave.glb"]
    library.emotes["id1"] = replace(library.emotes["id1"], name="villains")
    assert library.sync() == [("remove", "hero_wave.glb")]
