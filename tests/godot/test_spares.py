"""The files that lie ready so that no emote waits for them to be made."""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from pathlib import Path

import pytest

from kinetix_godot.apply import spares as spares_module
from kinetix_godot.apply.spares import Spares
from tests.godot.conftest import Place, running
from tests.support.waiting import until


def test_what_an_emote_would_wait_for_is_done_before_and_nothing_of_it_is_left(place: Place) -> None:
    with running(place):
        place.export("a.glb", "one")
        until(lambda: place.files() == {"a.glb": "one"})
        until(lambda: len(place.spares()) == 3)  # a folder and two files
        ready = [path for path in place.spares() if path.is_file()]
        inodes = {path.stat().st_ino for path in ready}
        place.export("b.glb", "two")
        until(lambda: "b.glb" in place.files())
        assert {path.stat().st_ino for path in place.emotes.glob("b.glb*")} == inodes
        until(lambda: len(place.spares()) == 3)
        place.engine().close()  # as for `kinetix sync list` beside a hub
        assert {path.stat().st_size for path in place.spares() if path.is_file()} == {0}
        shutil.rmtree(place.project / ".godot")  # as people do to have all imported anew
        for name in "cd":
            place.export(f"{name}.glb", name)
            until(lambda name=name: f"{name}.glb" in place.files())  # type: ignore[misc]
        assert not (place.project / ".godot").exists()
        (place.project / ".godot").mkdir()
        place.export("e.glb", "e")
        until(lambda: len(place.spares()) == 3)
    assert not place.spares()


def test_a_target_on_another_drive_than_its_project(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = os.rename

    def only_within_the_target(old: str, new: str, **folders: int) -> None:
        if ".godot" in old:
            raise OSError(errno.EXDEV, "Invalid cross-device link", old)
        rename(old, new, **folders)

    monkeypatch.setattr(os, "rename", only_within_the_target)
    engine = place.engine()
    engine.make_ready()
    assert place.spares()
    place.export("a.glb", "one")
    place.export("b.glb", "two")
    engine.apply(engine.plan())
    assert place.files() == {"a.glb": "one", "b.glb": "two"}
    assert len(list(place.emotes.glob("*.import"))) == 2
    engine.close()
    assert not place.spares() and not place.leftovers()


def test_in_a_burst_files_are_made_while_others_are_taken_if_that_is_slow(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    spares = Spares(place.project / ".godot", "target")
    with spares.making(5):
        assert spares.take() is None, "nobody has asked for them"
    spares.refill()
    monkeypatch.setattr(spares_module, "_SLOW_S", 1e9)
    with spares.making(100):
        assert "kinetix-spares" not in {thread.name for thread in threading.enumerate()}
    monkeypatch.setattr(spares_module, "_SLOW_S", 0.0)
    taken: set[str] = set()
    with spares.making(100):
        until(lambda: len(place.spares()) == 1 + 32)  # no more lie ready than that
        while len(taken) < 102:
            if found := spares.take():
                os.close(found[0])
                taken.add(found[1])
        time.sleep(0.01)
        assert spares.take() is None, "more than were asked for"
    assert {str(path) for path in place.spares()} == taken | {str(place.project / ".godot/kinetix")}
    for path in taken:
        Path(path).unlink()
    with spares.making(100):
        until(lambda: len(place.spares()) == 1 + 32)
        shutil.rmtree(place.project / ".godot")
        assert spares.take() is None  # only their names were left
        until(lambda: "kinetix-spares" not in {thread.name for thread in threading.enumerate()})
