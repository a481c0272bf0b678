"""Side of the picture plane on which a part of a limb ends, and the pose mirrored to the other side.

The picture tells how far a limb is foreshortened, not to which side: that is a guess, and a wrong one lasts.
"""

from __future__ import annotations

import numpy as np

from kinetix_capture.arrays import Array, unit
from kinetix_capture.fitting import firm_directions
from kinetix_capture.fitting.clip_fit import ClipFit
from kinetix_capture.fitting.firm_directions import SEGMENTS, Segment
from kinetix_core.protocol.corrections import Limb, LimbDepth, LimbPart

SEGMENT_OF: dict[LimbPart, Segment] = {
    LimbPart.LEFT_UPPER_ARM: SEGMENTS[Limb.LEFT_ARM][0],
    LimbPart.RIGHT_UPPER_ARM: SEGMENTS[Limb.RIGHT_ARM][0],
    LimbPart.LEFT_FOREARM: SEGMENTS[Limb.LEFT_ARM][1],
    LimbPart.RIGHT_FOREARM: SEGMENTS[Limb.RIGHT_ARM][1],
    LimbPart.LEFT_THIGH: SEGMENTS[Limb.LEFT_LEG][0],
    LimbPart.RIGHT_THIGH: SEGMENTS[Limb.RIGHT_LEG][0],
    LimbPart.LEFT_SHIN: SEGMENTS[Limb.LEFT_LEG][1],
    LimbPart.RIGHT_SHIN: SEGMENTS[Limb.RIGHT_LEG][1],
}


def depth_along(found: ClipFit, part: LimbPart, camera: int) -> Array:
    """(F,) how much of the part points away from this camera of the fit: the sine of its angle to the picture, below 0 towards it."""
    direction, ray = direction_and_ray(found, part, camera)
    return np.asarray((direction * ray).sum(-1))


def on_said_side(found: ClipFit, one: LimbDepth, camera: int) -> Array:
    """(3,) unit, in the frame of the fit: the part in its frame, mirrored at the picture where it points to the other side."""
    direction, ray = (of[one.frame] for of in direction_and_ray(found, one.part, camera))
    depth = float(direction @ ray)
    if (depth < 0) is not one.towards:
        direction = direction - 2 * depth * ray
    return np.asarray(direction if camera == 0 else direction @ found.state.cameras[camera - 1].turn)


def direction_and_ray(found: ClipFit, part: LimbPart, camera: int) -> tuple[Array, Array]:
    """Return (F, 3) each, unit, in the camera's frame: where the part points, and from the camera to its middle."""
    near, far = firm_directions.ends((SEGMENT_OF[part],), found.state.pose)[:, 0].swapaxes(0, 1)
    near, far = found.seen_from(camera, near), found.seen_from(camera, far)
    return unit(far - near), unit(far + near)
