# SPDX-License-Identifier: GPL-3.0-or-later
"""Register every feature in order and take all of it down again. No connection is made here, only a timer is set."""

from __future__ import annotations

import bpy

from . import blender, file_handlers, films, import_options, session, shortcut, thumbnails, translations
from .account import ops as account_ops
from .account import panel as account_panel
from .account import props as account_props
from .assets import ops as assets_ops
from .assets import place as assets_place
from .create import clip_length as create_clip_length
from .create import frames as create_frames
from .create import ops as create_ops
from .create import panel as create_panel
from .create import props as create_props
from .doctor import ops as doctor_ops
from .doctor.examination import EXAMINATION
from .godot import ops as godot_ops
from .godot import panel as godot_panel
from .godot import props as godot_props
from .godot import sending as godot_sending
from .hub import heartbeat
from .hub import process as hub_process
from .importing import group as importing_group
from .importing import ops as importing_ops
from .importing import panel as importing_panel
from .importing import ready
from .jobs import ops as jobs_ops
from .jobs import panel as jobs_panel
from .jobs import props as jobs_props
from .jobs import retake as jobs_retake
from .library import cutting as library_cutting
from .library import moving as library_moving
from .library import ops as library_ops
from .library import panel as library_panel
from .library import props as library_props
from .preview import beside as preview_beside
from .preview import ops as preview_ops
from .preview.props import COMPARE
from .refining import ops as refining_ops
from .refining import panel as refining_panel
from .refining import takes as refining_takes
from .refining import timeline as refining_timeline
from .trimming import ops as trimming_ops
from .view_modes import PREVIEW

_GROUPS = {
    "kinetix_create": create_props.KinetixCreateValues,
    "kinetix_jobs": jobs_props.KinetixJobsValues,
    "kinetix_library": library_props.KinetixLibraryValues,
    "kinetix_import": import_options.KinetixImportValues,
    "kinetix_godot": godot_props.KinetixGodotValues,
    "kinetix_compare": session.property_group("KinetixCompareValues", COMPARE, {"opacity": preview_beside.fade}),
}

# Modules with classes. Panels are shown in this order.
_MODULES = (
    account_props,
    account_ops,
    doctor_ops,
    create_ops,
    create_clip_length,
    trimming_ops,
    jobs_ops,
    jobs_retake,
    library_ops,
    library_cutting,
    importing_ops,
    importing_group,
    preview_ops,
    refining_ops,
    assets_ops,
    assets_place,
    godot_ops,
    account_panel,
    create_panel,
    jobs_panel,
    library_panel,
    importing_panel,
    refining_panel,
    godot_panel,
    shortcut,
)
_KINDS = (
    bpy.types.AddonPreferences,
    bpy.types.FileHandler,
    bpy.types.Menu,
    bpy.types.Operator,
    bpy.types.Panel,
    bpy.types.UIList,
)
_CLASSES: list[type] = [
    *_GROUPS.values(),
    *(
        cls
        for module in _MODULES
        for cls in vars(module).values()
        if isinstance(cls, type) and issubclass(cls, _KINDS) and cls.__module__ == module.__name__
    ),
]

# Parts of the timer, and who hears of the hub's events.
_TICKS = (
    films.tick,
    create_frames.show_wanted,
    godot_sending.tick,
    file_handlers.tick,
    ready.tick,
    library_moving.tick,
    library_cutting.tick,
    preview_beside.tick,
    refining_takes.tick,
    EXAMINATION.tick,
)
_LISTENERS = (ready.on_jobs, refining_takes.on_jobs, jobs_ops.on_jobs)


def register() -> None:
    for cls in _CLASSES:
        blender.register(cls)
    for attribute, group in _GROUPS.items():
        setattr(bpy.types.WindowManager, attribute, blender.pointer_to(group))
    importing_panel.add_menus()
    assets_place.add_menu()
    blender.add_translations(__package__, translations.TABLE)
    file_handlers.add()
    refining_timeline.add()
    shortcut.add()
    for tick in _TICKS:
        heartbeat.on_tick(tick)
    for listener in _LISTENERS:
        heartbeat.listen(listener)
    heartbeat.start()


def unregister() -> None:
    PREVIEW.end()
    shortcut.remove()
    if hub_process.locks_our_files() and heartbeat.LINK.phase == "live":
        # It runs after an update or a removal, and never after Blender has quit: then the jobs go on.
        bpy.app.timers.register(heartbeat.stop_hub)
    heartbeat.stop()
    godot_sending.cancel()
    films.close()
    file_handlers.remove()
    refining_timeline.remove()
    bpy.app.translations.unregister(__package__)
    importing_panel.remove_menus()
    assets_place.remove_menu()
    for attribute in _GROUPS:
        delattr(bpy.types.WindowManager, attribute)
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
    thumbnails.close()
