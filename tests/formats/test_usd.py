"""USD: Pixar's library finds the joints where we do, and its validators accept the file. Blender reads it in test_readers.py."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from pxr import Gf, Usd, UsdSkel, UsdValidation

from kinetix_core import formats
from kinetix_core.formats import glb, usd
from kinetix_core.motion import kinematics
from kinetix_core.values.errors import FormatError
from kinetix_core.values.face_shapes import FACE_SHAPES
from tests.formats import rigs
from tests.support import clips

TOLERANCE_M = 1e-5


def _joints(stage: Usd.Stage, frame: int) -> dict[str, list[float]]:
    skeleton = UsdSkel.Skeleton(next(prim for prim in stage.Traverse() if prim.IsA(UsdSkel.Skeleton)))
    query = UsdSkel.Cache().GetSkelQuery(skeleton)
    placed = query.ComputeJointSkelTransforms(frame)
    return {
        name: list(Gf.Matrix4d(matrix).ExtractTranslation())
        for name, matrix in zip(skeleton.GetJointNamesAttr().Get(), placed, strict=True)
    }


@pytest.mark.parametrize("kind", ["mannequin", "bones", "character"])
def test_usd_skel_finds_the_joints_and_the_validators_accept_the_file(kind: str, tmp_path: Path) -> None:
    motion, body = clips.random_motion(6), None
    face = np.linspace(0, 1, len(motion))[:, None] * np.ones(len(FACE_SHAPES))
    if kind == "bones":
        motion = rigs.turned_rest(motion)
    elif kind == "character":
        body = glb.read_character(rigs.character())
        motion = rigs.dance(body.skeleton, 6)
    else:
        motion = motion.with_(face=face)
    path = tmp_path / "emote.usd"
    path.write_bytes(formats.with_body(motion, body, ".usd"))
    stage = Usd.Stage.Open(str(path))
    assert (stage.GetTimeCodesPerSecond(), stage.GetEndTimeCode()) == (motion.fps, len(motion) - 1)
    for frame, places in enumerate(kinematics.forward(motion)[1]):
        seen = _joints(stage, frame)
        far = [
            np.abs(np.subtract(seen[name], place)).max()
            for name, place in zip(motion.skeleton.names, places, strict=True)
        ]
        assert max(far) < TOLERANCE_M
    faults = UsdValidation.ValidationContext(UsdValidation.ValidationRegistry().GetOrLoadAllValidators()).Validate(
        stage
    )
    assert [str(fault.GetMessage()) for fault in faults] == []
    if kind == "mannequin":
        animation = UsdSkel.Animation(next(prim for prim in stage.Traverse() if prim.IsA(UsdSkel.Animation)))
        names = list(animation.GetBlendShapesAttr().Get())
        weights = animation.GetBlendShapeWeightsAttr().Get(len(motion) - 1)
        assert set(names) == set(FACE_SHAPES) and min(weights) == 1.0


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pxr", None)
    with pytest.raises(FormatError) as refused:
        usd.write_motion(clips.random_motion(2))
    assert "kinetix-bridge[usd]" in refused.value.next_step


def test_a_motion_on_another_skeleton_is_refused() -> None:
    with pytest.raises(FormatError):
        usd.write_figure(clips.random_motion(2), glb.read_character(rigs.character()), "other")
