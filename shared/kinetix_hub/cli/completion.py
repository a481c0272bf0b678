"""`kinetix completion`: the Tab key in bash, zsh, fish and PowerShell."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.shell_completion import get_completion_class

from kinetix_core import files
from kinetix_hub.cli.show import console

__all__ = ["completion", "data_folder", "installed_files"]

_PROGRAM, _VARIABLE = "kinetix", "_KINETIX_COMPLETE"


def data_folder() -> Path:
    """Where a user's programs keep what is no configuration."""
    given = os.environ.get("XDG_DATA_HOME", "")
    return Path(given) if given.startswith("/") else Path.home() / ".local" / "share"


def _configuration() -> Path:
    given = os.environ.get("XDG_CONFIG_HOME", "")
    return Path(given) if given.startswith("/") else Path.home() / ".config"


@dataclass(frozen=True)
class _Shell:
    """Where a shell's script goes, and what a person does besides; `{folder}` and `{file}` are filled in."""

    file: Callable[[], Path]
    besides: str


_SHELLS = {
    "bash": _Shell(
        lambda: data_folder() / "bash-completion" / "completions" / _PROGRAM,
        "Open a new terminal. It needs the package bash-completion, which most systems have.",
    ),
    "zsh": _Shell(
        lambda: data_folder() / "zsh" / "site-functions" / f"_{_PROGRAM}",
        "Put this line before `compinit` in ~/.zshrc, then open a new terminal:\n  fpath=({folder} $fpath)",
    ),
    "fish": _Shell(lambda: _configuration() / "fish" / "completions" / f"{_PROGRAM}.fish", "It works at once."),
    "powershell": _Shell(
        lambda: data_folder() / _PROGRAM / "completion.ps1",
        "Put this line into the file that $PROFILE names, then open a new window:\n  . '{file}'",
    ),
}


@click.command()
@click.argument("shell", type=click.Choice(list(_SHELLS)))
@click.option("--install", is_flag=True, help="Write it to where the shell looks; without this it is printed.")
def completion(shell: str, install: bool) -> None:
    """Let the Tab key complete commands and options in bash, zsh, fish and PowerShell."""
    script = _script(shell)
    if not install:
        click.echo(script)
        return
    target = _SHELLS[shell].file()
    files.write(target, script + "\n")
    console.print(f"[green]✓[/] {target}", soft_wrap=True)
    console.print(_SHELLS[shell].besides.format(folder=target.parent, file=target), markup=False, soft_wrap=True)


def installed_files() -> list[Path]:
    """The scripts that `--install` wrote."""
    return [file for file in (shell.file() for shell in _SHELLS.values()) if file.is_file()]


def _script(shell: str) -> str:
    found: Any = get_completion_class(shell)
    assert found is not None
    from kinetix_hub.cli.main import root

    text: str = found(root, {}, _PROGRAM, _VARIABLE).source()
    return text.strip()
