# SPDX-License-Identifier: GPL-3.0-or-later
"""Generated Rigify rigs: keys on the FK controls, with limbs, neck and head switched to follow them.

A control hangs below mechanism bones that are moved by constraints. Instead of evaluating the rig at every frame, two trial poses
show which control each of them turns with; after that everything is array arithmetic. One that turns with none of them is
read frame by frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kinetix_core.motion import Motion, Skeleton
from kinetix_core.motion import quaternion as quat
from kinetix_core.motion.kinematics import forward
from kinetix_core.motion.mapping.bone_map import BoneMap, MappedBone
from kinetix_core.motion.mapping.humanoid_profile import PARENT
from kinetix_core.motion.retargeting.retarget import RetargetOptions, retarget
from kinetix_core.values.errors import InputError

from .. import compat
from ..import_options import ImportOptions, in_mask
from .curves import BoneKeys, hold
from .restoring import read_pose, read_switches, write_pose, write_switches
from .rig import Rig, map_of

if TYPE_CHECKING:
    from .solve import Solved

Array = NDArray[np.float64]

_CENTRE = {
    "Hips": "spine_fk",
    "Spine": "spine_fk.001",
    "Chest": "spine_fk.002",
    "UpperChest": "spine_fk.003",
    "Neck": "neck",
    "Head": "head",
}
_PAIRED = {
    "Shoulder": "shoulder",
    "UpperArm": "upper_arm_fk",
    "LowerArm": "forearm_fk",
    "Hand": "hand_fk",
    "UpperLeg": "thigh_fk",
    "LowerLeg": "shin_fk",
    "Foot": "foot_fk",
    "Toes": "toe_fk",
    "ThumbMetacarpal": "thumb.01",
    "ThumbProximal": "thumb.02",
    "ThumbDistal": "thumb.03",
    **{
        f"{human}{part}": f"f_{finger}.0{number}"
        for human, finger in (("Index", "index"), ("Middle", "middle"), ("Ring", "ring"), ("Little", "pinky"))
        for number, part in enumerate(("Proximal", "Intermediate", "Distal"), 1)
    },
}
_TORSO = "torso"
# Pose bone property → value that makes the FK controls drive the body.
_SWITCHES = {"IK_FK": 1.0, "neck_follow": 1.0, "head_follow": 1.0}
_SAME_TURN = 1e-3  # of a quaternion's components: far below what can be seen, far above float32 noise


def is_generated(obj: Any) -> bool:
    """Return whether a rig is generated: it has its script's id, unlike a metarig."""
    return bool(obj.data.get("rig_id")) and _TORSO in obj.pose.bones


def controls_of(obj: Any) -> dict[str, str]:
    """Humanoid bone → FK control that this rig has."""
    wanted = dict(_CENTRE)
    for side, ending in (("Left", ".L"), ("Right", ".R")):
        wanted.update({side + human: control + ending for human, control in _PAIRED.items()})
    return {human: control for human, control in wanted.items() if control in obj.pose.bones}


