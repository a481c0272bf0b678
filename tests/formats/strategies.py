"""Random skeletons and motions for property tests, with the cases that break formats: tiny and half turns, one frame."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from kinetix_core.motion import Motion, Skeleton
from kinetix_core.motion import quaternion as quat

RATES = (24.0, 25.0, 30.0, 60.0, 120.0, 30000 / 1001)


@st.composite
def motions(draw: Any, *, tree: bool = True, translations: bool = True) -> Motion:
    """Up to 12 bones and 30 frames; `tree` lets the skeleton branch and rest turned."""
    bones, frames = draw(st.integers(1, 12)), draw(st.integers(1, 30))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    parents = [-1] + [draw(st.integers(0, bone - 1)) if tree else bone - 1 for bone in range(1, bones)]
    order = depth_first(parents)
    parents = [-1 if parents[bone] < 0 else order.index(parents[bone]) for bone in order]
    rest = quat.exp(rng.normal(0, 1, (bones, 3))) if tree else np.tile(quat.IDENTITY, (bones, 1))
    names = tuple(draw(st.sampled_from(("Bone", "Ünï", "mixamorig:X", "a b"))) + f"{bone}" for bone in range(bones))
    offsets = rng.normal(0, 0.3, (bones, 3))
    size = draw(st.sampled_from((1e-7, 0.01, 0.2, 3.0)))
    kind = draw(st.sampled_from(("walk", "noise", "half turns", "still")))
    steps = rng.normal(0, size, (frames, bones, 3))
    if kind == "walk":
        turns = quat.exp(np.cumsum(steps, 0))
    elif kind == "half turns":
        axes = rng.normal(0, 1, (frames, bones, 3))
        turns = quat.from_axis_angle(
            axes / np.linalg.norm(axes, axis=-1, keepdims=True), np.full((frames, bones), np.pi)
        )
    else:
        turns = quat.exp(steps * (kind == "noise"))
    path = offsets[0] + np.cumsum(rng.normal(0, 0.05, (frames, 3)), 0)
    moving = {}
    if translations and bones > 2 and draw(st.booleans()):
        moving[bones // 2] = offsets[bones // 2] + np.cumsum(rng.normal(0, 0.05, (frames, 3)), 0) + 0.01
    extras = draw(st.sampled_from(({}, {"contacts": [[1, 0], [0, 1]], "source": "ü"})))
    skeleton = Skeleton(names, np.array(parents, np.int64), quat.normalize(rest), offsets)
    return Motion(
        skeleton, draw(st.sampled_from(RATES)), quat.normalize(turns), path, draw(st.sampled_from(("a", "clip “1”"))),
        extras, moving,
    )  # fmt: skip


def depth_first(parents: list[int]) -> list[int]:
    found, waiting = [], [0]
    while waiting:
        bone = waiting.pop()
        found.append(bone)
        waiting += [child for child in reversed(range(len(parents))) if parents[child] == bone]
    return found
