"""Every state of the dock, made up as the hub would send it: nothing runs behind the editor that shows them."""

from __future__ import annotations

import json
from typing import Any

from kinetix_core.protocol.hub.enumerations import JobState, status_of
from tests.godot.editor import Editor
from tests.support import tools

__all__ = ["STATES", "show", "speaking"]

SAMPLES = tools.ROOT / "godot_bridge/example_project/sample_emotes"


def _emote(number: int, name: str, **more: Any) -> dict[str, Any]:
    files = {"glb": str(SAMPLES / "wave.glb"), "thumbnail": str(SAMPLES / "wave.png")}
    return {"id": str(number), "name": name, "durationS": 1.6, "files": files, "sha256": str(number), **more}


def _job(number: int, state: str, **more: Any) -> dict[str, Any]:
    status = status_of(JobState(state))
    return {"id": str(number), "name": f"Emote {number}", "state": state, "status": status, "percent": 40.0, **more}


def _error(code: str, title: str, next_step: str) -> dict[str, str]:
    return {"code": code, "title": title, "detail": "", "nextStep": next_step}


EMOTES = [
    _emote(0, "Wave"),
    _emote(1, "Bow"),
    _emote(2, "An emote with quite a long name of its own"),
    _emote(3, "Duet", group="g"),
    _emote(4, "Duet 2", group="g"),
    _emote(5, "Broken", problem=_error("damaged", "The file was changed.", "Repair the library.")),
]
JOBS = [
    _job(1, "processing", remainingS=12.0),
    _job(2, "awaitingDecision", retriesLeft=2.0, hints=["A clip could not be used: less than a second was filmed."]),
    _job(3, "failed", error=_error("noPerson", "Nobody was found in the clip.", "Film one person, head to toe.")),
    _job(4, "delivered"),
    _job(
        6,
        "failed",
        kind="clip",
        settings={"body": "whole"},
        error=_error(
            "halfBody",
            "Only the upper body is in the picture.",
            "Capture the upper body alone, or step back until the feet stay inside the picture for the whole move.",
        ),
    ),
    _job(5, "cancelled"),
]
CONFLICTS = {
    "conflicts": [{"file": "Wave.glb", "reason": "changed at the source and in the project"}],
    "deleted": ["Bow.glb"],
    "problems": [{"file": "Bad.glb", "error": _error("damaged", "Bad.glb is damaged.", "Export it again.")}],
}
GONE = _error(
    "folderGone",
    "The folder emotes is missing from the project.",
    "Restore the folder, or choose “Bring the emotes back” in Godot's dock.",
)
PARTS = {"parts": [{"startS": 0.0, "endS": 2.4}, {"startS": 2.4, "endS": 6.2}, {"startS": 6.2, "endS": 8.1}]}

NO_KEY = {
    "profile": "cloud",
    "kind": "cloud",
    "state": "noKey",
    "message": "The profile “cloud” has no key.",
    "nextStep": "Enter the key from Kinetix, or use the profile local.",
}
PROFILES = [
    {"name": "cloud", "kind": "cloud", "active": True, "hasKey": False, "keySource": ""},
    {"name": "local", "kind": "local", "active": False, "hasKey": True, "keySource": "service"},
]
NO_KEY_YET = f"link._take_event('connection.changed', {json.dumps(NO_KEY)})"
WITH_KEY = [{**PROFILES[0], "hasKey": True, "keySource": "keyring"}, PROFILES[1]]
BAD_KEY = {**NO_KEY, "state": "badKey", "message": "This key is not known.", "nextStep": "Copy it again."}


def _profiles_open(connection: dict[str, str], rows: list[dict[str, Any]], key: str) -> str:
    """The dialog as the hub's answers leave it, with so much typed."""
    shown = json.dumps({"profiles": rows})
    return (
        f"link._take_event('connection.changed', {json.dumps(connection)})\n"
        "var dialog = dock.find_child('ProfileDialog', true, false)\nawait dialog.open()\n"
        f"dialog._take(link.Answer.new({shown}))\ndialog._key.text = '{key}'\ndialog._refresh()"
    )


