"""An import is there as a whole or not at all: whatever step fails, the file is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
import rigs
from blender_api import CONTEXT, OPS
from check_guarantee import whole_file


@pytest.fixture(autouse=True)
def _fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("KINETIX_HOME", str(tmp_path / "home"))
    rigs.empty()
    yield
    rigs.addon("view_modes").PREVIEW.end()
    rigs.addon("import_options").IMPORT.into = "ACTION"


STEPS = (
    "apply.prepared",
    "apply.read_rig",
    "apply.solve",
    "apply.times",
    "apply.new_action",
    "apply.write",
    "apply._describe",
    "apply._hand_over",
    "apply._set_rate",
    "apply._missing",
    "rigify.key_switches",
    "constraints.key_off",
)


class Broken(Exception):
    pass


def break_at(monkeypatch: pytest.MonkeyPatch, step: str, call: int) -> list[int]:
    """The step does its work and then fails, at its call number `call` (from 1). Returns the calls."""
    module, name = step.split(".")
    owner, calls = rigs.addon(f"importing.{module}"), []
    real = getattr(owner, name)

    def broken(*args: Any, **named: Any) -> Any:
        answer = real(*args, **named)
        calls.append(1)
        if len(calls) == call:
            raise Broken(step)
        return answer

    monkeypatch.setattr(owner, name, broken)
    return calls


def state() -> Any:
    """All of the file that an import could change, with the keys of every curve."""
    CONTEXT.view_layer.update()
    compat, found = rigs.addon("compat"), whole_file()
    for kind in bpy.data.bl_rna.properties:
        if kind.type == "COLLECTION":
            found[f"{kind.identifier}#"] = len(getattr(bpy.data, kind.identifier))
    for action in bpy.data.actions:
        found[f"{action.name} custom"] = {
            key: value.to_dict() if hasattr(value, "to_dict") else value for key, value in action.items()
        }
        for curve in compat.fcurves_of(action):
            points = curve.keyframe_points
            places, kinds = np.empty(2 * len(points), np.float32), np.empty(len(points), np.int32)
            points.foreach_get("co", places)
            points.foreach_get("interpolation", kinds)
            keys = places.tobytes(), kinds.tobytes()
            modifiers = [one.type for one in curve.modifiers]
            found[f"{action.name} {curve.data_path} {curve.array_index}"] = keys, modifiers, curve.mute
    for obj in list(CONTEXT.view_layer.objects):
        found[f"{obj.name} selected, mode"] = obj.select_get(), obj.mode
    found["active"] = getattr(CONTEXT.view_layer.objects.active, "name", None)
    # Which of the slots was assigned last is a note of Blender's own, which it writes when the Action is given back.
    own = ("last_slot_identifier", "action_slot_handle")
    return {key: value for key, value in found.items() if not key.endswith(own)}


def assert_same(before: Any) -> None:
    after = state()
    if before == after:
        return
    differs = {key: (before.get(key), after.get(key)) for key in {*before, *after} if before.get(key) != after.get(key)}
    assert differs == {}


def options(**values: Any) -> Any:
    return rigs.addon("import_options").ImportOptions(timing="SCENE", **values)


def animated() -> Any:
    """A rig that plays an Action with a modifier and a curve that is not the emote's, and has an NLA track."""
    rig, compat = rigs.mannequin(), rigs.addon("compat")
    apply = rigs.addon("importing.apply").apply_motion
    action = apply(
        rig, rigs.clip(31).with_(name="Former"), rigs.addon("import_options").ImportOptions(loop=True)
    ).action
    action.use_fake_user = False
    action["mine"] = 3
    curve = compat.new_fcurve(compat.channels_of(action), "location", 0, "Mine")
    curve.keyframe_points.insert(4, 2.0)
    curve.mute = True
    rig.animation_data.nla_tracks.new().strips.new("Kept", 400, action)
    CONTEXT.view_layer.objects.active = rig
    OPS.object.mode_set(mode="POSE")
    return rig


