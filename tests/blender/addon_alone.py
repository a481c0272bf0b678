"""Modules of the add-on that need no Blender, loaded without it: the package itself is an add-on."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

from tests.support import tools

__all__ = ["module"]

_PACKAGE = "kinetix_emotes_alone"


def module(name: str) -> ModuleType:
    """`module("trimming.geometry")`."""
    if _PACKAGE not in sys.modules:
        package = ModuleType(_PACKAGE)
        package.__path__ = [str(tools.ROOT / "blender_addon" / "kinetix_emotes")]
        sys.modules[_PACKAGE] = package
    return importlib.import_module(f"{_PACKAGE}.{name}")
