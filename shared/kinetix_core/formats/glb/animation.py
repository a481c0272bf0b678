"""Motions → glTF animations: one time line, a rotation track a bone, a translation track for the root and what else moves.

An upper-body motion has no tracks for hips and legs at rest, so that another animation can drive them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.formats import reduction
from kinetix_core.formats.glb.binary import Binary
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.editing import layers
from kinetix_core.motion.motion import Motion
from kinetix_core.values.captured_body import METADATA, CapturedBody

Array = NDArray[np.float64]
_TIME_LINE_BYTES = 128
"""Of the JSON of an accessor."""
_AT_REST = 1e-5
"""Metres, or parts of a quaternion."""


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
    turning, paths = _moved(motion, paths)
    if max_error_m is None:
        time = binary.put(times, "SCALAR", bounds=True)
        turns = binary.put_many(np.swapaxes(signed[:, turning], 0, 1).astype("<f4"), "VEC4")
        outputs = [(time, output) for output in turns]
        outputs += [(time, binary.put(path.astype("<f4"), "VEC3")) for path in paths.values()]
    else:
        turn_keys, path_keys = reduction.reduce_motion(motion, max_error_m)
        masks = [_worthwhile(turn_keys[bone], 4) for bone in turning] + [
            _worthwhile(path_keys[bone], 3) for bone in paths
        ]
        # Bones often keep the same frames: first and last, or all.
        lines = {mask.tobytes(): mask for mask in masks}
        at = dict(
            zip(lines, binary.put_many([times[mask] for mask in lines.values()], "SCALAR", bounds=True), strict=True)
        )
        kept = [signed[mask, bone].astype("<f4") for bone, mask in zip(turning, masks, strict=False)]
        places = [path[mask].astype("<f4") for path, mask in zip(paths.values(), masks[len(turning) :], strict=True)]
        outputs_only = binary.put_many(kept, "VEC4") + binary.put_many(places, "VEC3")
        outputs = [(at[mask.tobytes()], output) for mask, output in zip(masks, outputs_only, strict=True)]
    targets = [{"node": nodes[bone], "path": "rotation"} for bone in turning]
    targets += [{"node": nodes[bone], "path": "translation"} for bone in paths]
    return {
        "name": motion.name,
        "samplers": [{"input": time, "output": output, "interpolation": "LINEAR"} for time, output in outputs],
        "channels": [{"sampler": number, "target": target} for number, target in enumerate(targets)],
        "extras": {"kinetix": {**motion.extras, "fps": motion.fps}},
    }


def _moved(motion: Motion, paths: Mapping[int, Array]) -> tuple[list[int], Mapping[int, Array]]:
    """The bones that have a track for their turn, and the paths that have one.

    A bone without a track is at rest, so only bones at rest may lack one.
    """
    bones, rest = range(len(motion.skeleton)), motion.skeleton
    if motion.extras.get(METADATA) != CapturedBody.UPPER:
        return list(bones), paths
    lower = layers.mask(motion, "lower_body") > 0
    turned = np.abs(motion.rotations - rest.rest_rotations).max(axis=(0, 2)) > _AT_REST
    places = {0: motion.root_positions, **motion.translations}
    moved = {bone for bone, path in places.items() if np.abs(path - rest.rest_translations[bone]).max() > _AT_REST}
    return (
        [bone for bone in bones if turned[bone] or not lower[bone]],
        {bone: path for bone, path in paths.items() if bone in moved or not lower[bone]},
    )


def _worthwhile(mask: NDArray[np.bool_], components: int) -> NDArray[np.bool_]:
    """The keys to keep (F,), or all of them where a time line of their own would take more bytes than they save."""
    saved = 4 * components * int((~mask).sum())
    return mask if saved > 4 * int(mask.sum()) + _TIME_LINE_BYTES else np.ones_like(mask)
