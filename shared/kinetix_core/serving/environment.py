"""Environment for other people's programs: what they need, and no key. Standard library only.

Programs that we start (Godot plugins, Blender, npm) must not read `KINETIX_API_KEY`. They get search paths, home and temporary
folders, language and display, plus what the caller names. Our own programs get everything but the key.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

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
