"""Names that a drive takes for the same: in another case on Windows and macOS, with accents of another form on macOS."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from kinetix_core.io.file_names import fold as library_fold
from kinetix_core.io.file_names import free_name
from tests.godot.sync.place import Place, text_of

COMPOSED = unicodedata.normalize("NFC", "Grüße é.glb")
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)


def test_a_decomposed_name_lands_composed_and_stays_one_emote(place: Place) -> None:
    place.export(DECOMPOSED, "one")
    place.sync()
    (landed,) = place.files()
    assert unicodedata.is_normalized("NFC", landed)
    assert place.sync() == []
    place.export(DECOMPOSED, "two")
    place.sync()
    assert place.files() == {landed: "two"}


def test_a_library_folder_is_free_only_if_no_spelling_of_it_is_there() -> None:
    there = {library_fold("Grüße"), library_fold("WAVE")}
    assert free_name(unicodedata.normalize("NFD", "GRÜSSE"), there) == unicodedata.normalize("NFC", "GRÜSSE 2")
    assert free_name("wave", there) == "wave 2"


@pytest.mark.folding_only(reason="this system's drives tell `Wave` from `wave`")
def test_a_name_that_changes_its_case_alone(place: Place, tmp_path: Path) -> None:
    (tmp_path / "case").write_bytes(b"")
    assert (tmp_path / "CASE").exists(), "a drive that tells them apart"
    place.export("wave.glb", "one")
    place.sync()
    (place.source / "wave.glb").rename(place.source / "Wave.glb")
    place.sync()
    (landed,) = place.files()
    assert landed.lower() == "wave.glb" and text_of(place.emotes / landed) == "one"
    assert place.sync() == []
