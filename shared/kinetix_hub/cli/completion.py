"""`kinetix completion`: scripts for bash, zsh, fish and PowerShell."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import get_completion_class

from kinetix_hub.cli.show import console
from kinetix_hub.installation.shell_files import Shell, completion_file, write

_PROGRAM, _VARIABLE = "kinetix", "_KINETIX_COMPLETE"

_THEN = {
    Shell.BASH: "Open a new terminal. The package bash-completion is required.",
    Shell.ZSH: "Add this line before `compinit` in ~/.zshrc, then open a new terminal:\n  fpath=({folder} $fpath)",
    Shell.FISH: "It works in every open terminal.",
    Shell.POWERSHELL: "Add this line to the file named by $PROFILE, then open a new window:\n  . '{file}'",
}


@click.command()
@click.argument("shell", type=click.Choice([shell.value for shell in Shell]))
@click.option("--install", is_flag=True, help="Write it where the shell looks for it.")
def completion(shell: str, install: bool) -> None:
    """Complete commands, options and names with Tab in bash, zsh, fish and PowerShell."""
    script = _script(shell)
    if not install:
        click.echo(script)
        return
    target = completion_file(Shell(shell))
    write(target, script + "\n")
    console.print(f"[green]✓[/] {target}", soft_wrap=True)
    console.print(_THEN[Shell(shell)].format(folder=target.parent, file=target), markup=False, soft_wrap=True)


def _script(shell: str) -> str:
    found: Any = get_completion_class(shell)
    assert found is not None
    from kinetix_hub.cli.main import root

    text: str = found(root, {}, _PROGRAM, _VARIABLE).source()
    return text.strip()
