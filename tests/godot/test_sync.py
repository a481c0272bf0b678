"""The rules of the sync, each in the artist's terms."""

from __future__ import annotations

import json
import os
import struct
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kinetix_core.errors import InputError
from kinetix_core.hub_protocol.enumerations import ConflictChoice, Importer, LibraryChange, LoopMode, NameStyle
from kinetix_core.identity import EmoteId
from kinetix_godot.run.engine import Engine
from kinetix_godot.source import snapshot
from kinetix_godot.source.library import LibraryEmote
from kinetix_godot.source.snapshot import read_hint
from kinetix_godot.source.sources import LibrarySource
from kinetix_godot.target import importing
from kinetix_godot.target.places import Waiting
from kinetix_godot.target.settings import FILE_NAME, Preset, Target, read_preset, write_preset
from tests.godot.conftest import Place, check_container, text_of, tiny_glb

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    "text",
    ["x = " + "[" * 50_000, "x = ", "\xff\xfe", "# long\n" * 200_000, "[sync]\nemotes = 5\n[sync.emotes]\n"],
    ids=["nested", "cut off", "other text", "long", "twice"],
)
def test_damaged_settings_in_a_project_are_refused_and_kept(tmp_path: Path, text: str) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(text, encoding="latin-1")
    for use in (lambda: read_preset(tmp_path, "emotes"), lambda: write_preset(tmp_path, "emotes", Preset())):
        with pytest.raises(InputError) as caught:
            use()
        assert caught.value.code == "badSettings" and caught.value.next_step
    assert path.read_text(encoding="latin-1") == text


