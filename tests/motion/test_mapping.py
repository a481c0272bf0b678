"""Every kind of rig is mapped unattended: all fifteen main bones, nothing wrong, no side swapped."""

from __future__ import annotations

import numpy as np
import pytest

from kinetix_core.motion import Skeleton, profile
from kinetix_core.motion.mapping import map_bones
from tests.motion import rigs

pytestmark = [pytest.mark.quick, pytest.mark.xdist_group("motion")]

NAMELESS = {name for name in rigs.KINDS if "no_names" in name or "made_up" in name}


@pytest.mark.parametrize("name", rigs.KINDS)
def test_main_bones_are_found_and_none_is_wrong(name: str) -> None:
    rig = rigs.build(name)
    found = map_bones(rig.skeleton)
    mapped = {bone: one.name for bone, one in found.bones.items() if bone != "Root"}
    wrong = {bone: (got, rig.truth.get(bone)) for bone, got in mapped.items() if rig.truth.get(bone) != got}
    assert not wrong
    assert not found.missing
    if name not in NAMELESS:
        assert set(rig.truth) - {"Root"} <= set(mapped)
    assert all(0 <= one.confidence <= 1 and one.reason for one in found.bones.values())
    assert {one.name for one in found.bones.values()} | set(found.unmapped) == set(rig.skeleton.names)


@pytest.mark.parametrize("name", sorted(set(rigs.KINDS) - NAMELESS))
def test_the_shape_alone_finds_the_main_bones_too(name: str) -> None:
    rig = rigs.build(name)
    count = len(rig.skeleton)
    order = np.random.default_rng(0).permutation(count)
    blank = Skeleton(
        tuple(f"b{k:03d}" for k in order),
        rig.skeleton.parents,
        rig.skeleton.rest_rotations,
        rig.skeleton.rest_translations,
    )
    found = map_bones(blank)
    truth = {bone: rig.skeleton.index(written) for bone, written in rig.truth.items()}
    got = {bone: one.index for bone, one in found.bones.items() if bone in profile.MAIN}
    wrong = {bone: (rig.skeleton.names[index], rig.truth[bone]) for bone, index in got.items() if truth[bone] != index}
    assert not wrong
    assert not found.missing
