"""Motions → glTF animations: one time line, a rotation track a bone, a translation track for the root and what else moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats import reduction
from kinetix_core.formats.glb.binary import Binary
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.motion import Motion

__all__ = ["animation"]

Array = NDArray[np.float64]


def animation(
    binary: Binary,
    motion: Motion,
    nodes: Sequence[int],
    rotations: Array,
    paths: Mapping[int, Array],
    *,
    max_error_m: float | None = None,
) -> dict[str, Any]:
    """The JSON object of one animation, with its data put into `binary`.

    Args:
        motion: gives rate, name and extras.
        nodes: (J,) node of each bone.
        rotations: (F, J, 4) xyzw local to the node's parent node.
        paths: bone → (F, 3) local to its node's parent node; bone 0 has one.
        max_error_m: thins the keys out so that no bone's end moves more than this; None keeps every frame.
    """
    signed = quat.continuous(rotations)
    frames = len(signed)
    times = (np.arange(frames) / motion.fps).astype("<f4")
    if max_error_m is None:
        time = binary.put(times, "SCALAR", bounds=True)
        turns = binary.put_many(np.swapaxes(signed, 0, 1).astype("<f4"), "VEC4")
        outputs = [(time, output) for output in turns]
        outputs += [(time, binary.put(path.astype("<f4"), "VEC3")) for path in paths.values()]
    else:
        kept, kept_paths = reduction.reduce_motion(motion, max_error_m)
        lines: dict[bytes, int] = {}  # bones often keep the same frames: first and last

        def line(mask: NDArray[np.bool_]) -> int:
            key = mask.tobytes()
            if key not in lines:
                lines[key] = binary.put(times[mask], "SCALAR", bounds=True)
            return lines[key]

        outputs = [(line(own), binary.put(signed[own, bone].astype("<f4"), "VEC4")) for bone, own in enumerate(kept)]
        for bone, path in paths.items():
            outputs.append((line(kept_paths[bone]), binary.put(path[kept_paths[bone]].astype("<f4"), "VEC3")))
    targets = [{"node": node, "path": "rotation"} for node in nodes]
    targets += [{"node": nodes[bone], "path": "translation"} for bone in paths]
    return {
        "name": motion.name,
        "samplers": [{"input": time, "output": output, "interpolation": "LINEAR"} for time, output in outputs],
        "channels": [{"sampler": number, "target": target} for number, target in enumerate(targets)],
        "extras": {"kinetix": {**motion.extras, "fps": motion.fps}},
    }