def solve(motion: Motion, obj: Any, rig: Rig, options: ImportOptions, scene: Any) -> Solved:
    """Keys for the FK controls and the switches that make them count. The rig is evaluated in `scene`, which no window need show.

    Raises:
        InputError: the rig is not in the scene's view layer, or lacks the controls of a human rig.
    """
    from .solve import Solved, path_in_armature, sliding_note

    layer = next((layer for layer in scene.view_layers if layer.objects.get(obj.name) == obj), None)
    if layer is None:
        raise InputError(
            "The rig is in no view layer of this scene.",
            code="hidden",
            next_step="Show its collection, then try again.",
        )
    controls = {human: name for human, name in controls_of(obj).items() if human in rig.mapping.bones}
    if "Chest" not in controls or "Hips" not in controls:
        raise InputError(
            "This Rigify rig has no FK spine.",
            code="noControls",
            next_step="Generate it from the human metarig, or map its bones by hand.",
        )
    skeleton, humans = _deform_skeleton(rig, list(controls))
    mapping = BoneMap({human: MappedBone(at, human) for at, human in enumerate(humans)})
    solved = retarget(
        motion,
        skeleton,
        source_map=map_of(motion.skeleton),
        target_map=mapping,
        options=RetargetOptions(
            root="in_place" if options.root == "in_place" else "path",
            scale_path=options.scale_path,
            foot_lock=options.foot_lock,
        ),
    )
    world, places = forward(solved)
    rest_world, rest_places = _rest(skeleton)
    turns = quat.multiply(world, quat.conjugate(rest_world))
    # The same turns seen from armature space.
    turns = quat.multiply(quat.multiply(quat.conjugate(rig.align), turns), np.broadcast_to(rig.align, turns.shape))
    turn_of = {control: turns[:, humans.index(human)] for human, control in controls.items()}
    chest = humans.index("Chest")
    pivot = quat.rotate(quat.conjugate(rig.align), places[:, chest] - rest_places[chest]) / rig.metres
    switches = _switches(obj)
    turn_of[_TORSO] = turn_of[controls["Hips"]]
    anchors, lost = _anchors(obj, list(turn_of), switches, layer)
    names = {name: index for index, name in enumerate(rig.skeleton.names)}
    out = Solved([], sliding_note(motion, solved, mapping, options), switches=switches)
    above = {
        control: turn_of[anchor] if anchor else np.broadcast_to(quat.IDENTITY, turns[:, 0].shape)
        for control, anchor in anchors.items()
    }
    if lost:
        out.notes.append(
            f"{len(lost)} controls hang on bones that follow no known control, e.g. {lost[0]}; their poses are approximate."
        )
        for control in lost:
            above[control] = turn_of[_TORSO]
    pose = obj.pose.bones
    wanted = {control for human, control in controls.items() if in_mask(human, options.mask)}
    for control in turn_of:
        is_torso = control == _TORSO
        if not (control in wanted or (is_torso and in_mask("Hips", options.mask))):
            continue
        rest = rig.world[names[control]]
        relative = quat.multiply(quat.conjugate(above[control]), turn_of[control])
        basis = quat.multiply(quat.multiply(quat.conjugate(rest), relative), np.broadcast_to(rest, relative.shape))
        location = None
        if is_torso:
            arm = rig.heads[names[control]] - rig.heads[rig.mapping.bones["Chest"].index]
            away = pivot + quat.rotate(turn_of[control], np.broadcast_to(arm, pivot.shape)) - arm
            location = quat.rotate(quat.conjugate(rest), quat.rotate(quat.conjugate(above[control]), away))
        out.keys.append(BoneKeys(control, pose[control].rotation_mode, quat.normalize(basis), location))
    if options.root == "root_bone" and "root" in names:
        _split_path(out, path_in_armature(solved, rig), rig, names["root"], names[_TORSO])
    return out


def _split_path(out: Solved, away: Array, rig: Rig, root: int, torso: int) -> None:
    up = quat.rotate(quat.conjugate(rig.align), np.array([0.0, 1.0, 0.0]))
    level = away - (away @ up)[:, None] * up
    for index, key in enumerate(out.keys):
        if key.name == _TORSO and key.location is not None:
            rest = quat.conjugate(rig.world[torso])
            out.keys[index] = BoneKeys(key.name, key.mode, key.rotation, key.location - quat.rotate(rest, level))
    mode = "QUATERNION"
    out.keys.append(BoneKeys("root", mode, None, quat.rotate(quat.conjugate(rig.world[root]), level)))


def _deform_skeleton(rig: Rig, humans: list[str]) -> tuple[Skeleton, list[str]]:
    """Return the body as a plain skeleton: the mapped bones' rest poses under the humanoid's own parents."""
    order = [human for human in PARENT if human in humans]
    parents, rotations, translations = [], [], []
    world = quat.multiply(np.broadcast_to(rig.align, rig.world.shape), rig.world)
    places = quat.rotate(np.broadcast_to(rig.align, rig.world.shape), rig.heads) * rig.metres
    for human in order:
        above = PARENT[human]
        while above and above not in order:
            above = PARENT[above]
        own = rig.mapping.bones[human].index
        if not above:
            parents.append(-1)
            rotations.append(world[own])
            translations.append(places[own])
            continue
        parent = rig.mapping.bones[above].index
        parents.append(order.index(above))
        inverse = quat.conjugate(world[parent])
        rotations.append(quat.multiply(inverse, world[own]))
        translations.append(quat.rotate(inverse, places[own] - places[parent]))
    return Skeleton(tuple(order), np.array(parents), np.array(rotations), np.array(translations)), order


