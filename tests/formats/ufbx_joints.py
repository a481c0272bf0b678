"""Run on its own, as these bindings crash when their objects are collected: FBX files → joints in a .npz beside each."""

import os
import sys
from pathlib import Path

import numpy as np
import ufbx

from kinetix_core.motion import quaternion as quat


def joints(path: Path, fps: float, frames: int) -> None:
    scene = ufbx.load_file(str(path))
    nodes = [node for node in scene.nodes if node.bone]
    names = [node.name for node in nodes]
    # These bindings return another node's name for the nameless scene root, so roots are told by their depth.
    above = [names.index(node.parent.name) if node.node_depth > 1 else -1 for node in nodes]
    places, turns = np.zeros((frames, len(nodes), 3)), np.zeros((frames, len(nodes), 4))
    for frame in range(frames):
        for number, node in enumerate(nodes):
            local = ufbx.evaluate_transform(scene.anim, node, frame / fps)
            place = np.array([getattr(local.translation, axis) for axis in "xyz"])
            turn = np.array([getattr(local.rotation, axis) for axis in "xyzw"])
            if above[number] >= 0:
                up = turns[frame, above[number]]
                place = places[frame, above[number]] + quat.rotate(up, place)
                turn = quat.multiply(up, turn)
            places[frame, number], turns[frame, number] = place, turn
    counts = [len(scene.bones), len(scene.anim_stacks), len(scene.skin_deformers)]
    np.savez(
        path.with_name(path.name + ".npz"),
        names=np.array(names),
        positions=places * scene.settings.unit_meters,
        counts=np.array(counts),
        fps=scene.settings.frames_per_second,
    )
    os._exit(0)


joints(Path(sys.argv[3]), float(sys.argv[1]), int(sys.argv[2]))
