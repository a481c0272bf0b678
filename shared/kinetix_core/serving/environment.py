"""Environment for other people's programs: what they need, and no key. Standard library only.

A program that we start (Godot with a project's plugins, Blender, npm) could otherwise read `KINETIX_API_KEY`, and whatever else
the person keeps in variables. Every program gets where it finds programs, the home and temporary folders, the language, and the
way to the screen; what it needs besides is named where it is started. Our own programs get everything but the key, unless it
is for them.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

__all__ = ["SECRETS", "for_other_program", "without_secrets"]

SECRETS = frozenset({"KINETIX_API_KEY"})
_NEEDED = frozenset(
    {
        *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP"),
        *("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE", "HOMEDRIVE", "HOMEPATH"),
        *("APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "PROGRAMFILES(X86)", "NUMBER_OF_PROCESSORS"),
    }
)
_FAMILIES = ("LC_", "XDG_")


def for_other_program(families: Iterable[str] = (), **more: str) -> dict[str, str]:
    """The environment for a program that is not ours.

    Args:
        families: beginnings of the names that this program reads, e.g. `BLENDER_`.
        more: set besides.
    """
    wanted = (*_FAMILIES, *families)
    kept = {
        name: value
        for name, value in os.environ.items()
        if (name.upper() in _NEEDED or name.upper().startswith(wanted)) and name.upper() not in SECRETS
    }
    return kept | more


def without_secrets(*also: str) -> dict[str, str]:
    """The environment for a program of ours that has no use for the key. `also`: further names that are left out."""
    return {name: value for name, value in os.environ.items() if name not in SECRETS and name not in also}
