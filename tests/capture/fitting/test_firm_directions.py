"""The direction of a limb's part, as corrections and Blender define it."""

from __future__ import annotations

import ast
from itertools import pairwise

import numpy as np
import pytest

from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.fitting.firm_directions import SEGMENTS, directions
from kinetix_core import mannequin
from kinetix_core.motion.mapping.automatic import map_bones
from tests.support import tools

pytestmark = pytest.mark.quick


def _limbs_in_blender() -> dict[str, tuple[str, ...]]:
    """The humanoid bones along each limb, as the add-on reads a pose; it cannot be imported outside Blender."""
    source = tools.ROOT / "blender_addon" / "kinetix_emotes" / "refining" / "pose.py"
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == "LIMBS":
            assert node.value is not None
            return dict(ast.literal_eval(node.value))
    raise AssertionError("The add-on says no more which limbs there are.")


@pytest.mark.parametrize("limb", ["leftArm", "rightArm", "leftLeg", "rightLeg", "trunk"])
def test_the_mannequins_limbs_point_where_blender_says_they_point(limb: str) -> None:
    figure = mannequin.load("1k")
    human = map_bones(figure.skeleton).bones
    joints = [figure.heads[figure.skeleton.names.index(human[bone].name)] for bone in _limbs_in_blender()[limb]]
    along = np.array([there - here for here, there in pairwise(joints)])
    fitted = directions(SEGMENTS[limb], FigurePose.rest())[0]
    posed = along / np.linalg.norm(along, axis=1, keepdims=True)
    assert np.degrees(np.arccos(np.clip((fitted * posed).sum(axis=1), -1, 1))) == pytest.approx(0.0, abs=0.01)
