"""An import is there as a whole or not at all: whatever step fails, the file is as it was."""

from __future__ import annotations

from typing import Any

import bpy
import pytest
import rigs
from blender_api import CONTEXT, OPS
from file_state import changed, state

pytestmark = pytest.mark.usefixtures("fresh")


STEPS = (
    *("apply.prepared", "apply.read_rig", "apply.solve", "apply.times", "apply.new_action", "apply.write"),
    *("apply._describe", "apply._hand_over", "apply._set_rate", "apply._missing"),
    *("rigify.key_switches", "constraints.key_off"),
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


def animated() -> Any:
    """A rig that plays an Action with a modifier and a curve that is not the emote's, and has an NLA track."""
    rig, compat = rigs.mannequin(), rigs.addon("compat")
    action = rigs.apply(rig, rigs.clip(31, name="Former"), loop=True).action
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
        rigs.apply(rig, rigs.clip(31), timing="SCENE", into=into)
    assert calls
    assert not changed(before)


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
    assert not changed(before)


def test_a_second_rig_that_is_refused_stops_the_first_too(emote: Any) -> None:
    rig = rigs.mannequin()
    box = rigs.armature("Box", {"Bone": (None, (0, 0, 0), (0, 0, 1), 0.0)})
    rig.select_set(True)
    CONTEXT.view_layer.objects.active = rig
    assert box.select_get()
    before = state()
    with pytest.raises(RuntimeError):
        OPS.kinetix.import_emote()
    assert not changed(before)


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
    assert not changed(before)
    assert not rigs.addon("view_modes").PREVIEW.is_on


def test_a_preview_that_cannot_play_is_taken_back(emote: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    animated()
    before = state()

    def broken() -> None:
        raise Broken

    monkeypatch.setattr(rigs.addon("preview.play"), "_start_playback", broken)
    with pytest.raises(RuntimeError):
        OPS.kinetix.preview_emote()
    assert not changed(before, played=True)


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