def _rest(skeleton: Skeleton) -> tuple[Array, Array]:
    from kinetix_core.motion.kinematics import rest_pose

    return rest_pose(skeleton)


def _switches(obj: Any) -> dict[tuple[str, str], float]:
    return {
        (bone.name, name): value
        for bone in obj.pose.bones
        for name, value in _SWITCHES.items()
        if name in bone.keys()  # noqa: SIM118
    }


def _anchors(
    obj: Any, controls: list[str], switches: dict[tuple[str, str], float], layer: Any
) -> tuple[dict[str, str | None], list[str]]:
    """Control → the control that its parent turns with (None: it does not turn). And the controls for which there is none.

    Poses the rig twice at random and puts everything back.
    """
    bones, pose_bones = obj.data.bones, obj.pose.bones
    pose, numbers = read_pose(obj), read_switches(obj)
    holder = obj.animation_data
    former, slot, nla = (
        (holder.action, getattr(holder, "action_slot", None), holder.use_nla) if holder else (None, None, True)
    )
    random = np.random.default_rng(11)
    trials: list[dict[str, Array]] = []
    try:
        if holder:
            holder.action, holder.use_nla = None, False
        for (name, key), value in switches.items():
            pose_bones[name][key] = value
        rest = {name: np.array(bones[name].matrix_local.to_3x3()) for name in _with_parents(obj, controls)}
        for _ in range(2):
            for name in controls:
                _turn(pose_bones[name], random.normal(size=3) * 0.25)
            obj.update_tag()
            layer.update()
            posed = obj.evaluated_get(
                layer.depsgraph
            ).pose.bones  # the object itself is posed only in the window's scene
            trials.append({name: _rotation(posed[name].matrix, rest[name]) for name in rest})
    finally:
        write_switches(obj, numbers)
        write_pose(obj, pose)
        if holder:
            holder.use_nla = nla
            compat.clear_action(holder, former, slot)
        layer.update()
    found: dict[str, str | None] = {}
    lost = []
    for control in controls:
        parent = bones[control].parent
        if parent is None:
            found[control] = None
            continue
        fits = next(
            (
                name
                for name in (None, *controls)
                if name != control
                and all(_same(trial[parent.name], trial[name] if name else quat.IDENTITY) for trial in trials)
            ),
            "",
        )
        if fits == "":
            lost.append(control)
        else:
            found[control] = fits
    return found, lost


def _with_parents(obj: Any, controls: list[str]) -> list[str]:
    names = dict.fromkeys(controls)
    for name in controls:
        parent = obj.data.bones[name].parent
        if parent is not None:
            names[parent.name] = None
    return list(names)


def _turn(bone: Any, vector: Array) -> None:
    """Set a rotation in the bone's own mode."""
    import mathutils

    x, y, z, w = quat.exp(vector)
    turn = mathutils.Quaternion((w, x, y, z))
    if bone.rotation_mode == "QUATERNION":
        bone.rotation_quaternion = turn
    elif bone.rotation_mode == "AXIS_ANGLE":
        axis, angle = turn.to_axis_angle()
        bone.rotation_axis_angle = (angle, axis.x, axis.y, axis.z)
    else:
        bone.rotation_euler = turn.to_euler(bone.rotation_mode)


def _rotation(matrix: Any, rest: Array) -> Array:
    """Return a bone's rotation from its rest pose in armature space, without its stretch."""
    u, _, v = np.linalg.svd(np.array(matrix.to_3x3()))
    turned: Array = quat.from_matrix((u @ v @ rest.T)[None])[0]
    return turned


def _same(a: Array, b: Array) -> bool:
    return bool(min(np.abs(a - b).max(), np.abs(a + b).max()) < _SAME_TURN)


def key_switches(channels: Any, switches: dict[tuple[str, str], float], frame: float) -> int:
    """Key each switch at the first frame. Return the number of curves."""
    for (bone, name), value in switches.items():
        hold(channels, f'pose.bones["{bone}"]["{name}"]', bone, frame, value)
    return len(switches)
