"""File names in a project: portable, unique and stable."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from kinetix_core.protocol.hub.enumerations import NameStyle
from kinetix_godot.preset import Preset
from kinetix_godot.target.names import safe_path, unique
from tests.godot.sync.place import Place, text_of

pytestmark = pytest.mark.quick


@pytest.mark.parametrize(
    ("wanted", "safe"),
    [
        ("Wave", "Wave"),
        ("a:b,c[d]|e@f", "a_b_c_d_e_f"),
        ("sub/../../etc", "sub/etc"),
        ("CON", "CON_"),
        ("con.x", "con_.x"),
        ("lpt¹ .x", "lpt¹_.x"),
        ("  . ", "emote"),
        ("Grüße 😀", "Grüße 😀"),
        ("e\u0301", "é"),
        ("x" * 300, "x" * 64),
    ],
)
def test_names_are_safe_for_godot_and_every_system(wanted: str, safe: str) -> None:
    assert safe_path(wanted) == safe


@pytest.mark.parametrize(
    ("wanted", "file"),
    [
        ("Big Wave", "big_wave"),
        ("HelloWorld 2", "hello_world_2"),
        ("NPCWave", "npc_wave"),
        ("sub Dir/A-b.c", "sub_dir/a_b_c"),
        ("already_snake", "already_snake"),
        ("CON", "con_"),
    ],
)
def test_the_name_rule(wanted: str, file: str) -> None:
    assert safe_path(wanted, NameStyle.SNAKE_CASE) == file


@pytest.mark.parametrize("letter", ["x", "é", "動", "😀"])
@pytest.mark.parametrize("depth", [1, 2, 30])
def test_a_path_in_the_project_fits_into_what_windows_has(letter: str, depth: int) -> None:
    """259 UTF-16 units, where the project and its folder take up to 100: with the longest mark and the longest ending."""
    wanted = "/".join([letter * 200] * depth)
    safe = unique(safe_path(wanted), "key", {safe_path(wanted)}.__contains__)
    longest = f"{'p' * 100}/{safe}.theirs_2.glb.import"
    assert len(longest.encode("utf-16-le")) // 2 <= 259
    assert safe_path(safe_path(wanted)) == safe_path(wanted)
    assert safe_path(wanted) != safe_path(f"{wanted[:-200]}{letter * 10}")
    if depth > 1:
        other = "/".join([letter * 200] * (depth - 1) + [letter * 199, letter * 200])
        assert safe_path(other) != safe_path(wanted)


def test_names_that_clash_get_a_mark_that_depends_on_the_emote_only() -> None:
    taken = {"Wave"}.__contains__
    assert unique("Wave", "key-1", taken) == unique("Wave", "key-1", taken) != unique("Wave", "key-2", taken)


@pytest.mark.linux_only(reason="other systems' drives ignore case")
def test_names_that_differ_by_case_do_not_meet(place: Place) -> None:
    place.export("wave.glb", "one")
    place.export("WAVE.glb", "two")
    place.export("a:b.glb", "three")
    place.export("a_b.glb", "four")
    place.sync()
    assert sorted(place.files().values()) == ["four", "one", "three", "two"]
    assert len({name.lower() for name in place.files()}) == 4
    assert place.sync() == []


def test_the_name_rule_is_a_setting_of_the_target(tmp_path: Path) -> None:
    place = Place(tmp_path, Preset(names=NameStyle.SNAKE_CASE))
    place.export("Big Wave.glb", "one")
    place.export("bigWave.glb", "two")
    place.sync()
    assert sorted(place.files().values()) == ["one", "two"]
    assert "big_wave.glb" in place.files()
    settings = "".join(path.read_text(encoding="utf-8") for path in place.emotes.glob("*.import"))
    assert 'kinetix/name="Big Wave"' in settings
    (place.source / "Big Wave.glb").rename(place.source / "Small Wave.glb")
    place.sync()
    assert "small_wave.glb" in place.files()
    assert place.sync() == []


@pytest.mark.linux_only(reason="other systems' names are text")
def test_a_name_that_is_no_text_is_followed_and_remembered(place: Place) -> None:
    name = os.fsdecode(b"sch\xf6n.glb")
    place.export(name, "one")
    (place.source / os.fsdecode(b"b\xf6se.glb")).write_bytes(b"<html>not a model</html>")
    assert [kind for kind, _ in place.sync()] == ["add"]
    assert place.sync() == []
    place.export(name, "two")
    assert [kind for kind, _ in place.sync()] == ["update"]
    assert list(place.files().values()) == ["two"]
    [problem.to_json() for problem in place.synced().status().problems]  # what the hub sends


def test_a_decomposed_name_lands_composed_and_stays_one_emote(place: Place) -> None:
    name = unicodedata.normalize("NFD", "Grüße é.glb")
    place.export(name, "one")
    place.sync()
    (landed,) = place.files()
    assert unicodedata.is_normalized("NFC", landed)
    assert place.sync() == []
    place.export(name, "two")
    place.sync()
    assert place.files() == {landed: "two"}


@pytest.mark.folding_only(reason="this system's drives tell `Wave` from `wave`")
def test_a_name_that_changes_its_case_alone(place: Place, tmp_path: Path) -> None:
    (tmp_path / "case").write_bytes(b"")
    assert (tmp_path / "CASE").exists(), "a drive that tells them apart"
    path = place.export("wave.glb", "one")
    place.sync()
    path.rename(place.source / "Wave.glb")
    place.sync()
    (landed,) = place.files()
    assert landed.lower() == "wave.glb" and text_of(place.emotes / landed) == "one"
    assert place.sync() == []
