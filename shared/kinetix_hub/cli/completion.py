"""`kinetix completion`: the Tab key in bash, zsh, fish and PowerShell."""

from __future__ import annotations

from typing import Any

import click
from click.shell_completion import get_completion_class

from kinetix_hub.cli.show import console
from kinetix_hub.installation.shell_files import Shell, completion_file, write

__all__ = ["completion"]

_PROGRAM, _VARIABLE = "kinetix", "_KINETIX_COMPLETE"

# What a person does besides; `{folder}` and `{file}` are filled in.
_BESIDES = {
    Shell.BASH: "Open a new terminal. It needs the package bash-completion, which most systems have.",
    Shell.ZSH: "Put this line before `compinit` in ~/.zshrc, then open a new terminal:\n  fpath=({folder} $fpath)",
    Shell.FISH: "It works at once.",
    Shell.POWERSHELL: "Put this line into the file that $PROFILE names, then open a new window:\n  . '{file}'",
}


@click.command()
@click.argument("shell", type=click.Choice([shell.value for shell in Shell]))
@click.option("--install", is_flag=True, help="Write it to where the shell looks; without this it is printed.")
def completion(shell: str, install: bool) -> None:
    """Let the Tab key complete commands and options in bash, zsh, fish and PowerShell."""
    script = _script(shell)
    if not install:
        click.echo(script)
        return
    target = completion_file(Shell(shell))
    write(target, script + "\n", comment="#")
    console.print(f"[green]✓[/] {target}", soft_wrap=True)
    console.print(_BESIDES[Shell(shell)].format(folder=target.parent, file=target), markup=False, soft_wrap=True)


def _script(shell: str) -> str:
    found: Any = get_completion_class(shell)
    assert found is not None
    from kinetix_hub.cli.main import root

    text: str = found(root, {}, _PROGRAM, _VARIABLE).source()
    return text.strip()