# Name → tab, what the link holds, and what is done then.
STATES: dict[str, tuple[str, dict[str, Any], str]] = {
    "no-program": (
        "Library",
        {"state": 4, "reason": "The program “kinetix” was not found.", "cure": "Unpack the complete add-on here."},
        "",
    ),
    "starting": (
        "Library",
        {
            "state": 1,
            "reason": "Kinetix did not start; trying again.",
            "cure": "“What is wrong?” looks for the reason.",
        },
        "",
    ),
    "connecting": ("Library", {"state": 2, "reason": "Connecting to Kinetix."}, ""),
    "no-key": ("Library", {}, NO_KEY_YET),
    "key-missing": ("Library", {}, _profiles_open(NO_KEY, PROFILES, "")),
    "key-typed": ("Library", {}, _profiles_open(NO_KEY, PROFILES, "0123456789abcdef")),
    "key-wrong": ("Library", {}, _profiles_open(BAD_KEY, WITH_KEY, "")),
    "empty": ("Library", {}, ""),
    "library": ("Library", {"emotes": EMOTES, "target": {}}, "dock.library_view.select('0')"),
    "group": ("Library", {"emotes": EMOTES, "target": {}}, "dock.library_view.select('3')"),
    "cut": (
        "Library",
        {"emotes": EMOTES},
        f"dock.library_view._cut._known['0 0'] = link.Types.CutProposal.new({json.dumps(PARTS)})\n"
        "dock.library_view.select('0')\ndock.library_view._cut._open()\ndock.library_view._cut._on_line_clicked(1)",
    ),
    "create": ("Create", {}, ""),
    "create-part": ("Create", {}, "dock.find_child('PartOnly', true, false).button_pressed = true"),
    "create-cameras": (
        "Create",
        {},
        "dock.create_view._clip.text = '/films/front.mp4'\n"
        "dock.create_view._cameras.add(PackedStringArray(['/films/side.mp4', '/films/from the other side.mp4']))",
    ),
    "create-many": (
        "Create",
        {},
        "dock.create_view.choose(PackedStringArray(['/films/wave.mp4', '/films/a bow that is long.mov', '/films/kick.mp4']))",
    ),
    "jobs": ("Create", {"jobs": JOBS}, ""),
    "decide-nothing": ("Decide", {"target": {}}, ""),
    "decide": ("Decide", {"target": CONFLICTS}, ""),
    "folder-gone": ("Library", {"target": {"error": GONE}}, ""),
    "notice": (
        "Library",
        {},
        "link.noticed.emit('error', 'res://emotes/Wave.glb could not be deleted.', 'Check its permissions.')",
    ),
}

_SHOW = """
var told: Dictionary = JSON.parse_string('%s')
var link = link
var dock = dock
link.set_process(false)
link.state = int(told.get('state', 3))
link.reason = told.get('reason', '')
link.cure = told.get('cure', '')
told.merge({'connection': {'profile': 'local', 'kind': 'local', 'state': 'ready', 'maxSeconds': 10.0}})
if told.has('target'):
	var target = {'id': 't', 'project': ProjectSettings.globalize_path('res://').trim_suffix('/'), 'folder': 'emotes'}
	told['services'] = {'godot': {'targets': [target.merged(told['target'])]}}
link._take_snapshot(link.Types.Snapshot.new(told))
dock.create_view._clip.text = ''
dock.create_view._cameras.reset()
dock.create_view._many.choose(PackedStringArray())
dock.find_child('PartOnly', true, false).button_pressed = false
for dialog in dock.find_children('*', 'AcceptDialog', true, false): dialog.hide()
link.state_changed.emit()
await frames(3)
dock.show_tab('%s')
%s
await frames(6)
return true
"""


def show(editor: Editor, name: str, *, state: tuple[str, dict[str, Any], str] | None = None) -> None:
    """Bring the dock of this editor into the state of this name, or into one that is given."""
    tab, held, then = state or STATES[name]
    editor.run(_SHOW % (json.dumps(held).replace("\\", "\\\\").replace("'", "\\'"), tab, then))


def speaking(language: str) -> dict[str, str]:
    """Return the environment of an editor that takes its language from the system, as it does by default."""
    system = {"en": "en_US", "es": "es_ES", "ja": "ja_JP", "de": "de_DE", "fr": "fr_FR"}.get(language, language)
    return dict.fromkeys(("LANG", "LC_ALL", "LANGUAGE"), f"{system}.UTF-8")
