"""FBX: that equal motions give equal bytes. Other programs read it in test_readers.py."""

from __future__ import annotations

import numpy as np
import pytest

from kinetix_core.formats import fbx, glb
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.errors import FormatError
from tests.formats import rigs
from tests.support import clips

pytestmark = pytest.mark.quick


def test_same_motion_gives_the_same_bytes_and_another_skeleton_is_refused() -> None:
    motion = clips.random_motion(5)
    assert fbx.write_motion(motion) == fbx.write_motion(clips.random_motion(5))
    with pytest.raises(FormatError):
        fbx.write_figure(motion, glb.read_character(rigs.character()), "other")


def test_angles_do_not_jump_where_the_movement_does_not() -> None:
    """A turn through the gimbal's lock, and several turns in one direction."""
    through = quat.from_axis_angle([0.0, 1, 0], np.linspace(0, 3 * np.pi, 181))
    tilted = quat.multiply(quat.from_axis_angle([1.0, 0, 0], np.full(181, 0.3)), through)
    for turns in (through, tilted):
        angles = np.degrees(fbx._euler(turns[:, None]))[:, 0]
        steps = np.abs(np.diff(angles, axis=0))
        assert steps.max() < 30
        x, y, z = (quat.from_axis_angle(np.eye(3)[axis], np.radians(angles[:, axis])) for axis in range(3))
        back = quat.multiply(z, quat.multiply(y, x))
        assert (np.abs((back * turns).sum(1)) > 1 - 1e-12).all()
