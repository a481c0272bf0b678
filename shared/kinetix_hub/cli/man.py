"""`kinetix man`: the manual page."""

from __future__ import annotations

from pathlib import Path

import click

from kinetix_core import files
from kinetix_hub.cli.completion import data_folder
from kinetix_hub.cli.man_page import man_page
from kinetix_hub.cli.show import console

__all__ = ["installed_page", "man"]


@click.command()
@click.option("--install", is_flag=True, help="Write it to where `man` looks; without this it is printed.")
def man(install: bool) -> None:
    """Write the manual page kinetix(1), with every command and option, for the program `man`."""
    from kinetix_hub.cli.main import SECTIONS, root

    text = man_page(root, SECTIONS)
    if not install:
        click.echo(text, nl=False)
        return
    files.write(_file(), text)
    console.print(f"[green]✓[/] {_file()}", soft_wrap=True)
    console.print("Read it: man kinetix", markup=False)


def installed_page() -> Path | None:
    """The page that `--install` wrote."""
    return _file() if _file().is_file() else None


def _file() -> Path:
    return data_folder() / "man" / "man1" / "kinetix.1"
