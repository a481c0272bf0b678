"""Completion scripts: `kinetix completion` writes them, `kinetix uninstall` removes them."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path

from kinetix_core.io import files
from kinetix_core.values.errors import InputError

_PROGRAM = "kinetix"
_SIGNATURE = "Written by Kinetix Bridge."


class Shell(StrEnum):
    """A shell with completion of `kinetix`."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"
    POWERSHELL = "powershell"


def completion_file(shell: Shell) -> Path:
    """Return where the shell looks for the script."""
    match shell:
        case Shell.BASH:
            return _data_folder() / "bash-completion" / "completions" / _PROGRAM
        case Shell.ZSH:
            return _data_folder() / "zsh" / "site-functions" / f"_{_PROGRAM}"
        case Shell.FISH:
            return _configuration() / "fish" / "completions" / f"{_PROGRAM}.fish"
        case Shell.POWERSHELL:
            return _data_folder() / _PROGRAM / "completion.ps1"


def write(file: Path, text: str) -> None:
    """Write a completion script and sign it in a comment.

    Raises:
        InputError: another program wrote the file; it is unchanged.
    """
    if os.path.lexists(file) and not _is_ours(file):
        raise InputError(
            "Another program wrote this file.",
            code="fileOccupied",
            detail=str(file),
            next_step="Move the file away, then try again.",
        )
    files.write(file, f"{text}# {_SIGNATURE}\n")


def installed() -> list[Path]:
    """Return the completion scripts that `write` wrote."""
    return [file for shell in Shell if _is_ours(file := completion_file(shell))]


def _is_ours(file: Path) -> bool:
    try:
        return file.read_text(encoding="utf-8").endswith(f" {_SIGNATURE}\n")
    except (OSError, ValueError):
        return False


def _data_folder() -> Path:
    return _given("XDG_DATA_HOME") or Path.home() / ".local" / "share"


def _configuration() -> Path:
    return _given("XDG_CONFIG_HOME") or Path.home() / ".config"


def _given(variable: str) -> Path | None:
    value = os.environ.get(variable, "")
    return Path(value) if value.startswith("/") else None
