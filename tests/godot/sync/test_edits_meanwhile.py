"""Somebody edits a file of the project in the moment in which the sync is at work on it: it is his all the same."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from kinetix_core.io.project_files import ProjectFolder
from kinetix_godot.apply import applier
from kinetix_godot.snapshot import Hint
from tests.godot.sync.place import Place


@pytest.mark.quick
@pytest.mark.parametrize("moved", [False, True], ids=["written", "renamed"])
def test_an_edit_in_the_moment_after_ours_is_never_taken_for_ours(
    place: Place, monkeypatch: pytest.MonkeyPatch, moved: bool
) -> None:
    """Between our rename and our look at the file, on a machine that is busy before it goes on."""
    path = place.export("Wave.glb", "one")
    if moved:
        place.sync()
        place.sync()
        path.rename(place.source / "Bow.glb")
    name = "Bow.glb" if moved else "Wave.glb"
    pauses = [time.sleep]

    def edited(hint: Callable[..., Hint | None]) -> Callable[..., Hint | None]:
        def look(folder: ProjectFolder, looked_at: str) -> Hint | None:
            if looked_at == name and (place.emotes / name).exists() and pauses:
                place.edit(name, "mine")
                found = hint(folder, looked_at)
                pauses.pop()(0.1)
                return found
            return hint(folder, looked_at)

        return look

    monkeypatch.setattr(applier, "_hint", edited(applier._hint))
    place.sync()
    assert not pauses and place.files() == {name: "mine"}
    place.export(name, "two")
    place.sync()
    assert place.files()[name] == "mine"


@pytest.mark.quick
def test_an_edit_in_the_moment_before_a_removal_is_never_removed(place: Place) -> None:
    """Between the last look at the contents and their removal the import settings reach the disk, which takes its time."""
    path = place.export("Bow.glb", "one")
    place.sync()
    path.unlink()

    def edit(step: str) -> None:
        if step == "remove":
            place.edit("Bow.glb", "mine, and of another size")

    engine = place.engine(step=edit)
    engine.apply(engine.plan(accept_empty=True))
    engine.close()
    place.sync()
    assert place.files() == {"Bow.glb": "mine, and of another size"}
    assert (place.emotes / "Bow.glb.import").exists()


@pytest.mark.quick
def test_an_edit_in_the_moment_before_an_update_is_never_overwritten(place: Place) -> None:
    """The edit happens between the comparison of contents and the rename."""
    edits: list[str] = []

    def edit(step: str) -> None:
        if step == "temporary" and edits:
            place.edit("Wave.glb", edits.pop())

    engine = place.engine(step=edit)
    place.export("Wave.glb", "one")
    engine.apply(engine.plan())
    place.export("Wave.glb", "two")
    edits.append("mine, and of another size")
    engine.apply(engine.plan())
    engine.close()
    assert not edits
    place.sync()
    assert place.files() == {"Wave.glb": "mine, and of another size", "Wave.theirs.glb": "two"}
