"""Rigs of every ordinary naming, with and without a root, more spine, twists, helpers and hidden bones: the body is found in each."""

from __future__ import annotations

import pytest

from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.mapping.bone_map import hips_fault
from tests.motion import namings, rigs

pytestmark = [pytest.mark.quick, pytest.mark.xdist_group("motion")]


@pytest.mark.parametrize("variant", namings.VARIANTS)
@pytest.mark.parametrize("naming", namings.NAMINGS)
def test_the_body_is_found(naming: str, variant: str) -> None:
    for root in (True, False):
        rig = namings.rig(naming, variant, root=root)
        found = map_bones(rig.skeleton)
        mapped = {bone: one.name for bone, one in found.bones.items() if bone != "Root"}
        wrong = {bone: (got, rig.truth.get(bone)) for bone, got in mapped.items() if rig.truth.get(bone) != got}
        assert not wrong, rig.name
        assert not found.missing, rig.name
        assert not hips_fault(found.bones, rig.skeleton.parents), rig.name


@pytest.mark.parametrize("name", ["rigify_deform_bones_only", "legs_beside_the_trunk"])
def test_hips_that_do_not_carry_the_body_are_doubted_aloud(name: str) -> None:
    """Names are all there is where no bone carries legs and spine: the map holds and says what is odd."""
    rig = rigs.build(name)
    hips = map_bones(rig.skeleton).bones["Hips"]
    assert hips.name == rig.truth["Hips"]
    assert hips.confidence < 0.6 and "hang from it" in hips.reason


def test_hips_chosen_by_hand_are_held_against_the_body() -> None:
    rig = namings.rig("unity", "plain", root=True)
    found = map_bones(rig.skeleton)
    for chosen, fault in (
        ("Hips", ""),
        ("Chest", "the legs and the spine"),
        ("LeftUpperLeg", "the legs and the spine"),
    ):
        changed = found.with_bone("Hips", chosen).bind(rig.skeleton)
        assert hips_fault(changed.bones, rig.skeleton.parents).startswith(fault)
        assert bool(fault) == bool(hips_fault(changed.bones, rig.skeleton.parents))
