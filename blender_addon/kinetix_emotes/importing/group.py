# SPDX-License-Identifier: GPL-3.0-or-later
"""The emotes of all people of one clip, each onto a character of its own, at their places to each other."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from bpy.types import Context, Object, Operator
from mathutils import Euler, Matrix, Quaternion, Vector

from kinetix_core.motion import Motion
from kinetix_core.protocol.hub.json_types import Emote
from kinetix_core.values.errors import InputError

from .. import blender, emote_files, messages
from ..hub import heartbeat
from ..import_options import ImportOptions, panel_options
from ..library.props import selected
from ..view_modes import PREVIEW
from . import mapping
from .apply import carry_out, plan_import, scene_fps
from .mannequin import bring
from .restoring import scene_undone_on_error
from .rig import read_rig, unit_length
from .selection import armatures
from .shown import show

_FARTHEST_M, _LATEST_S = 1000.0, 3600.0
_FROM_CORE = Matrix.Rotation(math.pi / 2, 4, "X")
"""From the core's axes (y up, front +z) to Blender's (z up, front -y)."""


@dataclass(frozen=True)
class Place:
    """Place of a group's member: metres on the floor, radians about up, seconds after the first member.

    `x` goes to the right and `y` away from the camera, as in Blender's front view.
    """

    x: float
    y: float
    turn: float
    start_s: float


def place_of(motion: Motion) -> Place:
    """Return the place stored in the emote's file. Raises InputError if it is missing or invalid."""
    group = motion.extras.get("group")
    values = [group.get(key) for key in ("x", "z", "yawDegrees", "startS")] if isinstance(group, dict) else [None]
    if not all(isinstance(value, int | float) and math.isfinite(value) for value in values):
        raise InputError(
            "The emote's position in its group is missing.",
            code="noGroup",
            next_step="Import these emotes one by one.",
        )
    x, z, yaw, start_s = (float(value) for value in values if value is not None)
    if max(abs(x), abs(z)) > _FARTHEST_M or not 0 <= start_s <= _LATEST_S:
        raise InputError(
            "The emote's position in its group is invalid.",
            code="noGroup",
            next_step="Import these emotes one by one.",
        )
    return Place(x, -z, math.radians(yaw), start_s)


def _later(place: Place, motion: Motion, chosen: ImportOptions, fps: float) -> float:
    """Frames of the scene after the first one's start; keys that lie on whole frames stay there."""
    rate = motion.fps if chosen.timing in ("FRAMES", "SCENE") else fps
    return place.start_s * rate if chosen.timing == "SECONDS" else float(round(place.start_s * rate))


def _members() -> list[tuple[Emote, Motion]]:
    """Return the selected emote's group from left to right, with the selected version of a corrected take."""
    emote = selected()
    group = emote.get("group") if emote else None
    if not emote or not group:
        raise InputError(
            "This emote isn't part of a group.",
            code="noGroup",
            next_step="Select an emote that was captured with Everybody.",
        )
    found = [one for one in heartbeat.LINK.state.emotes.values() if one.get("group") == group]
    found.sort(key=lambda one: (one is emote, one.get("currentSince") or ""))
    members = [(one, emote_files.from_emote(one)) for one in found]
    people = {_person(motion) or one["id"]: (one, motion) for one, motion in members}
    return sorted(people.values(), key=lambda member: _person(member[1]))


def _person(motion: Motion) -> float:
    """Return which one of the group, from left to right; 0 for one that does not say it."""
    return float((motion.extras.get("group") or {}).get("person") or 0)


def _put(rig: Object, place: Place, middle: Vector, scale: float) -> None:
    """Move the object and turn it about up from where its front is in the front view; its size stays.

    An armature that lies in its own space, as FBX brings it, is stood up.
    """
    x, y, z, w = read_rig(rig, 1.0 / scale, mapping.mapping_of(rig)).align
    move = Matrix.Translation(middle + Vector((place.x, place.y, 0.0)) * scale)
    turn = (
        Euler((0.0, 0.0, place.turn)).to_matrix().to_4x4() @ _FROM_CORE @ Quaternion((w, x, y, z)).to_matrix().to_4x4()
    )
    size = Matrix.Diagonal(rig.matrix_world.to_scale()).to_4x4()
    rig.matrix_world = move @ turn @ size


class KINETIX_OT_import_group(Operator):
    bl_label = "Import Group"
    bl_description = "Import everyone of this clip around the 3D cursor, onto the selected armatures or mannequins"
    bl_options = {"REGISTER", "UNDO"}

    @messages.guarded
    def execute(self, context: Context) -> None:
        members = _members()
        places = [place_of(motion) for _, motion in members]
        PREVIEW.end()
        scene, chosen = blender.scene(context), panel_options(blender.scene(context))
        if chosen.mirrored:  # the whole picture is
            places = [replace(place, x=-place.x, turn=-place.turn) for place in places]
        with scene_undone_on_error(context):
            rigs = armatures(context)[: len(members)]
            rigs += [bring(context, face=motion.face is not None) for _, motion in members[len(rigs) :]]
            plans = [
                plan_import(
                    rig,
                    motion,
                    replace(chosen, start=chosen.start + _later(place, motion, chosen, scene_fps(scene))),
                    mapping=mapping.mapping_of(rig),
                    scene=scene,
                    metadata=emote_files.metadata_of(emote),
                )
                for rig, (emote, motion), place in zip(rigs, members, places, strict=True)
            ]
            carry_out(plans, scene)
        middle, scale = Vector((scene.cursor.location.x, scene.cursor.location.y, 0.0)), 1.0 / unit_length(scene)
        for rig, place in zip(rigs, places, strict=True):
            _put(rig, place, middle, scale)
            rig.select_set(True)
        self.report({"INFO"}, f"{len(members)} emotes imported onto {', '.join(rig.name for rig in rigs)}.")
        show(context, rigs, min(plan.frames[0] for plan in plans), max(plan.frames[-1] for plan in plans))
