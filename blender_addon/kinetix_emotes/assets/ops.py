# SPDX-License-Identifier: GPL-3.0-or-later
"""The library as a Blender asset library: one small .blend for each emote and character, with preview, catalog and metadata."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import bpy
import numpy as np
from bpy.types import Action, Context, Operator

from kinetix_core.io import files, paths
from kinetix_core.protocol.hub.json_types import Emote

from .. import blender, compat, emote_files, messages
from ..import_options import panel_options
from ..importing import mapping
from ..importing.apply import carry_out, plan_import
from ..importing.curves import write_values
from ..importing.mannequin import bring
from ..importing.restoring import SceneState
from ..importing.selection import armatures
from ..library.props import chosen_many

LIBRARY_NAME = "Kinetix Emotes"
_CATALOG_HEAD = (
    "# This is an Asset Catalog Definition file for Blender.\n# Format: UUID:path/of/catalog:simple name\nVERSION 1\n\n"
)


def folder() -> Path:
    """Beside the emotes, not among them: the hub owns the library folder itself."""
    return paths.home() / paths.Folder.ASSETS


class KINETIX_OT_to_assets(Operator):
    bl_label = "Add to Asset Library"
    bl_description = "Add the selected emotes to an asset library, as actions for the selected rig or the mannequin"

    @messages.guarded
    def execute(self, context: Context) -> None:
        paths.own(folder())
        emotes = chosen_many()
        rigs = armatures(context)
        before = SceneState(context)
        try:
            if rigs:
                rig, character = rigs[0], rigs[0].name
            else:
                rig, character = bring(context, "Kinetix Asset Rig", face=True), "Mannequin"
            for emote in emotes:
                _write(context, rig, emote, character)
        finally:
            before.restore()
        _announce(context)
        self.report({"INFO"}, f"{len(emotes)} in the asset library “{LIBRARY_NAME}”.")


def _write(context: Context, rig: Any, emote: Emote, character: str) -> None:
    """Make the Action on the rig, write it to a file of its own, and take it out of this file again."""
    holder = rig.animation_data
    former, slot, had = (holder.action, getattr(holder, "action_slot", None), True) if holder else (None, None, False)
    fake = former.use_fake_user if former else False
    options = panel_options(blender.scene(context))
    motion = emote_files.from_emote(emote)
    plan = plan_import(
        rig,
        motion,
        replace(options, into="ACTION", start=1.0),
        mapping=mapping.mapping_of(rig),
        scene=blender.scene(context),
        metadata=emote_files.metadata_of(emote),
    )
    action = carry_out([replace(plan, faces=[])], blender.scene(context))[0].action
    try:
        for face in plan.faces:  # the meshes themselves are left alone
            channels = compat.further_channels(action, face.mesh, "KEY")
            write_values(channels, face.values, face.mesh, plan.frames, cyclic=plan.options.loop)
        action.asset_mark()
        asset_data = action.asset_data
        asset_data.description = f"{emote.get('durationS', 0):.2f} s, for {character}"
        asset_data.author = "Kinetix"
        asset_data.catalog_id = _catalog(character)
        for tag in ("kinetix", "emote", character):
            asset_data.tags.new(tag, skip_if_exists=True)
        _picture(action, (emote.get("files") or {}).get("thumbnail") or "")
        target = folder() / _safe(character) / f"{_safe(emote.get('name') or 'emote')} {emote['id'][:8]}.blend"
        with files.placing(target) as temporary, _only_one_named(action, motion.name):
            bpy.data.libraries.write(str(temporary), {action}, fake_user=True, compress=True)
    finally:
        compat.clear_action(rig.animation_data, former, slot)
        if former is not None:
            former.use_fake_user = fake
        if not had:
            rig.animation_data_clear()
        compat.remove_with_parts(action)


@contextmanager
def _only_one_named(action: Action, name: str) -> Iterator[None]:
    """Give the asset the emote's name, also when another Action of this file has it."""
    other = bpy.data.actions.get(name or "emote")
    if other is None or other is action or other.library is not None:
        yield
        return
    kept = other.name
    other.name = ".kinetix waits"
    action.name = kept
    try:
        yield
    finally:
        action.name = ".kinetix goes"
        other.name = kept


def _picture(action: Any, thumbnail: str) -> None:
    if not Path(thumbnail).is_file():
        return
    image = bpy.data.images.load(thumbnail, check_existing=False)
    try:
        width, height = image.size
        pixels = np.empty(width * height * 4, np.float32)
        blender.pixels(image).foreach_get(pixels)
        preview = action.preview_ensure()
        preview.image_size = (width, height)
        preview.image_pixels_float.foreach_set(pixels)
    finally:
        bpy.data.images.remove(image)


def _catalog(character: str) -> str:
    """Id of the character's catalog; the catalog file is written when it lacks it."""
    name = _safe(character)
    identity = str(uuid.uuid5(uuid.NAMESPACE_URL, f"kinetix-emotes/{name}"))
    file = folder() / "blender_assets.cats.txt"
    text = file.read_text(encoding="utf-8") if file.is_file() else _CATALOG_HEAD
    if identity not in text:
        files.write(file, f"{text}{identity}:Emotes/{name}:{name}\n")
    return identity


def _safe(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in " -_" else "_" for letter in name).strip() or "emote"


def _announce(context: Context) -> None:
    """Add the folder to Blender's asset libraries, once."""
    libraries = blender.preferences(context).filepaths.asset_libraries
    place = folder()
    if all(Path(bpy.path.abspath(one.path)) != place for one in libraries):
        library = libraries.new(name=LIBRARY_NAME, directory=str(place))
        library.import_method = cast("Any", compat.append_method())
    for window in blender.window_manager(context).windows:
        for area in window.screen.areas:
            if area.type == "FILE_BROWSER" and area.ui_type == "ASSETS":
                with context.temp_override(window=window, area=area):
                    refresh: Any = bpy.ops.asset.library_refresh
                    if refresh.poll():
                        refresh()
