# SPDX-License-Identifier: GPL-3.0-or-later
"""The one persistent timer: pumps the link to the hub in short slices and redraws the sidebar when something has changed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

import bpy

from kinetix_core.protocol.hub.enumerations import ENDED

from .. import blender
from .link import HubLink
from .state import Listener

LINK = HubLink()
# (wall, CPU) seconds of the last slices, for the report and the tests.
SLICES: deque[tuple[float, float]] = deque(maxlen=4000)

_FAST_S, _USUAL_S, _IDLE_S = 0.02, 0.1, 0.5
# Editor → its region in which the add-on draws.
_DRAWN_IN = {"VIEW_3D": "UI", "PREFERENCES": "WINDOW"}
_drawn_revision = -1
_drawn_at = 0.0
_panel_seen = False
_tick_parts: list[Callable[[], float | None]] = []


def seen() -> None:
    """Note that the panel is drawn: the add-on looks for the hub only then."""
    global _panel_seen
    _panel_seen = True


def on_tick(part: Callable[[], float | None]) -> None:
    """Add work to the timer: returns the seconds until its next call, or None. `stop` takes it out again."""
    _tick_parts.append(part)


def pump() -> float:
    """Run one slice of everything and return the seconds until the next. Tests call it directly."""
    wall, cpu = time.perf_counter(), time.thread_time()
    parts = (_connect_when_seen, LINK.pump, *_tick_parts, _redraw_when_needed)
    wishes = [wish for part in parts if (wish := LINK.state.survive(part)) is not None]
    SLICES.append((time.perf_counter() - wall, time.thread_time() - cpu))
    if LINK.phase == "off":
        own = _IDLE_S
    else:
        own = _FAST_S if LINK.busy else _USUAL_S
    return min([own, *wishes])


def _connect_when_seen() -> None:
    if _panel_seen and LINK.phase == "off" and LINK.may_start:  # else a person stopped the hub, or removed it
        LINK.command, may_start = _hub_command()
        LINK.connect(start=may_start)


def connect() -> None:
    """Look for the hub because a person wishes it, and start it when there is none."""
    if LINK.phase == "failed":
        LINK.phase = "off"
    LINK.command, _may_start = _hub_command()
    LINK.connect(start=True)


def _hub_command() -> tuple[str, bool]:
    """Return the command that a person gave, or "", and whether the hub may be started without a request."""
    found = blender.own_preferences()
    return (found.kinetix_command, found.start_hub) if found else ("", True)


def _redraw_when_needed() -> None:
    global _drawn_revision, _drawn_at
    state, now = LINK.state, time.monotonic()
    working = any(job.get("state") not in ENDED for job in state.jobs.values())
    due = state.revision != _drawn_revision and now - _drawn_at > 0.2
    if due or (working and now - _drawn_at > 1.0):
        _drawn_revision, _drawn_at = state.revision, now
        redraw()


def redraw() -> None:
    """Redraw the sidebars of the 3D views, not the views themselves, and the preferences where they are open."""
    for window in blender.window_manager(bpy.context).windows:
        for area in window.screen.areas:
            for region in area.regions:
                if region.type == _DRAWN_IN.get(area.type):
                    region.tag_redraw()


def listen(listener: Listener) -> None:
    """Have `listener` called with every job that changes. `stop` takes it out again."""
    LINK.state.listeners.append(listener)


def start() -> None:
    if bpy.app.timers.is_registered(stop_hub):
        bpy.app.timers.unregister(stop_hub)
    if not bpy.app.timers.is_registered(pump):
        bpy.app.timers.register(pump, first_interval=0.2, persistent=True)


def stop_hub() -> None:
    """Stop the hub; a timer that runs once."""
    LINK.stop_hub()


def stop() -> None:
    global _panel_seen
    if bpy.app.timers.is_registered(pump):
        bpy.app.timers.unregister(pump)
    LINK.close()
    LINK.may_start = True  # for who enables the add-on again
    _tick_parts.clear()
    LINK.state.listeners.clear()
    _panel_seen = False
