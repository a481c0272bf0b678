"""Run inside Blender: FILE.fbx or FILE.blend → a GLB with every clip at the file's own rate."""

import math
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

import bpy


def main(source: str, target: str) -> None:
    mode: Literal["ACTIONS", "NLA_TRACKS"] = "ACTIONS"
    merged_by: dict[str, Any] = {}
    if source.lower().endswith(".blend"):
        bpy.ops.wm.open_mainfile(filepath=source, load_ui=False, use_scripts=False)
        if face_with_body():
            merged_by = by_track()
    else:
        bpy.ops.wm.read_factory_settings(use_empty=True)
        # The importer sets the scene's rate to the file's.
        bpy.ops.import_scene.fbx(filepath=source, ignore_leaf_bones=False)
        untie()
        clips = clips_of(Path(source).stem)
        tidy(clips)
        if bpy.data.shape_keys and join(clips):
            mode = "NLA_TRACKS"
    scene = the_scene()
    if not any(item.type == "ARMATURE" for item in scene.objects):
        raise RuntimeError("Error: there is no armature in the file")
    ranges = [action.frame_range for action in bpy.data.actions]
    if ranges:
        scene.frame_start = math.floor(min(found[0] for found in ranges))
        scene.frame_end = math.ceil(max(found[1] for found in ranges))
    # One key a frame, as curves of other kinds have no counterpart in glTF.
    bpy.ops.export_scene.gltf(
        filepath=target,
        export_format="GLB",
        export_force_sampling=True,
        export_optimize_animation_size=False,
        export_animations=bool(ranges),
        export_animation_mode=mode,
        **merged_by,
    )


def the_scene() -> bpy.types.Scene:
    """Blender always has one; only the type allows for none."""
    return cast("bpy.types.Scene", bpy.context.scene)


def untie() -> None:
    """Let every bone move: the importer ties a bone to its parent where the two meet, and a tied bone's path is not seen."""
    for rig in [item for item in the_scene().objects if item.type == "ARMATURE"]:
        cast("bpy.types.ViewLayer", bpy.context.view_layer).objects.active = rig
        bpy.ops.object.mode_set(mode="EDIT")
        for bone in cast("bpy.types.Armature", rig.data).edit_bones:
            bone.use_connect = False
        bpy.ops.object.mode_set(mode="OBJECT")


class Clip(NamedTuple):
    """An action, what the file calls the clip that it is of, and the object or the shape keys that it is for; None if unsure."""

    action: bpy.types.Action
    name: str
    owner: Any


def clips_of(stem: str) -> list[Clip]:
    """The importer calls actions Owner|Clip|Layer."""
    blocks: list[Any] = [*bpy.data.objects, *bpy.data.shape_keys]
    count = Counter(block.name for block in blocks)
    owners = {block.name: block for block in blocks if block.animation_data and count[block.name] == 1}
    found = []
    for action in bpy.data.actions:
        owner, name = (action.name.split("|") * 2)[:2]
        found.append(Clip(action, stem if name == "mixamo.com" else name, owners.get(owner)))
    return found


def tidy(clips: list[Clip]) -> None:
    """Names the actions as the file does, and mends their ends."""
    for action, name, _ in clips:
        action.name = name
        # Single precision puts the last key a hair before its frame, and the exporter drops what is not reached.
        first, last = round(action.frame_range[0], 2), round(action.frame_range[1], 2)
        action.use_frame_range = True
        action.frame_start, action.frame_end = math.floor(first), math.ceil(last)


def join(clips: list[Clip]) -> bool:
    """Put body and face of a clip on tracks of one name, of which the exporter makes one clip; of two actions it makes two.

    False, and nothing is done, where it is not sure which actions belong together.
    """
    sure = {(clip.owner.name, clip.name) for clip in clips if clip.owner is not None}
    if len(sure) != len(clips):
        return False
    for action, name, owner in clips:
        put_on_track(owner, action, name)
    return True


def face_with_body() -> bool:
    """Put what a rig and its meshes' shape keys play at the same time on tracks of one name, of which the exporter makes one clip.

    Actions that last for another time stay as they are: it is not sure that they belong together. False where no track of shape
    keys is called as one of the rig's.
    """
    found = False
    rigs: list[Any] = [item for item in the_scene().objects if item.type == "ARMATURE" and item.animation_data]
    for rig in rigs:
        body = played(rig)
        faces = [keys for keys in shape_keys_of(rig) if keys.animation_data]
        together = [keys for keys in faces if body and (face := played(keys)) and lasts_as(face, body)]
        for owner in [rig, *together] if together else []:
            put_on_track(owner, played(owner), body.name)
        names = {track.name for track in rig.animation_data.nla_tracks}
        found |= any(track.name in names for keys in faces for track in keys.animation_data.nla_tracks)
    return found


def shape_keys_of(rig: Any) -> list[Any]:
    """Return those of the meshes that hang from the rig or are bent by it; objects may share a mesh."""
    meshes: list[Any] = [item for item in the_scene().objects if item.type == "MESH"]
    keys = [mesh.data.shape_keys for mesh in meshes if rig in (mesh.parent, mesh.find_armature())]
    return list({one.name: one for one in keys if one is not None}.values())


def played(owner: Any) -> Any:
    """The action that plays; None without one, while a strip is edited, and where a track has the action already."""
    holder = owner.animation_data
    on_tracks = [strip.action for track in holder.nla_tracks for strip in track.strips]
    return None if holder.use_tweak_mode or holder.action in on_tracks else holder.action


def lasts_as(action: Any, other: Any) -> bool:
    return all(abs(a - b) < 1.0 for a, b in zip(action.frame_range, other.frame_range, strict=True))


def put_on_track(owner: Any, action: Any, name: str) -> None:
    holder = owner.animation_data
    slot = getattr(holder, "action_slot", None) if holder.action == action else None
    holder.action = None
    track = holder.nla_tracks.new()
    track.name = name
    strip: Any = track.strips.new(name, round(action.frame_start), action)
    if hasattr(strip, "action_slot"):  # from Blender 4.4 on
        strip.action_slot = slot or action.slots[0]


def by_track() -> dict[str, Any]:
    """Has the exporter join the tracks of one name; where Actions have slots it has to be asked to."""
    exporter: Any = bpy.ops.export_scene.gltf
    known = exporter.get_rna_type().properties
    return {"export_merge_animation": "NLA_TRACK"} if "export_merge_animation" in known else {}


main(*sys.argv[-2:])
