"""The import rules of the rooms (CONTRIBUTING.md has the map)."""

from __future__ import annotations

import ast
import functools
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import build_extension
from tests.support.tools import ROOT

# On one worker, as each would parse every file for itself.
pytestmark = pytest.mark.xdist_group("rooms")

SHARED, GODOT, ADDON = ROOT / "shared", ROOT / "godot_bridge", ROOT / "blender_addon" / "kinetix_emotes"

# room → our own top-level packages it may import, besides itself
MAY_IMPORT = {
    SHARED / "kinetix_core": set(),
    SHARED / "kinetix_hub": {"kinetix_core"},
    SHARED / "kinetix_tools": {"kinetix_core"},
    SHARED / "kinetix_capture": {"kinetix_core", "kinetix_tools"},
    SHARED / "kinetix_local": {"kinetix_core", "kinetix_capture", "kinetix_tools"},
    SHARED / "kinetix_studio": {"kinetix_core", "kinetix_capture", "kinetix_local"},
    GODOT / "kinetix_godot": {"kinetix_core"},
    SHARED / "kinetix_bench": {
        *("kinetix_core", "kinetix_hub", "kinetix_tools", "kinetix_capture", "kinetix_local", "kinetix_studio"),
        "kinetix_godot",
    },
    ADDON: {"kinetix_core"},
}
OURS = {room.name for room in MAY_IMPORT}
NOT_IN_BLENDER = {"pydantic", "requests", "watchdog", "fastapi", "uvicorn", "rich", "click", "keyring", "websockets"}


@functools.cache
def imports(file: Path) -> tuple[ast.Import | ast.ImportFrom, ...]:
    """Every import in a file, also inside functions. Most files are asked about by four tests."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))


def imported(file: Path) -> set[str]:
    """Top-level names of every import in a file; relative imports are the room's own."""
    names: set[str] = set()
    for node in imports(file):
        if isinstance(node, ast.Import):
            names.update(alias.name.split(".")[0] for alias in node.names)
        elif node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def modules(file: Path, room: Path) -> set[str]:
    """The room's own modules that a file imports, as dotted names below the room: also relative, inside functions, and for types."""
    names: set[str] = set()
    package = file.relative_to(room.parent).parts[:-1]
    for node in imports(file):
        if isinstance(node, ast.Import):
            whole = [alias.name.split(".") for alias in node.names]
        else:
            start = package[: len(package) + 1 - node.level] if node.level else ()
            base = [*start, *(node.module.split(".") if node.module else ())]
            whole = [[*base, alias.name] for alias in node.names]
        names.update(".".join(_module(parts[1:], room)) for parts in whole if parts[0] == room.name)
    return names


def _module(parts: list[str], room: Path) -> list[str]:
    """The module that such an import loads: what it names, or what that is a part of."""
    is_module = room.joinpath(*parts).is_dir() or room.joinpath(*parts).with_suffix(".py").is_file()
    return parts if is_module or not parts else parts[:-1]


