"""The user edits a file of the project while the sync is working on it: the edit is kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.godot.sync.place import Place

pytestmark = pytest.mark.quick
MINE = "mine, and of another size"


def editing(place: Place, name: str, at: str) -> Callable[[str], None]:
    """Return a step that edits the file once, when the engine comes to `at`."""
    edits = [MINE]

    def step(now: str) -> None:
        if now == at and edits and (place.emotes / name).exists():
            place.edit(name, edits.pop())

    return step


@pytest.mark.parametrize(("at", "name"), [("written", "Wave.glb"), ("moved", "Bow.glb")])
def test_an_edit_in_the_moment_after_ours_is_never_taken_for_ours(place: Place, at: str, name: str) -> None:
    path = place.export("Wave.glb", "one")
    if at == "moved":
        place.sync()
        place.sync()
        path.rename(place.source / name)
    place.synced(editing(place, name, at)).close()
    assert place.files() == {name: MINE}
    place.export(name, "two")
    place.sync()
    assert place.files()[name] == MINE


def test_an_edit_in_the_moment_before_a_removal_is_never_removed(place: Place) -> None:
    """Between the last check of the contents and their removal the import settings are written to the disk."""
    path = place.export("Bow.glb", "one")
    place.sync()
    path.unlink()
    place.synced(editing(place, "Bow.glb", "remove")).close()
    place.sync()
    assert place.files() == {"Bow.glb": MINE}
    assert place.settings("Bow.glb").exists()


def test_an_edit_in_the_moment_before_an_update_is_never_overwritten(place: Place) -> None:
    """The edit happens between the comparison of contents and the rename."""
    place.export("Wave.glb", "one")
    place.sync()
    place.export("Wave.glb", "two")
    place.synced(editing(place, "Wave.glb", "temporary")).close()
    place.sync()
    assert place.files() == {"Wave.glb": MINE, "Wave.theirs.glb": "two"}
