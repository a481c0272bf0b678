# SPDX-License-Identifier: GPL-3.0-or-later
"""Queue of exports to Godot: one after the other in the background, then the file is moved into the project."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
from bpy.types import Object, Scene

from kinetix_core.io import paths
from kinetix_core.io.project_files import ProjectFolder
from kinetix_core.protocol.hub.json_types import ErrorInfo
from kinetix_core.values.errors import KinetixError
from kinetix_core.values.wording import worded

from .. import background, messages
from ..blender import pgettext_iface
from ..hub import heartbeat
from ..hub.link import Answer
from ..hub.requests import show_outcome

REST = ""  # instead of an Action: the character as it stands, with no animation


def meshes_of(layer: Any, rig: Object) -> list[Any]:
    """Meshes that the rig moves and that are visible in this view layer."""
    return [
        obj
        for obj in layer.objects
        if obj.type == "MESH" and obj.find_armature() == rig and obj.visible_get(view_layer=layer)
    ]


def _where(block: Any, copy: Path) -> dict[str, str]:
    """Return the file to read a data-block from: its library, or the saved copy."""
    library = block.library
    return {"name": block.name, "file": str(copy) if library is None else bpy.path.abspath(library.filepath)}


def begin_export(scene: Scene, rig: Object, meshes: list[Any], files: dict[Path, Any], folder: Path) -> background.Task:
    """Copy the rig, the meshes and the Actions into `folder` and start to write `files`: GLB path → Action, or REST."""
    for obj in (rig, *meshes):
        if obj.mode == "EDIT":
            obj.update_from_editmode()
    actions = [action for action in files.values() if action]
    copy = folder / "copy.blend"
    bpy.data.libraries.write(str(copy), {rig, *meshes, *actions}, path_remap="ABSOLUTE", fake_user=True)
    order = {
        "objects": [_where(obj, copy) for obj in (rig, *meshes)],
        "actions": [_where(action, copy) for action in actions],
        "fps": scene.render.fps,
        "fpsBase": scene.render.fps_base,
        "files": [{"action": action.name if action else REST, "glb": str(path)} for path, action in files.items()],
    }
    return background.Task("export", folder, order)


@dataclass
class Sending:
    """Actions of one rig (or, with none, the character itself) for one sync target.

    Names, not objects: the file may be changed or closed before it is this one's turn.
    """

    rig: str
    actions: tuple[str, ...]
    target: str
    project: Path
    scene: str
    with_meshes: bool = False

    @property
    def title(self) -> str:
        return (
            self.actions[0]
            if len(self.actions) == 1
            else f"{self.rig} ({len(self.actions)})"
            if self.actions
            else self.rig
        )


_waiting: list[Sending] = []
_current: tuple[Sending, background.Task, dict[Path, str]] | None = None
_counter = 0


def current() -> Sending | None:
    return _current[0] if _current else None


def add(sending: Sending) -> None:
    """Export it when those before it are done. The same again while it still waits changes nothing."""
    if sending not in _waiting:
        _waiting.append(sending)
    _next()


def cancel() -> None:
    global _current
    _waiting.clear()
    if _current is not None:
        _current[1].cancel()
        shutil.rmtree(_current[1].folder, ignore_errors=True)
        _current = None
        heartbeat.redraw()


def file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in " -_." else "_" for letter in name).strip(" .") or "emote"


def _next() -> None:
    while _waiting and _current is None:
        sending = _waiting.pop(0)
        try:
            _begin(sending)
        except Exception as error:  # noqa: BLE001 - the border to the person: it must not end the timer
            _failed(messages.friendly(error))
    heartbeat.redraw()


def _begin(sending: Sending) -> None:
    """Copy the data now and export it in the background."""
    global _current, _counter
    rig, scene = bpy.data.objects.get(sending.rig), bpy.data.scenes.get(sending.scene)
    actions = [action for name in sending.actions if (action := bpy.data.actions.get(name)) is not None]
    if rig is None or scene is None or len(actions) < len(sending.actions):
        return  # taken out of the file while it waited
    _counter += 1
    outbox = paths.own(paths.home() / paths.Folder.OUTBOX)
    if actions:
        names = {outbox / f"{file_name(action.name)}.glb": action for action in actions}
    else:
        names = {outbox / "characters" / f"{file_name(rig.name)}.glb": REST}
    layer = next((layer for layer in scene.view_layers if layer.objects.get(rig.name) == rig), None)
    meshes = []
    if sending.with_meshes and layer is not None:
        layer.update()  # what is visible in a scene that no window shows is known only then
        meshes = meshes_of(layer, rig)
    task = begin_export(scene, rig, meshes, names, background.scratch(f"export-{_counter}"))
    _current = sending, task, {path: action.name if action else REST for path, action in names.items()}


def tick() -> float | None:
    global _current
    if _current is None:
        return None
    sending, task, files = _current
    if not task.ended():
        return 0.1
    _current = None
    answer = task.answer()
    if answer.get("error"):
        error = KinetixError(
            worded("Blender's glTF exporter could not write “{name}”.", name=sending.title),
            code="exportFailed",
            detail=str(answer["error"]),
            next_step="Check that the meshes can be exported (File > Export > glTF 2.0), then send again.",
        )
        _failed(messages.friendly(error))
    elif sending.actions:
        for path, action in files.items():
            body = {"glb": str(path), "name": path.stem}
            heartbeat.LINK.request("POST", f"/v1/sync/targets/{sending.target}/send", body, _on_sent(action))
    else:
        _place_character(next(iter(files)), sending)
    shutil.rmtree(task.folder, ignore_errors=True)
    _next()
    return None


def _on_sent(action: str) -> Callable[[Answer], None]:
    return show_outcome(pgettext_iface("“{name}” is in the Godot project.").format(name=action))


def _place_character(glb: Path, sending: Sending) -> None:
    """Beside the emotes' folder, where Godot imports it as a scene. One rename: a running editor never sees a half file."""
    try:
        with ProjectFolder(sending.project, "characters", make=True) as folder:
            folder.write(glb.name, glb.read_bytes())
    except (OSError, KinetixError) as error:
        _failed(messages.friendly(error))
        return
    title = pgettext_iface("“{name}” is in the Godot project.").format(name=sending.rig)
    heartbeat.LINK.state.notice("info", title, f"res://characters/{glb.name}")


def _failed(error: ErrorInfo) -> None:
    messages.keep(error)
    heartbeat.LINK.state.notice("error", error.get("title", ""), error.get("nextStep", ""))
