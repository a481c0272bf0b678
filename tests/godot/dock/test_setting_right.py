"""Buttons of the dock that repair the library, the project or a source."""

from __future__ import annotations

import pytest

from tests.godot import emotes
from tests.godot.editor import Editor, bad_lines
from tests.support.waiting import until

pytestmark = pytest.mark.xdist_group("godot-dock")


def test_what_is_wrong_with_the_library_is_repaired_by_a_button(stage: Editor) -> None:
    sidecar = stage.home / "library/Take/emote.json"
    sidecar.unlink()
    stage.run("part('Doctor').open()")
    stage.until("part('Remedy_fix').visible")
    words = stage.get("part('Said').text")
    assert "Repair the library." in words and "Take: " in words and "doctor --fix" not in words
    stage.press("Remedy_fix")
    stage.until("not part('Remedy_fix').visible and part('Said').text != 'Working …'")
    assert sidecar.exists() and "Take: " not in stage.get("part('Said').text")
    stage.run("part('Doctor').hide()")


def test_a_look_that_ends_with_the_dock_is_no_error(stage: Editor) -> None:
    """Disabling the add-on waits for the doctor and discards its report."""
    stage.run(
        "var view = load('res://addons/kinetix_emotes/editor/connection/doctor_view.tscn').instantiate()\n"
        "dock.add_child(view)\n"
        "view._program = '/bin/true'\n"
        "view._begin('Looking …', [])\n"
        "dock.remove_child(view)\n"
        "await frames(1)\n"
        "view.free()\n"
    )
    assert not bad_lines(stage.output())


def test_a_folder_that_is_gone_comes_back_by_a_button(stage: Editor) -> None:
    stage.settle()
    (stage.project / "emotes").rename(stage.source.with_name("gone"))
    stage.until("'Bring the emotes back' in part('Cure').text")
    stage.press("SyncCure")
    assert "res://emotes" in stage.answer("Question")
    for name in ("Bow", "Take", "Wave"):
        until((stage.project / f"emotes/{name}.glb").exists, name)
    stage.until("not part('SyncCure').visible")


def test_a_source_that_was_emptied_is_followed_by_a_button(stage: Editor) -> None:
    """The files go into the system's bin: their source is gone, so they may be the last copies."""
    stage.source.mkdir()
    exported = [stage.source / f"Export{number}.glb" for number in range(3)]
    for number, path in enumerate(exported):
        path.write_bytes(emotes.wave_glb(number))
    target = stage.follow("exports", str(stage.source))
    here = [stage.project / "exports" / path.name for path in exported]
    for path in exported:  # one that Godot is importing may not go away
        stage.imported(f"exports/{path.name}")
    stage.source.rename(stage.source.with_name("away"))
    stage.source.mkdir()
    stage.until("'I emptied the folder' in part('Cure').text")
    stage.press("SyncCure")
    assert stage.answer("Question").startswith("3 emotes leave res://exports")
    until(lambda: not any(path.exists() for path in here), "the sync")
    bin_folder = stage.root / "data/Trash/files"
    assert sorted(path.name for path in bin_folder.glob("Export*.glb")) == [path.name for path in exported]
    stage.until("not part('SyncCure').visible")
    stage.call("DELETE", f"/v1/sync/targets/{target}")


def test_a_question_is_taken_back_when_what_it_asks_about_is_over(stage: Editor) -> None:
    shown = stage.pretend(
        "var error = {'code': 'folderGone', 'title': 'It is gone.', 'nextStep': 'Put it back.'}\n"
        "var target = {'id': 'made-up', 'project': link.project(), 'folder': 'made', 'error': error}\n"
        "link._take_event('sync.changed', target)\n"
        "var question = part('SyncCure').find_child('Question', true, false)\n"
        "part('SyncCure').pressed.emit()\n"
        "link.targets_changed.emit()\n"
        "var shown = [question.visible]\n"
        "link.targets['made-up'].error = null\n"
        "link.targets_changed.emit()\n"
        "return shown + [question.visible]"
    )
    assert shown == [True, False]