@pytest.mark.parametrize(
    ("maker", "into", "step"),
    [
        (maker, into, step)
        for maker, into in ((rigs.mannequin, "ACTION"), (animated, "ACTION"), (animated, "NLA"), (animated, "REPLACE"))
        for step in STEPS
        if (into, step) != ("REPLACE", "apply.new_action")
    ],
)
def test_whatever_step_fails_nothing_is_left(maker: Any, into: str, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = maker()
    before = state()
    calls = break_at(monkeypatch, step, 1)
    with pytest.raises(Broken):
        rigs.addon("importing.apply").apply_motion(rig, rigs.clip(31), options(into=into))
    assert calls
    assert_same(before)


def test_after_a_failure_the_same_import_works(monkeypatch: pytest.MonkeyPatch) -> None:
    rig, apply = animated(), rigs.addon("importing.apply").apply_motion
    with monkeypatch.context() as broken:
        break_at(broken, "apply._hand_over", 1)
        with pytest.raises(Broken):
            apply(rig, rigs.clip(31), options(into="REPLACE"))
    action = apply(rig, rigs.clip(31), options(into="REPLACE")).action
    assert action is rig.animation_data.action and action.name == "Former"
    assert rigs.worst(rigs.limb_errors(rig, rigs.clip(31), (5, 20))) < 1.0


def test_a_rig_that_is_refused_gets_no_animation_data() -> None:
    rig = rigs._armature("Box", {"Bone": (None, (0, 0, 0), (0, 0, 1), 0.0)})
    with pytest.raises(rigs.core("values.errors").InputError):
        rigs.addon("importing.apply").apply_motion(rig, rigs.clip(31))
    assert rig.animation_data is None and not bpy.data.actions


@pytest.mark.parametrize("into", ["ACTION", "NLA", "REPLACE"])
@pytest.mark.parametrize("step", ["apply.solve", "apply.write", "apply._hand_over"])
def test_a_batch_is_whole_or_undone(emote: Any, into: str, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rigs.addon("hub.heartbeat").LINK.state.emotes["another"] = {**emote, "id": "another", "name": "Jump"}
    rigs.addon("library.props").LIBRARY.ticked = [emote["id"], "another"]
    first = animated()
    OPS.object.mode_set(mode="OBJECT")
    rigs.unreal()
    first.select_set(True)
    CONTEXT.window_manager.kinetix_import.into = into
    before = state()
    calls = break_at(monkeypatch, step, 4)
    with pytest.raises(RuntimeError):
        OPS.kinetix.import_emote()
    assert len(calls) == 4
    assert_same(before)


def test_a_second_rig_that_is_refused_stops_the_first_too(emote: Any) -> None:
    rig = rigs.mannequin()
    box = rigs._armature("Box", {"Bone": (None, (0, 0, 0), (0, 0, 1), 0.0)})
    rig.select_set(True)
    CONTEXT.view_layer.objects.active = rig
    assert box.select_get()
    before = state()
    with pytest.raises(RuntimeError):
        OPS.kinetix.import_emote()
    assert_same(before)


@pytest.mark.parametrize("operator", ["import_emote", "bring_mannequin", "preview_emote", "to_assets"])
@pytest.mark.parametrize("step", ["mannequin._armature", "mannequin._mesh", "apply.read_rig", "apply._hand_over"])
def test_a_mannequin_brought_in_vain_goes_again(
    emote: Any,
    operator: str,
    step: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lattice = bpy.data.objects.new("Mine", bpy.data.lattices.new("Mine"))
    CONTEXT.collection.objects.link(lattice)
    lattice.select_set(True)
    CONTEXT.view_layer.objects.active = lattice
    OPS.object.mode_set(mode="EDIT")
    before = state()
    calls = break_at(monkeypatch, step, 1)
    with pytest.raises(RuntimeError):
        getattr(OPS.kinetix, operator)()
    assert calls
    assert_same(before)
    assert not rigs.addon("view_modes").PREVIEW.is_on


def test_a_preview_that_cannot_play_is_taken_back(emote: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    animated()
    before, play = state(), rigs.addon("preview.play")

    def broken() -> None:
        raise Broken

    monkeypatch.setattr(play, "_start_playback", broken)
    with pytest.raises(RuntimeError):
        OPS.kinetix.preview_emote()
    after = state()
    changed = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    # Matrices follow from the channels, up to float noise.
    assert not {key for key in changed if "matrix" not in key and ".head" not in key and ".tail" not in key}, changed


def test_an_import_ends_a_preview_before_it_looks_for_the_rig(emote: Any) -> None:
    """The figure of a preview is selected, and goes when the preview ends."""
    assert OPS.kinetix.preview_emote() == {"FINISHED"}
    assert OPS.kinetix.import_emote() == {"FINISHED"}
    rig = CONTEXT.view_layer.objects.active
    assert rig.name == "Mannequin" and rig.animation_data.action.name.startswith("Wave")


def test_a_switch_that_is_keyed_already_is_keyed_anew() -> None:
    rig, compat = rigs.mannequin(), rigs.addon("compat")
    action = bpy.data.actions.new("Switches")
    channels = compat.new_channels(action, rig.name)
    key_switches = rigs.addon("importing.rigify").key_switches
    for frame in (1.0, 9.0):
        assert key_switches(channels, {("Hips", "IK_FK"): 1.0}, frame) == 1
    assert [tuple(key.co) for key in compat.fcurves_of(action)[0].keyframe_points] == [(9.0, 1.0)]


def test_the_scene_that_is_asked_for_gives_the_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the one that a window shows just now."""
    apply, rig, other = rigs.addon("importing.apply"), rigs.mannequin(), bpy.data.scenes.new("Centimetres")
    other.unit_settings.system, other.unit_settings.scale_length = "METRIC", 0.01
    metres = []

    def spied(*args: Any, real: Any = apply.read_rig) -> Any:
        metres.append(real(*args).metres)
        return real(*args)

    monkeypatch.setattr(apply, "read_rig", spied)
    for scene in (CONTEXT.scene, other):
        apply.plan_import(rig, rigs.clip(31), scene=scene)
    assert metres == pytest.approx([1.0, 0.01])
