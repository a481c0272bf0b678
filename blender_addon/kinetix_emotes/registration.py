# SPDX-License-Identifier: GPL-3.0-or-later
"""Register every feature in order and take all of it down again. No connection is made here, only a timer is set."""

from __future__ import annotations

from importlib import import_module

import bpy

from . import blender, file_handlers, films, import_options, properties, session, shortcut, thumbnails, translations
from .assets import place as assets_place
from .create import frames as create_frames
from .create.props import KinetixCreateValues
from .doctor.examination import EXAMINATION
from .godot import sending as godot_sending
from .godot.ops import KinetixGodotValues
from .hub import heartbeat
from .hub import process as hub_process
from .importing import panel as importing_panel
from .jobs import ops as jobs_ops
from .jobs.props import KinetixJobsValues
from .library import cutting as library_cutting
from .library.props import KinetixLibraryValues
from .preview import beside as preview_beside
from .preview.stage import COMPARE
from .refining import takes as refining_takes
from .refining import timeline as refining_timeline
from .view_modes import PREVIEW

_GROUPS = {
    "kinetix_create": KinetixCreateValues,
    "kinetix_jobs": KinetixJobsValues,
    "kinetix_library": KinetixLibraryValues,
    "kinetix_import": import_options.KinetixImportValues,
    "kinetix_godot": KinetixGodotValues,
    "kinetix_compare": session.property_group("KinetixCompareValues", COMPARE, {"opacity": preview_beside.fade}),
}

# Modules with classes. Panels are shown in this order.
_MODULES = (
    "account.props",
    "account.ops",
    "doctor.ops",
    "create.ops",
    "trimming.ops",
    "jobs.ops",
    "jobs.retake",
    "library.ops",
    "library.cutting",
    "importing.ops",
    "importing.group",
    "preview.ops",
    "refining.ops",
    "assets.ops",
    "assets.place",
    "godot.ops",
    "account.panel",
    "create.panel",
    "jobs.panel",
    "library.panel",
    "importing.panel",
    "refining.panel",
    "godot.panel",
    "shortcut",
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
        for module in (import_module(f".{name}", __package__) for name in _MODULES)
        for cls in vars(module).values()
        if isinstance(cls, type) and issubclass(cls, _KINDS) and cls.__module__ == module.__name__
    ),
]

# Parts of the timer, and subscribers to the hub's events.
_TICKS = (
    films.tick,
    create_frames.show_wanted,
    godot_sending.tick,
    file_handlers.tick,
    library_cutting.tick,
    preview_beside.tick,
    refining_takes.tick,
    EXAMINATION.tick,
)
_LISTENERS = (refining_takes.on_jobs, jobs_ops.on_jobs)


def register() -> None:
    for cls in _CLASSES:
        properties.register(cls)
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
    if hub_process.locks_wheels() and heartbeat.LINK.phase == "live":
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