def test_a_new_file_enters_with_its_import_settings_and_stays_in_step(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.export("sub/Bow.glb", "two")
    assert place.sync() == [("add", "Wave.glb"), ("add", "sub/Bow.glb")]
    settings = (place.emotes / "Wave.glb.import").read_text(encoding="utf-8")
    assert 'importer="animation_library"' in settings
    assert 'source_file="res://emotes/Wave.glb"' in settings
    assert place.sync() == []
    place.export("Wave.glb", "three")
    assert place.sync() == [("update", "Wave.glb")]
    assert place.files() == {"Wave.glb": "three", "sub/Bow.glb": "two"}
    assert not place.leftovers()


def test_a_dry_run_changes_nothing(place: Place) -> None:
    place.export("Wave.glb", "one")
    engine = place.engine()
    assert [action.step().action for action in engine.plan()] == ["add"]
    assert place.files() == {}
    engine.apply(engine.plan())
    assert place.files() == {"Wave.glb": "one"}


def test_the_users_import_settings_are_never_rewritten(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.sync()
    settings = place.emotes / "Wave.glb.import"
    settings.write_text("[params]\nmine=true\n", encoding="utf-8")
    place.export("Wave.glb", "two")
    place.sync()
    assert settings.read_text(encoding="utf-8") == "[params]\nmine=true\n"


def test_a_rename_moves_both_files_so_that_the_uid_follows(place: Place) -> None:
    path = place.export("Wave.glb", "one")
    place.sync()
    settings = place.emotes / "Wave.glb.import"
    settings.write_text('uid="uid://abc"', encoding="utf-8")
    path.rename(place.source / "Hello.glb")
    assert ("rename", "Hello.glb") in place.sync()
    assert place.files() == {"Hello.glb": "one"}
    assert (place.emotes / "Hello.glb.import").read_text(encoding="utf-8") == 'uid="uid://abc"'
    assert not settings.exists()


def test_a_new_name_is_known_before_the_old_one_is_told_to_be_gone(place: Place) -> None:
    path = place.export("Wave.glb", "one")
    place.export("Copy.glb", "one")
    engine = place.engine()
    engine.apply(engine.plan())
    path.rename(place.source / "Hello.glb")
    assert [(action.kind, action.file, action.old) for action in engine.plan(["path:Hello.glb"])] == [
        ("rename", "Hello.glb", "Wave.glb")
    ]
    place.export("Third.glb", "one")  # a copy, as no file of these contents is gone but Wave's
    engine.apply(engine.plan(["path:Hello.glb"]))
    assert [action.kind for action in engine.plan(["path:Third.glb"])] == ["add"]


def test_a_file_that_moves_while_its_folders_are_looked_through_keeps_its_settings(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("a", "b"):
        (place.source / folder).mkdir()
    first, last = snapshot.walk(place.source)[1][1:]  # in the order in which they are looked through
    path = place.export(f"{last}/wave.glb", "one")
    place.sync()
    (place.emotes / f"{last}/wave.glb.import").write_text("uid", encoding="utf-8")
    look = snapshot._look

    def moving(where: str, prefix: str, *more: Any) -> None:
        look(where, prefix, *more)
        if where == f"{place.source}/{first}" and path.exists():
            path.rename(place.source / first / path.name)

    monkeypatch.setattr(snapshot, "_look", moving)
    assert place.sync() == [("rename", f"{first}/wave.glb")]
    assert (place.emotes / f"{first}/wave.glb.import").read_text(encoding="utf-8") == "uid"


def test_a_file_whose_new_name_nobody_has_told_yet_keeps_its_settings(place: Place) -> None:
    path = place.export("Wave.glb", "one")
    engine = place.engine()
    engine.apply(engine.plan())
    path.rename(place.source / "Hello.glb")
    place.export("Other.glb", "two")
    assert [(action.kind, action.file, action.old) for action in engine.plan(["path:Wave.glb"])] == [
        ("rename", "Hello.glb", "Wave.glb")
    ]
    (place.source / "Hello.glb").unlink()
    assert [action.kind for action in engine.plan(["path:Wave.glb"])] == ["remove"]


def test_a_deletion_follows_and_its_undo_brings_the_settings_back(place: Place) -> None:
    path = place.export("Wave.glb", "one")
    place.sync()
    (place.emotes / "Wave.glb.import").write_text("mine", encoding="utf-8")
    path.unlink()
    assert place.sync() == [("remove", "Wave.glb")]
    assert list(place.emotes.glob("*.glb*")) == []
    place.export("Wave.glb", "one")
    place.sync()
    assert (place.emotes / "Wave.glb.import").read_text(encoding="utf-8") == "mine"


def test_what_the_user_changed_is_kept_and_the_new_one_lies_beside(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.sync()
    place.edit("Wave.glb", "my own")
    place.sync()
    assert place.files() == {"Wave.glb": "my own"}
    place.export("Wave.glb", "two")
    assert place.sync() == [("conflict", "Wave.glb")]
    assert place.files() == {"Wave.glb": "my own", "Wave.theirs.glb": "two"}
    assert place.sync() == []
    status = place.engine().status()
    assert status.counts.conflicts == 1
    assert status.conflicts[0].file == "Wave.glb"


def test_a_version_that_is_given_up_is_kept_whatever_its_size(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.sync()
    place.edit("Wave.glb", "my own")
    size = 48 << 20
    os.truncate(place.emotes / "Wave.glb", size)
    place.export("Wave.glb", "two")
    place.sync()
    engine = place.engine()
    tracemalloc.start()
    try:
        engine.resolve("Wave.glb", ConflictChoice.THEIRS)
        assert tracemalloc.get_traced_memory()[1] < size // 2
    finally:
        tracemalloc.stop()
        engine.close()
    (kept,) = (place.registry.state_folder(place.target) / "replaced").glob("Wave-*.glb")
    assert kept.stat().st_size == size and place.files() == {"Wave.glb": "two"}


@pytest.mark.parametrize(("choice", "left"), [("mine", "my own"), ("theirs", "two")])
def test_a_conflict_is_settled_by_a_choice(place: Place, choice: str, left: str) -> None:
    place.export("Wave.glb", "one")
    place.sync()
    place.edit("Wave.glb", "my own")
    place.export("Wave.glb", "two")
    place.sync()
    engine = place.engine()
    engine.resolve("Wave.glb", ConflictChoice(choice))
    assert place.files() == {"Wave.glb": left}
    assert engine.status().counts.conflicts == 0
    engine.close()
    assert place.sync() == []
    assert place.files() == {"Wave.glb": left}
    if choice == "theirs":  # what was given up is not lost
        kept = list((place.registry.state_folder(place.target) / "replaced").glob("Wave-*.glb"))
        assert [text_of(path) for path in kept] == ["my own"]
    place.export("Wave.glb", "three")
    place.sync()
    expected = {"Wave.glb": "my own", "Wave.theirs.glb": "three"} if choice == "mine" else {"Wave.glb": "three"}
    assert place.files() == expected


def test_a_side_copy_that_the_user_changed_is_not_replaced(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.sync()
    place.edit("Wave.glb", "mine")
    place.export("Wave.glb", "two")
    place.sync()
    place.edit("Wave.theirs.glb", "half merged")
    place.export("Wave.glb", "three")
    place.sync()
    files = place.files()
    assert files["Wave.theirs.glb"] == "half merged"
    assert "three" in files.values()


def test_both_sides_changed_while_stopped(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.sync()
    place.export("Wave.glb", "theirs")
    place.edit("Wave.glb", "mine")
    place.sync()
    assert sorted(place.files().values()) == ["mine", "theirs"]


def test_new_contents_reach_a_file_that_was_written_again_as_it_was(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "_TICK_NS", -(1 << 62))  # every time is believed at once
    place.export("a.glb", "one")
    place.sync()
    place.sync()
    engine = place.engine()
    assert engine.manifest.records["path:a.glb"].target_hint == read_hint(place.emotes / "a.glb")
    engine.close()
    os.utime(place.emotes / "a.glb", (1, 1))  # as a checkout of the same version sets another one
    place.export("a.glb", "two")
    assert place.sync() == [("update", "a.glb")]
    assert place.files() == {"a.glb": "two"}


def test_the_same_change_on_both_sides_is_no_conflict(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.sync()
    place.export("Wave.glb", "two")
    place.edit("Wave.glb", "two")
    assert place.sync() == [("adopt", "Wave.glb")]
    assert place.files() == {"Wave.glb": "two"}


def test_what_the_user_deleted_stays_deleted_until_asked(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.sync()
    (place.emotes / "Wave.glb").unlink()
    place.sync()
    place.export("Wave.glb", "two")
    place.sync()
    assert place.files() == {}
    engine = place.engine()
    assert engine.status().deleted == ["Wave.glb"]
    engine.resolve("Wave.glb", ConflictChoice.RESTORE)
    assert place.files() == {"Wave.glb": "two"}


def test_a_file_that_the_user_moved_in_the_project_is_followed(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.sync()
    (place.emotes / "mine").mkdir()
    for tail in ("", ".import"):
        (place.emotes / f"Wave.glb{tail}").rename(place.emotes / f"mine/Wave.glb{tail}")
    place.sync()
    place.export("Wave.glb", "two")
    place.sync()
    assert place.files() == {"mine/Wave.glb": "two"}


def test_a_changed_file_is_not_removed_with_its_source(place: Place) -> None:
    path = place.export("Wave.glb", "one")
    place.sync()
    place.edit("Wave.glb", "mine")
    path.unlink()
    place.sync()
    assert place.files() == {"Wave.glb": "mine"}
    assert place.sync() == []


def test_a_foreign_file_of_the_same_name_is_kept(place: Place) -> None:
    place.emotes.mkdir()
    place.edit("Wave.glb", "mine")
    place.export("Wave.glb", "theirs")
    place.sync()
    assert place.files() == {"Wave.glb": "mine", "Wave.theirs.glb": "theirs"}


def test_a_change_with_the_same_size_and_time_is_seen(place: Place) -> None:
    path = place.export("Wave.glb", "aaa")
    status = path.stat()
    place.sync()
    for _ in range(2):  # the second run trusts its hints
        place.sync()
    path.write_bytes(tiny_glb("bbb"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    place.sync()
    assert place.files() == {"Wave.glb": "bbb"}


def test_new_contents_get_a_second_of_their_own(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.sync()
    before = read_hint(place.emotes / "Wave.glb")
    place.export("Wave.glb", "two")
    place.sync()
    after = read_hint(place.emotes / "Wave.glb")
    assert before and after
    assert after[1] - before[1] >= 1_000_000_000


def test_partial_and_broken_files_wait_outside(place: Place) -> None:
    whole = tiny_glb("later")
    (place.source / "Half.glb").write_bytes(whole[:-4])
    (place.source / "Not.glb").write_bytes(b"<html>not a model</html>")
    place.sync()
    assert place.files() == {}
    engine = place.engine()
    engine.apply(engine.plan())
    assert engine.partial == {"path:Half.glb"}
    assert [problem.file for problem in engine.status().problems] == ["Not.glb"]
    (place.source / "Half.glb").write_bytes(whole)
    engine.apply(engine.plan())
    assert place.files() == {"Half.glb": "later"}


def test_a_project_that_is_away_is_not_a_deletion(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.sync()
    away = place.project.with_name("away")
    place.project.rename(away)
    with pytest.raises(Waiting, match="project"):
        place.engine().plan()
    away.rename(place.project)
    assert place.sync() == []
    place.emotes.rename(place.project / "elsewhere")
    with pytest.raises(Waiting, match="folder emotes"):
        place.engine().plan()
    place.engine().restore_all()
    assert place.files() == {"Wave.glb": "one"}


def test_a_source_that_is_away_removes_nothing(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.sync()
    place.source.rename(place.source.with_name("away"))
    with pytest.raises(Waiting, match="source"):
        place.engine().plan()
    assert place.files() == {"Wave.glb": "one"}


def test_a_lost_manifest_is_built_again_from_the_files(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.sync()
    for path in place.registry.state_folder(place.target).iterdir():
        if path.is_file():
            path.unlink()
    assert place.sync() == [("adopt", "Wave.glb")]
    place.export("Wave.glb", "two")
    assert place.sync() == [("update", "Wave.glb")]


def test_a_file_that_a_power_cut_left_empty_is_written_again(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.sync()
    (place.emotes / "Wave.glb").write_bytes(b"")
    assert place.sync() == [("update", "Wave.glb")]
    assert place.files() == {"Wave.glb": "one"}


def test_settings_live_in_the_project_and_say_what_is_wrong(tmp_path: Path) -> None:
    preset = Preset(importer=Importer.SCENE, loop=LoopMode.LINEAR, include=("a*.glb", "ü.glb"))
    write_preset(tmp_path, "emotes", preset)
    write_preset(tmp_path, "other/ü", Preset())
    assert read_preset(tmp_path, "emotes") == preset
    assert read_preset(tmp_path, "other/ü") == Preset()
    with pytest.raises(InputError, match="loop"):
        Preset.from_json({"loop": "sometimes"})
    with pytest.raises(InputError, match="no sync setting"):
        Preset.from_json({"lop": "none"})


def test_what_is_sent_by_hand_enters_whatever_the_patterns_say(tmp_path: Path) -> None:
    place = Place(tmp_path, Preset(include=("hero_*.glb",)))
    engine = place.engine()
    engine.send("villain", tiny_glb("sent"))
    engine.apply(engine.plan())
    assert place.files() == {"villain.glb": "sent"}


def test_settings_that_a_colleague_committed_are_followed(place: Place) -> None:
    place.export("hero_wave.glb", "one")
    place.export("villain.glb", "two")
    engine = place.engine()
    engine.apply(engine.plan())
    assert len(place.files()) == 2
    write_preset(
        place.project, "emotes", Preset(include=("hero_*.glb",), loop=LoopMode.LINEAR, names=NameStyle.SNAKE_CASE)
    )
    place.export("hero_Bow.glb", "three")
    engine.apply(engine.plan())
    assert list(place.files()) == ["hero_bow.glb", "hero_wave.glb"]
    assert "kinetix/loop=2" in (place.emotes / "hero_bow.glb.import").read_text(encoding="utf-8")
    (place.project / FILE_NAME).write_text('[sync."emotes"]\nloop = "sometimes"\n', encoding="utf-8")
    for _ in range(2):
        with pytest.raises(InputError, match="loop"):
            engine.plan()
    assert len(place.files()) == 2


def test_include_and_exclude(tmp_path: Path) -> None:
    place = Place(tmp_path, Preset(include=("hero_*.glb",), exclude=("*draft*",)))
    for name in ("hero_wave.glb", "hero_draft.glb", "villain.glb"):
        place.export(name, name)
    place.sync()
    assert list(place.files()) == ["hero_wave.glb"]


class Library:
    """A hub's library of tiny emotes, and an engine that follows it."""

    def __init__(self, place: Place, preset: Preset) -> None:
        self.place, self.emotes = place, dict[str, LibraryEmote]()
        write_preset(place.project, "emotes", preset)
        self.source = LibrarySource(lambda: list(self.emotes.values()), preset)
        self.engine = Engine(
            replace(place.target, preset=preset), place.registry.folder / "state", [self.source], check_container
        )

    def put(self, key: str, name: str, text: str) -> None:
        path = self.place.source / f"{key}.glb"
        path.write_bytes(tiny_glb(text))
        self.emotes[key] = LibraryEmote(EmoteId(key), name, str(path))

    def sync(self) -> list[tuple[str, str]]:
        actions = self.engine.plan()
        self.engine.apply(actions)
        return [(action.kind, action.file) for action in actions if action.kind != "note"]


def test_emotes_of_the_library_are_followed_by_their_id(place: Place) -> None:
    library = Library(place, Preset())
    library.put("id1", "Wave", "one")
    library.put("id2", "Wave", "two")
    library.put("id3", "a/b", "three")
    library.sync()
    assert sorted(place.files().values()) == ["one", "three", "two"]
    assert place.files()["a_b.glb"] == "three"
    settings = (place.emotes / "Wave.glb.import").read_text(encoding="utf-8")
    assert 'kinetix/emote_id="id1"' in settings and "kinetix/loop=0" in settings
    (place.emotes / "Wave.glb.import").write_text("uid", encoding="utf-8")
    library.put("id1", "Hello", "one, retaken")
    assert ("rename", "Hello.glb") in library.sync()
    assert place.files()["Hello.glb"] == "one, retaken"
    assert (place.emotes / "Hello.glb.import").read_text(encoding="utf-8") == "uid"
    (place.source / "id3.glb").unlink()  # known, and its file away: nothing is concluded
    assert library.sync() == [] and "a_b.glb" in place.files()
    del library.emotes["id1"]
    assert library.sync() == [("remove", "Hello.glb")]


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


def test_places_that_cannot_be_used_are_refused(place: Place, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a Godot project"):
        Target.create(tmp_path, "emotes")
    for folder in ("../out", "/abs", ".godot/x", ""):
        with pytest.raises(InputError, match="folder"):
            Target.create(place.project, folder)
    with pytest.raises(InputError, match="inside each other"):
        Target.create(place.project, "emotes", str(place.project))


def test_the_import_file_quotes_what_it_is_given() -> None:
    from kinetix_godot.plan.planner import SourceFile

    source = SourceFile("k", "/x", 'say "hi"\n[params]', (1, 2, 3, 4))
    settings = importing.figure_settings(Preset(), None, "")
    text = importing.import_text("emotes/a.glb", source, Preset(), settings, loops=True)
    assert 'kinetix/name="say \\"hi\\"[params]"' in text
    assert "kinetix/loop=2" in text


def looped_glb() -> bytes:
    """As `tiny_glb`, of an emote whose metadata call it a loop."""
    clip = {"extras": {"kinetix": {"loop": True, "fps": 30.0}}}
    body = json.dumps({"asset": {"version": "2.0"}, "text": "round and round", "animations": [clip]}).encode()
    body += b" " * (-len(body) % 4)
    return struct.pack("<4sIIII", b"glTF", 2, 20 + len(body), len(body), 0x4E4F534A) + body


def test_an_emote_that_is_a_loop_loops_unless_the_settings_say_otherwise(place: Place) -> None:
    (place.source / "Spin.glb").write_bytes(looped_glb())
    place.export("Wave.glb", "once")
    place.sync()
    assert "kinetix/loop=2" in (place.emotes / "Spin.glb.import").read_text(encoding="utf-8")
    assert "kinetix/loop=0" in (place.emotes / "Wave.glb.import").read_text(encoding="utf-8")
    write_preset(place.project, "emotes", Preset(loop=LoopMode.NONE))
    (place.source / "Turn.glb").write_bytes(looped_glb())
    place.sync()
    assert "kinetix/loop=1" in (place.emotes / "Turn.glb.import").read_text(encoding="utf-8")
