"""Where shells and `man` look for our files, which `kinetix completion` and `kinetix man` write and `kinetix uninstall` removes."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path

__all__ = ["Shell", "completion_file", "installed_completions", "installed_page", "manual_page"]

_PROGRAM = "kinetix"


class Shell(StrEnum):
    """A shell that completes our commands."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


def completion_file(shell: Shell) -> Path:
    """Where this shell looks for the script that completes our commands."""
    match shell:
        case Shell.BASH:
            return _data_folder() / "bash-completion" / "completions" / _PROGRAM
        case Shell.ZSH:
            return _data_folder() / "zsh" / "site-functions" / f"_{_PROGRAM}"
        case Shell.FISH:
            return _configuration() / "fish" / "completions" / f"{_PROGRAM}.fish"
        case Shell.POWERSHELL:
            return _data_folder() / _PROGRAM / "completion.ps1"


def manual_page() -> Path:
    """Where `man` looks for the page of our commands."""
    return _data_folder() / "man" / "man1" / f"{_PROGRAM}.1"


def installed_completions() -> list[Path]:
    """The scripts that are there."""
    return [file for shell in Shell if (file := completion_file(shell)).is_file()]


def installed_page() -> Path | None:
    """The manual page, where it is there."""
    return file if (file := manual_page()).is_file() else None


def _data_folder() -> Path:
    """Where a user's programs keep what is no configuration."""
    return _given("XDG_DATA_HOME") or Path.home() / ".local" / "share"


def _configuration() -> Path:
    return _given("XDG_CONFIG_HOME") or Path.home() / ".config"


def _given(variable: str) -> Path | None:
    value = os.environ.get(variable, "")
    return Path(value) if value.startswith("/") else None
