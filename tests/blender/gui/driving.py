"""Helpers for driver scripts inside Blender: step a story from one timer, find buttons, take pictures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parents[2] / "support"))

from blender_api import CONTEXT, OPS
from waiting import LIMIT_S

SCRATCH = Path(os.environ["KB_SCRATCH"])
# While it is there the capture (figure_capture.py) does not end.
HOLD = Path(os.environ["KINETIX_HOME"]) / "hold"
BEGAN = time.monotonic()
REAL = bool(os.environ.get("KB_REAL"))
ADDON = "bl_ext.user_default.kinetix_emotes"
RESULT: dict[str, Any] = {"pictures": [], "costs": {}, "pace": []}


def seconds() -> float:
    return round(time.monotonic() - BEGAN, 1)


def module(name: str) -> Any:
    return sys.modules[f"{ADDON}.{name}"]


def record_costs() -> None:
    """From now on RESULT["costs"] has the CPU seconds of each call of the add-on's operators and panels.

    With the timer's own slices that is all the add-on does in the interface's thread; a busy machine does not change it.
    """
    for cls in module("registration")._CLASSES:
        for method in ("execute", "invoke", "draw"):
            if method in vars(cls) and hasattr(cls, "bl_label"):
                setattr(cls, method, _timed(f"{cls.__name__}.{method}", vars(cls)[method]))


def _timed(name: str, function: Any) -> Any:
    costs = RESULT["costs"].setdefault(name, [])

    def measured(*arguments: Any) -> Any:
        begin = time.thread_time()
        try:
            return function(*arguments)
        finally:
            costs.append(time.thread_time() - begin)

    # Blender counts the parameters of what it calls.
    if name.endswith(".invoke"):
        return lambda self, context, event: measured(self, context, event)
    return lambda self, context: measured(self, context)


def window() -> Any:
    return CONTEXT.window_manager.windows[0]


def view() -> Any:
    return next(area for area in window().screen.areas if area.type == "VIEW_3D")


# Pixels between two places that are looked at: less than a button is high.
STEP = 16


def region(kind: str) -> Any:
    return next(region for region in view().regions if region.type == kind)


def sidebar() -> Any:
    return region("UI")


def middle() -> tuple[int, int]:
    """A place in the 3D view beside the sidebar."""
    main = region("WINDOW")
    return main.x + main.width // 3, main.y + main.height // 2


def link() -> Any:
    return module("hub.heartbeat").LINK


def jobs(state: str) -> list[Any]:
    return [job for job in link().state.jobs.values() if job["state"] == state]


def run_operator(name: str, *how: Any, kind: str = "UI", **arguments: Any) -> Any:
    """Run an operator of the add-on in a region of the 3D view; `how`: by default executed as one undo step."""
    with CONTEXT.temp_override(window=window(), area=view(), region=region(kind)):
        return getattr(OPS.kinetix, name)(*(how or ("EXEC_DEFAULT", True)), **arguments)


def closer() -> None:
    """Turn the view to a figure."""
    region_3d = view().spaces.active.region_3d
    region_3d.view_distance, region_3d.view_location = 5.5, (-0.5, 0.0, 0.9)


def stop_animation() -> None:
    with CONTEXT.temp_override(window=window(), screen=window().screen):
        OPS.screen.animation_cancel(restore_frame=False)


def panels() -> list[Any]:
    return [cls for cls in module("registration")._CLASSES if issubclass(cls, bpy.types.Panel)]


def close(*classes: Any) -> None:
    """Take panels away, so that the others have their room; what lies in a panel comes before it."""
    for cls in classes:
        if cls.is_registered:
            bpy.utils.unregister_class(cls)


def unfold(*classes: Any) -> None:
    """Register panels opened: only what is open is drawn. Before one is first drawn, as Blender remembers how it was."""
    close(*reversed(classes))
    for cls in classes:
        cls.bl_options = set()
        bpy.utils.register_class(cls)


def event(x: float, y: float, kind: str = "MOUSEMOVE", value: str = "NOTHING") -> None:
    """A mouse event: through Blender's own simulation, or by the X server's real pointer when KB_REAL is set."""
    if not REAL:
        window().event_simulate(type=kind, value=value, x=int(x), y=int(y))
        return
    words = ["mousemove", str(int(x)), str(window().height - int(y))]
    if kind == "LEFTMOUSE":
        words = ["mousedown" if value == "PRESS" else "mouseup", "1"]
    subprocess.run(["xdotool", *words], check=True, timeout=LIMIT_S)


def key(letter: str, x: float, y: float, **held: bool) -> None:
    """Press a key; `held`: ctrl, shift, where events are simulated."""
    if REAL:
        subprocess.run(["xdotool", "key", letter.lower()], check=True, timeout=LIMIT_S)
        return
    for value in ("PRESS", "RELEASE"):
        window().event_simulate(type=letter, value=value, x=int(x), y=int(y), **held)


def tap(x: float, y: float) -> Iterator[Any]:
    """Press where the mouse already is."""
    event(x, y, "LEFTMOUSE", "PRESS")
    yield 0.06 if REAL else 0.02
    event(x, y, "LEFTMOUSE", "RELEASE")
    yield 0.15


def drag(first: Any, last: Any, *, release: bool = True) -> Iterator[Any]:
    (x, y), (last_x, last_y) = first, last
    event(x, y)
    yield 0.15
    event(x, y, "LEFTMOUSE", "PRESS")
    yield 0.1
    for share in (0.3, 0.7, 1.0):
        event(x + (last_x - x) * share, y + (last_y - y) * share)
        yield 0.1
    if release:
        event(last_x, last_y, "LEFTMOUSE", "RELEASE")
        yield 0.3


def under() -> str:
    """The Python command of the button under the mouse."""
    manager = CONTEXT.window_manager
    manager.clipboard = ""
    with CONTEXT.temp_override(window=window(), area=view(), region=sidebar()):
        if OPS.ui.copy_python_command_button.poll():
            try:
                OPS.ui.copy_python_command_button()
            except RuntimeError:
                return ""
    return str(manager.clipboard)


def find(operator: str, across: float = 0.4) -> Generator[Any, None, tuple[float, float]]:
    """Generator: moves down the sidebar until the button of `operator` is under the mouse; returns its place.

    Blender may take note of the mouse a step late, so the place is looked at again, and the one before it.
    """
    region = sidebar()
    x, y = region.x + region.width * across, region.y + region.height - 10
    while y > region.y:
        event(x, y)
        yield 0.06 if REAL else 0.01
        if f"{operator}(" in under():
            for place in (y, y + STEP):
                event(x, place)
                yield 0.15
                if f"{operator}(" in under():
                    return x, place
        y -= STEP
    raise RuntimeError(f"no button for {operator}")


def press(operator: str, across: float = 0.4, *, then: Any, what: str) -> Iterator[Any]:
    """Click the button of `operator` and wait until `then` holds.

    The panels move when a picture comes in, so the button is looked for again when it was not found. A click that a redraw
    swallowed is given again, but only while its button is still there and only after a long wait.
    """
    for last in (False, False, False, True):
        try:
            x, y = yield from find(operator, across)
        except RuntimeError:
            if last:
                raise
            yield 0.5
            continue
        yield from tap(x, y)  # nothing is drawn between the look and the press
        limit = time.monotonic() + LIMIT_S / 4
        while time.monotonic() < limit:
            if then():
                return
            yield 0.05
    raise RuntimeError(f"{operator} pressed, but still not: {what}")


def draw_plainly() -> None:
    """The view without smooth edges, outlines and the floor, which nobody judges: without a GPU, three quarters of its time.

    With smooth edges Blender draws each change several times over. Edges are a preference; the rest comes back with every file.
    """
    system, space = CONTEXT.preferences.system, view().spaces.active
    system.viewport_aa, system.use_overlay_smooth_wire = "OFF", False
    space.shading.show_object_outline = False
    space.overlay.show_floor = space.overlay.show_axis_x = space.overlay.show_axis_y = False


def open_tab(name: str = "Kinetix") -> Iterator[Any]:
    """Open the sidebar at a tab. The category can be set only once the region has been drawn."""
    view().spaces.active.show_region_ui = True
    draw_plainly()
    for _ in range(30):
        sidebar().tag_redraw()
        yield 0.15
        try:
            sidebar().active_panel_category = name
        except AttributeError:
            continue
        if sidebar().active_panel_category == name:
            sidebar().tag_redraw()
            yield 0.3
            return
    raise RuntimeError(f"the tab {name} does not open")


def until(condition: Any, what: str) -> Iterator[Any]:
    limit = time.monotonic() + LIMIT_S
    while not condition():
        if time.monotonic() > limit:
            raise RuntimeError(f"after {LIMIT_S:g} s still not: {what}")
        yield 0.05


def redrawn() -> Iterator[Any]:
    """Wait until the add-on's panels have been drawn anew (`record_costs` counts)."""

    def drawn() -> Any:
        return sum(len(times) for name, times in RESULT["costs"].items() if name.endswith(".draw"))

    before = drawn()
    sidebar().tag_redraw()
    yield from until(lambda: drawn() > before, "the sidebar is drawn")


