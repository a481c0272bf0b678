"""Finds the real programs that tests drive. A missing one skips the test with its reason (and so fails it in CI)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
DATA = ROOT / "tests" / "data"
ARTEFACTS = ROOT / "artefacts"

_GODOT = Path(os.environ["KINETIX_TEST_GODOT"]) if os.environ.get("KINETIX_TEST_GODOT") else None
BPY_VERSIONS = ("4.2", "4.5", "5.0", "5.2")


def _found(path: Path | str | None, what: str, cure: str) -> Path:
    if not path or not Path(path).exists():
        pytest.skip(f"{what} is not here: {cure}")
    return Path(path)


def _program(names: tuple[str, ...], what: str) -> Path:
    return _found(next((hit for name in names if (hit := shutil.which(name))), None), what, f"install {names[0]}")


def kinetix() -> Path:
    """The console script of the environment that runs the tests."""
    return _found(_in_environment("kinetix"), "the kinetix command", "make setup")


def python() -> Path:
    return _found(_in_environment("python"), ".venv", "make setup")


def _in_environment(name: str, place: Path = ROOT / ".venv") -> Path:
    return place / (Path("Scripts", f"{name}.exe") if os.name == "nt" else Path("bin", name))


def git() -> Path:
    return _program(("git",), "Git")


def bpy_python(version: str) -> Path:
    """Python of the environment that holds this bpy version, e.g. "4.2"."""
    return _found(_in_environment("python", TOOLS / f"bpy-{version}"), f"bpy {version}", "make test-tools")


def blender() -> Path:
    return _program(("blender",), "Blender")


def godot() -> Path:
    """The one that `KINETIX_TEST_GODOT` named when the run began, that of `make test-tools`, or the system's."""
    own = _GODOT or TOOLS / "godot" / "bin" / "godot"
    return own if own.exists() else _program(("godot", "godot4"), "Godot 4")


def chromium() -> Path:
    """Chromium behind a wrapper (see chromium.sh)."""
    _program(("chromium-headless-shell", "chromium", "chromium-browser"), "Chromium")
    return _found(ROOT / "tests" / "support" / "chromium.sh", "the Chromium wrapper", "restore it")


def node() -> Path:
    return _program(("node",), "Node")


def xvfb_run() -> Path:
    return _program(("xvfb-run",), "Xvfb")


def postgres_bin() -> Path:
    """Folder with initdb and postgres."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda hit: int(hit.parts[-3]))
    return _found(folders[-1].parent if folders else None, "PostgreSQL", "apt install postgresql")


def gltf_validator() -> Path:
    return _found(TOOLS / "node" / "node_modules" / "gltf-validator", "the glTF validator", "make test-tools")
