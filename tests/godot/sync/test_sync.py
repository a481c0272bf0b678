"""Rules of the sync."""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from kinetix_core.io import files
from kinetix_core.protocol.hub.enumerations import ConflictChoice
from kinetix_godot.snapshot import list_glbs, read_hint
from kinetix_godot.target.places import Waiting
from tests.godot.sync.place import Place, text_of, tiny_glb
from tests.support.present import present

pytestmark = pytest.mark.quick


@pytest.fixture
def edited(place: Place) -> Place:
    """A place whose emote was changed in the project, as an engine has seen."""
    place.export("Wave.glb", "one")
    place.sync()
    place.edit("Wave.glb", "mine")
    place.sync()
    assert place.files() == {"Wave.glb": "mine"}
    return place


@pytest.fixture
def conflict(edited: Place) -> Place:
    """A place whose emote was changed on both sides."""
    edited.export("Wave.glb", "two")
    assert edited.sync() == [("conflict", "Wave.glb")]
    assert edited.files() == {"Wave.glb": "mine", "Wave.theirs.glb": "two"}
    assert edited.sync() == []
    return edited


def test_a_new_file_enters_with_its_import_settings_and_stays_in_step(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.export("sub/Bow.glb", "two")
    assert [action.step().action for action in place.engine().plan()] == ["add", "add"]
    assert place.files() == {}
    assert place.sync() == [("add", "Wave.glb"), ("add", "sub/Bow.glb")]
    settings = place.settings("Wave.glb").read_text(encoding="utf-8")
    assert 'importer="animation_library"' in settings
    assert 'source_file="res://emotes/Wave.glb"' in settings
    assert place.sync() == []
    place.export("Wave.glb", "three")
    assert place.sync() == [("update", "Wave.glb")]
    assert place.files() == {"Wave.glb": "three", "sub/Bow.glb": "two"}
    assert not place.leftovers()


def test_a_new_name_is_known_before_the_old_one_is_told_to_be_gone(place: Place) -> None:
    path = place.export("Wave.glb", "one")
    place.export("Copy.glb", "one")
    engine = place.synced()
    path.rename(place.source / "Hello.glb")
    (action,) = engine.plan(["path:Hello.glb"])
    assert (action.kind, action.file, action.old) == ("rename", "Hello.glb", "Wave.glb")
    place.export("Third.glb", "one")  # a copy, as no file of these contents is gone but Wave's
    engine.apply(engine.plan(["path:Hello.glb"]))
    assert [action.kind for action in engine.plan(["path:Third.glb"])] == ["add"]


def test_a_file_that_moves_while_its_folders_are_read_keeps_its_settings(
    place: Place, before_reading: Callable[[Path, Callable[[], object]], None]
) -> None:
    for folder in ("a", "b"):
        (place.source / folder).mkdir()
    first, last = list_glbs(place.source)[1][1:]  # in the order in which they are read
    path = place.export(f"{last}/wave.glb", "one")
    place.sync()
    place.settings(f"{last}/wave.glb").write_text("uid", encoding="utf-8")
    before_reading(place.source / last, lambda: path.rename(place.source / first / path.name))
    assert place.sync() == [("rename", f"{first}/wave.glb")]
    assert place.settings(f"{first}/wave.glb").read_text(encoding="utf-8") == "uid"


def test_a_file_whose_new_name_nobody_has_told_yet_keeps_its_settings(place: Place) -> None:
    path = place.export("Wave.glb", "one")
    engine = place.synced()
    path.rename(place.source / "Hello.glb")
    place.export("Other.glb", "two")
    (action,) = engine.plan(["path:Wave.glb"])
    assert (action.kind, action.file, action.old) == ("rename", "Hello.glb", "Wave.glb")
    (place.source / "Hello.glb").unlink()
    assert [action.kind for action in engine.plan(["path:Wave.glb"])] == ["remove"]


def test_a_deletion_follows_and_its_undo_brings_the_settings_back(place: Place) -> None:
    path = place.export("Wave.glb", "one")
    place.sync()
    place.settings("Wave.glb").write_text("mine", encoding="utf-8")
    path.unlink()
    assert place.sync() == [("remove", "Wave.glb")]
    assert list(place.emotes.glob("*.glb*")) == []
    place.export("Wave.glb", "one")
    place.sync()
    assert place.settings("Wave.glb").read_text(encoding="utf-8") == "mine"


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


def test_a_version_that_is_given_up_is_kept_whatever_its_size(conflict: Place) -> None:
    size = 48 << 20
    os.truncate(conflict.emotes / "Wave.glb", size)
    engine = conflict.engine()
    tracemalloc.start()
    try:
        engine.resolve("Wave.glb", ConflictChoice.THEIRS)
        assert tracemalloc.get_traced_memory()[1] < size // 2
    finally:
        tracemalloc.stop()
        engine.close()
    (kept,) = (conflict.state / "replaced").glob("Wave-*.glb")
    assert kept.stat().st_size == size and conflict.files() == {"Wave.glb": "two"}


@pytest.mark.parametrize(
    ("choice", "left", "given_up", "later"),
    [
        ("mine", "mine", [], {"Wave.glb": "mine", "Wave.theirs.glb": "three"}),
        ("theirs", "two", ["mine"], {"Wave.glb": "three"}),
    ],
)
def test_a_conflict_is_settled_by_a_choice(
    conflict: Place, choice: str, left: str, given_up: list[str], later: dict[str, str]
) -> None:
    engine = conflict.engine()
    assert [found.file for found in engine.status().conflicts] == ["Wave.glb"]
    engine.resolve("Wave.glb", ConflictChoice(choice))
    assert conflict.files() == {"Wave.glb": left} and engine.status().counts.conflicts == 0
    engine.close()
    assert conflict.sync() == []
    assert conflict.files() == {"Wave.glb": left}
    assert [text_of(path) for path in (conflict.state / "replaced").glob("Wave-*.glb")] == given_up
    conflict.export("Wave.glb", "three")
    conflict.sync()
    assert conflict.files() == later


def test_a_side_copy_that_the_user_changed_is_not_replaced(conflict: Place) -> None:
    conflict.edit("Wave.theirs.glb", "half merged")
    conflict.export("Wave.glb", "three")
    conflict.sync()
    found = conflict.files()
    assert found["Wave.theirs.glb"] == "half merged" and "three" in found.values()


def test_new_contents_reach_a_file_that_was_written_again_as_it_was(place: Place) -> None:
    place.export("a.glb", "one")
    place.sync()
    time.sleep(0.05)  # until hints are reliable
    place.sync()
    engine = place.engine()
    assert engine.manifest.records["path:a.glb"].target_hint == read_hint(place.emotes / "a.glb")
    engine.close()
    os.utime(place.emotes / "a.glb", (1, 1))  # as a checkout of the same version sets another one
    place.export("a.glb", "two")
    assert place.sync() == [("update", "a.glb")]
    assert place.files() == {"a.glb": "two"}


def test_the_same_change_on_both_sides_is_no_conflict(edited: Place) -> None:
    edited.export("Wave.glb", "mine")
    assert edited.sync() == [("adopt", "Wave.glb")]
    assert edited.files() == {"Wave.glb": "mine"}


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


def test_a_changed_file_is_not_removed_with_its_source(edited: Place) -> None:
    edited.delete("Wave.glb")
    edited.sync()
    assert edited.files() == {"Wave.glb": "mine"}
    assert edited.sync() == []


def test_a_change_with_the_same_size_and_time_is_seen(place: Place) -> None:
    path = place.export("Wave.glb", "aaa")
    status = path.stat()
    for _ in range(3):  # the last run trusts its hints
        place.sync()
    path.write_bytes(tiny_glb("bbb"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    place.sync()
    assert place.files() == {"Wave.glb": "bbb"}


def test_new_contents_get_a_second_of_their_own(place: Place) -> None:
    """Also when much time passes before the rename."""
    place.export("Wave.glb", "one")
    place.sync()
    before = time.time_ns() - 10_000_000_000
    os.utime(place.emotes / "Wave.glb", ns=(before, before))

    def set_same_time(step: str) -> None:
        if step == "replace":
            (written,) = [path for path in place.emotes.iterdir() if files.is_temporary(path.name)]
            os.utime(written, ns=(before, before))

    place.export("Wave.glb", "two")
    place.synced(set_same_time).close()
    assert present(read_hint(place.emotes / "Wave.glb"))[1] - before >= 1_000_000_000


def test_partial_and_broken_files_wait_outside(place: Place) -> None:
    whole = tiny_glb("later")
    (place.source / "Half.glb").write_bytes(whole[:-4])
    (place.source / "Not.glb").write_bytes(b"<html>not a model</html>")
    engine = place.synced()
    assert place.files() == {} and engine.partial == {"path:Half.glb"}
    assert [problem.file for problem in engine.status().problems] == ["Not.glb"]
    (place.source / "Half.glb").write_bytes(whole)
    engine.apply(engine.plan())
    assert place.files() == {"Half.glb": "later"}


def test_a_place_that_is_away_is_not_a_deletion(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.sync()
    for folder, title in ((place.source, "source"), (place.project, "project"), (place.emotes, "folder emotes")):
        away = folder.rename(folder.with_name("away"))
        with pytest.raises(Waiting, match=title):
            place.engine().plan()
        away.rename(folder)
        assert place.sync() == []


def test_an_engine_that_lost_its_last_emote_leaves_no_log_open(place: Place) -> None:
    """Windows removes no open file: what the next engine brought to the disk would count as missing for ever."""
    log = place.state / "manifest.log"
    place.export("Wave.glb", "one")
    place.sync()
    place.delete("Wave.glb")
    (place.emotes / "Wave.glb").unlink()
    engine = place.synced()
    assert not engine.manifest.records and str(log) in {file.path for file in psutil.Process().open_files()}
    engine.close()
    assert str(log) not in {file.path for file in psutil.Process().open_files()}
    place.export("Wave.glb", "two")
    place.sync()
    place.sync()
    assert place.sync() == []
    assert not log.exists()


def test_a_lost_manifest_is_built_again_from_the_files(place: Place) -> None:
    place.export("Wave.glb", "one")
    place.sync()
    for path in place.state.iterdir():
        if path.is_file():
            path.unlink()
    assert place.sync() == [("adopt", "Wave.glb")]
    place.export("Wave.glb", "two")
    assert place.sync() == [("update", "Wave.glb")]
