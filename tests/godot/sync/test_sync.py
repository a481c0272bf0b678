"""Rules of the sync."""

from __future__ import annotations

import os
import tracemalloc
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from kinetix_core.io import files
from kinetix_core.protocol.hub.enumerations import ConflictChoice
from kinetix_godot import snapshot
from kinetix_godot.snapshot import read_hint
from kinetix_godot.target.places import Waiting
from tests.godot.sync.place import Place, age, text_of, tiny_glb
from tests.support.present import present

pytestmark = pytest.mark.quick


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
    first, last = snapshot.list_glbs(place.source)[1][1:]  # in the order in which they are looked through
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


@pytest.mark.parametrize("was_synced", [True, False], ids=["changed on both sides", "added on both sides"])
def test_two_versions_while_stopped_lie_beside_each_other(place: Place, was_synced: bool) -> None:
    place.emotes.mkdir()
    if was_synced:
        place.export("Wave.glb", "one")
        place.sync()
    place.export("Wave.glb", "theirs")
    place.edit("Wave.glb", "mine")
    place.sync()
    assert place.files() == {"Wave.glb": "mine", "Wave.theirs.glb": "theirs"}


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
    """Also when much time passes before the rename."""
    place.export("Wave.glb", "one")
    place.sync()
    age(place.emotes / "Wave.glb")
    before = present(read_hint(place.emotes / "Wave.glb"))[1]

    def stand_still(step: str) -> None:
        if step == "replace":
            (written,) = [path for path in place.emotes.iterdir() if files.is_temporary(path.name)]
            os.utime(written, ns=(before, before))

    place.export("Wave.glb", "two")
    engine = place.engine(step=stand_still)
    engine.apply(engine.plan())
    engine.close()
    assert present(read_hint(place.emotes / "Wave.glb"))[1] - before >= 1_000_000_000


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


def test_a_place_that_is_away_is_not_a_deletion(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.sync()
    place.source.rename(place.source.with_name("away"))
    with pytest.raises(Waiting, match="source"):
        place.engine().plan()
    place.source.with_name("away").rename(place.source)
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


def test_an_engine_that_lost_its_last_emote_leaves_no_log_open(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows removes no file that is open: what the next engine brought to the disk would count as not there for ever."""
    opened: list[BinaryIO] = []
    open_log = files.open_log

    def noted(path: Path) -> BinaryIO:
        opened.append(open_log(path))
        return opened[-1]

    place.export("Wave.glb", "one")
    place.sync()
    (place.source / "Wave.glb").unlink()
    (place.emotes / "Wave.glb").unlink()
    monkeypatch.setattr(files, "open_log", noted)
    assert place.sync() == [("forget", "Wave.glb")]
    assert opened and all(file.closed for file in opened)
    place.export("Wave.glb", "two")
    place.sync()
    place.sync()
    assert place.sync() == []
    assert not (place.registry.state_folder(place.target) / "manifest.log").exists()


def test_a_lost_manifest_is_built_again_from_the_files(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.sync()
    for path in place.registry.state_folder(place.target).iterdir():
        if path.is_file():
            path.unlink()
    assert place.sync() == [("adopt", "Wave.glb")]
    place.export("Wave.glb", "two")
    assert place.sync() == [("update", "Wave.glb")]
