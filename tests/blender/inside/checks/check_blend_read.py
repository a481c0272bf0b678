"""A `.blend` that is read through Blender (`kinetix convert talk.blend talk.glb`): the face of what a character plays comes along."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
import rigs
from blender_api import CONTEXT, OPS
from check_face import FRAMES, _fresh, apply, keys_of, talking, with_face  # noqa: F401 - one is a fixture

TO_GLB = Path(__file__).parents[4] / "shared" / "kinetix_tools" / "opening" / "to_glb.py"


@pytest.fixture
def rig() -> Any:
    made = with_face()
    CONTEXT.scene.render.fps = 30  # as the clip's, so that every frame has a key
    return made


def read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The first clip of the scene, as it is read once it was saved."""
    source, target = folder / "saved.blend", folder / "read.glb"
    OPS.wm.save_as_mainfile(filepath=str(source))
    monkeypatch.setattr(sys, "argv", ["blender", str(source), str(target)])
    runpy.run_path(str(TO_GLB))
    return rigs.core("formats.glb").read_motion(target)


@pytest.mark.parametrize("into", ["ACTION", "NLA"])
def test_body_and_face_are_one_clip(rig: Any, into: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(rig, into=into)
    motion = read(tmp_path, monkeypatch)
    assert motion.name == "Talking" and len(motion) == FRAMES
    assert motion.face is not None and np.abs(motion.face - talking().face).max() < 1e-5


def test_a_face_that_lasts_for_another_time_is_not_taken_for_the_bodys(
    rig: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(rig)
    keys_of(rig).animation_data.action.frame_end += 40
    motion = read(tmp_path, monkeypatch)
    assert motion.name == "Talking" and len(motion) == FRAMES and motion.face is None


def test_what_another_character_does_stays_apart(rig: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apply(rig)
    face = keys_of(rig).animation_data.action
    keys_of(rig).animation_data.action = None
    other = with_face()
    rigs.addon("compat").assign_action(keys_of(other).animation_data_create(), face)
    motion = read(tmp_path, monkeypatch)
    assert motion.name == "Talking" and motion.face is None
    assert bpy.data.filepath == str(tmp_path / "saved.blend")
