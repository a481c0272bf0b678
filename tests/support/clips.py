"""Random motions for tests: every bone turning at will is a hard case for every format."""

from __future__ import annotations

import numpy as np

from kinetix_core import mannequin
from kinetix_core.motion import Motion
from kinetix_core.motion import quaternion as quat


def random_motion(frames: int = 40, fps: float = 30.0, seed: int = 0, name: str = "random") -> Motion:
    """The mannequin with every bone turning and the hips wandering."""
    body = mannequin.load()
    rng = np.random.default_rng(seed)
    turns = np.cumsum(rng.normal(0, 0.15, (frames, len(body.skeleton), 3)), 0)
    path = body.skeleton.rest_translations[0] + np.cumsum(rng.normal(0, 0.03, (frames, 3)), 0)
    return Motion(body.skeleton, fps, quat.continuous(quat.exp(turns)), path, name, {"source": "test"})
