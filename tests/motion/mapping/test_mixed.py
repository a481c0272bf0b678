"""Whatever a rig mixes: proportions, rest pose, extra and missing bones, units, axes and names."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.retargeting.retarget import RetargetOptions, retarget
from tests.motion import moves
from tests.motion.mapping import mixed
from tests.motion.retargeting.measure import figures_map, measure

MOVES = ("walk", "dance_a", "jump", "getup_faceup")


@pytest.mark.parametrize("seed", range(40))
def test_a_rig_drawn_at_random(seed: int) -> None:
    rig = mixed.draw(seed)
    found = map_bones(rig.skeleton)
    mapped = {bone: one.name for bone, one in found.bones.items() if bone != "Root"}
    ends = {name for name in rig.skeleton.names if name not in rig.truth.values()}
    wrong = {bone: name for bone, name in mapped.items() if rig.truth.get(bone) != name}
    # A foot without toes may have its own end for them: it points where they would.
    assert not {bone: name for bone, name in wrong.items() if "Toes" not in bone or name not in ends}
    assert not found.missing
    if not rig.name.startswith("nameless"):
        assert set(rig.truth) <= set(mapped)

    for lock in (False, True):
        retargeted = partial(
            retarget, source_map=figures_map(), target_map=found, options=RetargetOptions(foot_lock=lock)
        )
        results = [measure(clip, retargeted(clip, rig.skeleton), rig) for clip in map(moves.load, MOVES)]
        standing = [one.standing for one in results]
        assert np.mean([one.direction for one in results]) <= 0.6
        assert all(np.mean([one.turn[bone] for one in results]) <= 2.5 for bone in results[0].turn)
        assert np.average([one.height for one in results], weights=standing) <= 0.01
        assert np.average([one.slide for one in results], weights=standing) <= (0.03 if lock else 0.10)
        if not lock:
            assert all(0.98 <= one.stride <= 1.02 for one in results)
            # The get-up is hard on a body of other proportions; the mean of all moves is within 1 %.
            assert np.mean([one.path for one in results]) <= 0.0125