def files(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(place.rglob("*.py"))


@pytest.mark.quick
@pytest.mark.parametrize("room", MAY_IMPORT, ids=lambda room: room.name)
def test_room_imports_only_what_it_may(room: Path) -> None:
    allowed = MAY_IMPORT[room] | {room.name}
    wrong = {str(file.relative_to(ROOT)): extra for file in files(room) if (extra := (imported(file) & OURS) - allowed)}
    assert not wrong


# A script that an installed Blender is told to run; nothing of ours imports it.
RUN_BY_BLENDER = SHARED / "kinetix_tools" / "opening" / "to_glb.py"
# What Blender loads needs only numpy; its add-on starts no thread and imports no wheel; nothing else imports bpy.
FORBIDDEN = [
    *((SHARED / "kinetix_core" / part, NOT_IN_BLENDER | {"bpy", "scipy"}) for part in build_extension.VENDORED),
    *((room, {"bpy"}) for room in MAY_IMPORT if room != ADDON),
    (ADDON, NOT_IN_BLENDER | {"threading", "multiprocessing"}),
]


@pytest.mark.quick
@pytest.mark.parametrize(("place", "names"), FORBIDDEN, ids=lambda value: getattr(value, "name", ""))
def test_what_must_not_be_imported_is_not(place: Path, names: set[str]) -> None:
    found = {file: wrong for file in files(place) if (wrong := imported(file) & names) and file != RUN_BY_BLENDER}
    assert not found


@pytest.mark.quick
@pytest.mark.parametrize("name", ["blender.py", "compat.py"])
def test_what_a_second_blender_loads_by_itself_imports_nothing_of_ours(name: str) -> None:
    """The scripts of `background_scripts` import these as plain modules, without the package and what it brings."""
    file = ADDON / name
    relative = [node for node in imports(file) if isinstance(node, ast.ImportFrom) and node.level]
    assert not imported(file) & OURS and not relative


@pytest.mark.quick
@pytest.mark.parametrize("room", [*MAY_IMPORT, ROOT / "tests"], ids=lambda room: room.name)
def test_what_stands_side_by_side_imports_without_a_circle(room: Path) -> None:
    """In every folder of a room, its modules and its folders. So there is no circle of modules either, wherever they stand."""
    sides: dict[str, dict[str, set[str]]] = {}
    for file in files(room):
        name = ".".join(file.relative_to(room).with_suffix("").parts).removesuffix("__init__").rstrip(".")
        for other in modules(file, room) - {name, ""}:
            folder, own, others = _parting(name, other)
            sides.setdefault(folder, {}).setdefault(own, set()).add(others)
    circles = {}
    for folder, imports in sides.items():
        try:
            TopologicalSorter(imports).prepare()
        except CycleError as error:
            circles[folder or room.name] = " ← ".join(error.args[1])
    assert not circles


def _parting(module: str, other: str) -> tuple[str, str, str]:
    """The folder that holds both, and what of it each is, or lies in; "" is the folder's own `__init__`."""
    one, two = module.split("."), other.split(".")
    same = next((at for at, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    return ".".join(one[:same]), "".join(one[same : same + 1]), "".join(two[same : same + 1])


# Folders of a room, lowest first: each imports only what stands before it.
LAYERS = {
    SHARED / "kinetix_core": (
        *("values", "translations", "command_line", "io", "serving"),
        *("motion", "mannequin", "formats", "protocol", "api"),
    ),
    SHARED / "kinetix_hub": ("keys", "services", "library", "jobs", "installation", "server", "cli"),
    SHARED / "kinetix_tools": ("opening", "preview", "commands"),
    SHARED / "kinetix_capture": (
        *("video", "networks", "face", "tracking", "fitting", "contacts", "refining"),
        *("report", "people", "views", "commands"),
    ),
    SHARED / "kinetix_local": ("store", "webhooks", "queue", "api", "web", "commands"),
    SHARED / "kinetix_studio": ("postgresql", "storage", "machines"),
    SHARED / "kinetix_bench": ("motion", "service", "sync", "studio", "hub", "capture"),
    GODOT / "kinetix_godot": ("source", "target", "plan", "apply", "run"),
    ADDON: (
        *("hub", "background_scripts", "doctor", "library", "importing", "refining", "godot"),
        *("assets", "preview", "jobs", "account", "create", "trimming"),
    ),
}


@pytest.mark.quick
@pytest.mark.parametrize("room", MAY_IMPORT, ids=lambda room: room.name)
def test_folders_of_a_room_import_downwards(room: Path) -> None:
    layers = LAYERS[room]
    assert set(layers) == {file.parent.name for file in room.glob("*/*.py")}
    wrong = {
        str(file.relative_to(room)): above
        for place, layer in enumerate(layers)
        for file in files(room / layer)
        if (above := {name.split(".")[0] for name in modules(file, room)} & set(layers[place + 1 :]))
    }
    assert not wrong


@pytest.mark.quick
def test_what_blender_loads_brings_what_it_imports() -> None:
    core = SHARED / "kinetix_core"
    brought = {
        ".".join(file.relative_to(core).with_suffix("").parts).removesuffix(".__init__")
        for part in build_extension.VENDORED
        for file in files(core / part)
    }
    wrong = {
        f"{file.relative_to(core)}: {name}"
        for part in build_extension.VENDORED
        for file in files(core / part)
        for name in modules(file, core)
        if name not in brought and name not in ("", "__init__")
    }
    assert not wrong
