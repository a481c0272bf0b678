"""Effects and validation of a sync target's settings."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kinetix_core.protocol.hub.enumerations import Importer, LoopMode, NameStyle
from kinetix_core.values.errors import InputError
from kinetix_godot.preset import FILE_NAME, Preset, read_preset, write_preset
from kinetix_godot.target import importing
from kinetix_godot.target.registry import Target
from tests.godot.sync.place import Place, tiny_glb

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


@pytest.mark.parametrize("include", [["[" * 97_000], ["*.glb"] * 40_000], ids=["a long one", "many"])
def test_patterns_that_would_take_long_to_match_are_refused(tmp_path: Path, include: list[str]) -> None:
    (tmp_path / FILE_NAME).write_text(f"[sync.emotes]\ninclude = {json.dumps(include)}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_preset(tmp_path, "emotes")
    assert caught.value.code == "badSetting" and "include" in caught.value.title


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


def test_patterns_choose_exported_files_but_not_those_sent_by_hand(tmp_path: Path) -> None:
    place = Place(tmp_path, Preset(include=("hero_*.glb",), exclude=("*draft*",)))
    for name in ("hero_wave.glb", "hero_draft.glb", "villain.glb"):
        place.export(name)
    engine = place.engine()
    engine.send("draft", tiny_glb("sent"))
    engine.apply(engine.plan())
    assert place.files() == {"draft.glb": "sent", "hero_wave.glb": "hero_wave.glb"}


def test_settings_that_a_colleague_committed_are_followed(place: Place) -> None:
    place.export("hero_wave.glb", "one")
    place.export("villain.glb", "two")
    engine = place.synced()
    assert len(place.files()) == 2
    write_preset(
        place.project, "emotes", Preset(include=("hero_*.glb",), loop=LoopMode.LINEAR, names=NameStyle.SNAKE_CASE)
    )
    place.export("hero_Bow.glb", "three")
    engine.apply(engine.plan())
    assert list(place.files()) == ["hero_bow.glb", "hero_wave.glb"]
    assert "kinetix/loop=2" in place.settings("hero_bow.glb").read_text(encoding="utf-8")
    (place.project / FILE_NAME).write_text('[sync."emotes"]\nloop = "sometimes"\n', encoding="utf-8")
    for _ in range(2):
        with pytest.raises(InputError, match="loop"):
            engine.plan()
    assert len(place.files()) == 2


def test_places_that_cannot_be_used_are_refused(place: Place, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a Godot project"):
        Target.create(tmp_path, "emotes")
    with pytest.raises(InputError, match="overlap"):
        Target.create(place.project, "emotes", str(place.project))


def test_the_import_file_quotes_what_it_is_given() -> None:
    from kinetix_godot.source.source_file import SourceFile

    source = SourceFile("k", "/x", 'say "hi"\n[params]', (1, 2, 3, 4))
    text = importing.ImportTexts("emotes", Preset(), lambda rig: "").text("a.glb", source, tiny_glb("one"))
    assert 'kinetix/name="say \\"hi\\"[params]"' in text


def test_an_emote_that_is_a_loop_loops_unless_the_settings_say_otherwise(place: Place) -> None:
    looped = tiny_glb("round and round", animations=[{"extras": {"kinetix": {"loop": True, "fps": 30.0}}}])
    (place.source / "Spin.glb").write_bytes(looped)
    place.export("Wave.glb", "once")
    place.sync()
    assert "kinetix/loop=2" in place.settings("Spin.glb").read_text(encoding="utf-8")
    assert "kinetix/loop=0" in place.settings("Wave.glb").read_text(encoding="utf-8")
    write_preset(place.project, "emotes", Preset(loop=LoopMode.NONE))
    (place.source / "Turn.glb").write_bytes(looped)
    place.sync()
    assert "kinetix/loop=1" in place.settings("Turn.glb").read_text(encoding="utf-8")
