"""`kinetix bench retarget`: the solver against its limits, and against a plain loop over frames and bones."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from kinetix_bench.process import print_figures
from kinetix_core import mannequin
from kinetix_core.formats import glb
from kinetix_core.motion import Motion, Skeleton, kinematics
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.mapping import humanoid_profile
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.retargeting.retarget import RetargetOptions, retarget

Array = NDArray[np.float64]

BONES, FRAMES = 61, 300
LIMITS_MS = {"solve": 15.0, "solve_foot_lock": 30.0, "glb_read": 3.0, "glb_write": 6.0}


@click.command("retarget")
@click.option("--repeat", default=15, show_default=True, type=click.IntRange(1, 200), help="Runs; the fastest counts.")
def bench_retarget(repeat: int) -> None:
    """Retarget 300 frames onto 61 bones; read and write them as GLB."""
    print_figures(measure(repeat))


def measure(repeat: int = 15) -> dict[str, Any]:
    """Every figure, milliseconds, best of `repeat`. `ok` says whether all limits were kept."""
    target = _rig(BONES)
    motion = _dance(FRAMES)
    source_map, target_map = map_bones(motion.skeleton), map_bones(target)

    def run(*, lock: bool) -> Any:
        options = RetargetOptions(foot_lock=lock)
        return retarget(motion, target, source_map=source_map, target_map=target_map, options=options)

    timed = {
        "solve": _best(lambda: run(lock=False), repeat),
        "solve_foot_lock": _best(lambda: run(lock=True), repeat),
    }
    data = glb.write_emote(motion)
    timed["glb_read"] = _best(lambda: glb.read_motion(data), repeat)
    timed["glb_write"] = _best(lambda: glb.write_emote(motion), repeat)
    timed["plain_loop"] = _best(lambda: _plain_loop(motion, target, source_map, target_map), 1)
    rows = []
    for name, ms in timed.items():
        limit = LIMITS_MS.get(name)
        rows.append({"name": name, "ms": round(ms, 2), "limitMs": limit, "ok": None if limit is None else ms <= limit})
    return {
        "bench": "retarget",
        "bones": BONES,
        "frames": FRAMES,
        "rows": rows,
        "fasterThanPlainLoop": round(timed["plain_loop"] / timed["solve"], 1),
        "machine": {"python": platform.python_version(), "numpy": np.__version__, "cpu": platform.machine()},
        "ok": all(row["ok"] is not False for row in rows),
    }


def _best(call: Callable[[], Any], repeat: int) -> float:
    """Fastest of some runs, in milliseconds."""
    found = []
    for _ in range(repeat):
        began = time.perf_counter()
        call()
        found.append(time.perf_counter() - began)
    return min(found) * 1000


def _dance(frames: int) -> Motion:
    """Every bone of the mannequin swings at a rhythm of its own, the hips sway and step."""
    skeleton = mannequin.load().skeleton
    rng = np.random.default_rng(7)
    count = len(skeleton)
    t = np.arange(frames)[:, None] / 30
    swing = rng.normal(0, 0.25, (count, 3))
    phase, rate = rng.uniform(0, 6, count), rng.uniform(1, 5, count)
    rotations = quat.exp(np.sin(t * rate + phase)[..., None] * swing)
    path = np.concatenate((0.2 * np.sin(t), 0.03 * np.sin(3 * t), 0.2 * np.cos(0.7 * t)), 1)
    return Motion(skeleton, 30.0, rotations, skeleton.rest_translations[0] + path, "dance")


def _rig(bones: int) -> Skeleton:
    """The mannequin with Unreal's names, a root bone, and chains of hair up to this many bones."""
    figure = mannequin.load().skeleton
    rng = np.random.default_rng(3)
    names = {one.index: bone for bone, one in map_bones(figure).bones.items()}
    parents = [-1, *(int(parent) + 1 for parent in figure.parents)]
    at = [np.zeros(3), *figure.rest_translations]
    words = ["root", *(names[bone] for bone in range(len(figure)))]
    head = words.index("Head")
    per_chain = max(4, (bones - len(words)) // 40)
    while len(words) < bones:
        start = (len(words) - len(figure)) % per_chain == 1
        parents.append(head if start else len(words) - 1)
        at.append(rng.normal(0, 0.04, 3))
        words.append(f"strand_{len(words)}")
    turned = quat.normalize(rng.normal(size=(len(words), 4)))
    turned[0] = quat.IDENTITY
    above = np.array([turned[parent] if parent >= 0 else quat.IDENTITY for parent in parents])
    local = quat.multiply(quat.conjugate(above), turned)
    return Skeleton(
        tuple(words), np.array(parents), quat.normalize(local), quat.rotate(quat.conjugate(above), np.array(at))
    )


def _plain_loop(motion: Motion, target: Skeleton, source_map: BoneMap, target_map: BoneMap) -> Array:
    """Retarget as add-ons do, with matrices per frame and bone: the peer of the run. Rest poses are ignored."""
    rest, _ = kinematics.rest_pose(target)
    source_rest, _ = kinematics.rest_pose(motion.skeleton)
    pairs = [
        (source_map.index(bone), one.index)
        for bone, one in target_map.bones.items()
        if bone in source_map and bone in humanoid_profile.BONES
    ]
    matrices, local = quat.to_matrix(rest), quat.to_matrix(motion.rotations)
    undo = np.linalg.inv(quat.to_matrix(source_rest))
    out = np.empty((len(motion), len(target), 3, 3))
    for frame in range(len(motion)):
        world: list[Array] = []
        for bone, parent in enumerate(motion.skeleton.parents):
            world.append(local[frame, bone] if parent < 0 else world[parent] @ local[frame, bone])
        out[frame] = matrices
        for source_bone, target_bone in pairs:
            out[frame, target_bone] = world[source_bone] @ undo[source_bone] @ matrices[target_bone]
    return out