def note_pace() -> None:
    """Note the CPU seconds of some fixed work: the measure of this machine, at this moment, for RESULT["costs"]."""
    begin = time.thread_time()
    sum(number * number for number in range(100_000))
    RESULT["pace"].append(time.thread_time() - begin)


def shot(name: str) -> Iterator[Any]:
    note_pace()
    RESULT.setdefault("times", {})[name] = seconds()
    yield 0.35
    target = SCRATCH / f"{name}.png"
    subprocess.run(["import", "-window", "root", str(target)], check=True, timeout=LIMIT_S)
    RESULT["pictures"].append(name)
    yield 0.05


def finish(code: int = 0) -> None:
    (SCRATCH / "result.json").write_text(json.dumps(RESULT), encoding="utf-8")
    sys.stdout.flush()
    os._exit(code)


def rest() -> Any:
    """Sleep a moment, as Blender does when idle, but not while events are simulated.

    A timer of no interval is called in each turn, and the threads of the add-on go on meanwhile.
    """
    time.sleep(0.005)
    return 0.0


def run(story: Any) -> None:
    """Step the generator `story` from one timer; writes result.json at the end, also after an error."""
    steps = story()
    if not REAL:
        bpy.app.timers.register(rest, persistent=True)
    # The sidebar is then drawn without the view behind it: without a GPU that is most of the time.
    CONTEXT.preferences.system.use_region_overlap = False

    def tick() -> Any:
        try:
            return next(steps)
        except StopIteration:
            RESULT["done"] = True
            finish()
        except Exception:  # noqa: BLE001
            RESULT["error"] = traceback.format_exc()
            try:
                subprocess.run(["import", "-window", "root", str(SCRATCH / "error.png")], timeout=LIMIT_S)
            finally:
                finish(4)

    bpy.app.timers.register(tick, first_interval=1.0, persistent=True)
