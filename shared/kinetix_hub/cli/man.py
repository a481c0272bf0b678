"""`kinetix man`: the manual page."""

from __future__ import annotations

import click

from kinetix_hub.cli.man_page import man_page
from kinetix_hub.cli.show import console
from kinetix_hub.installation.shell_files import manual_page, write

__all__ = ["man"]


@click.command()
@click.option("--install", is_flag=True, help="Write it to where `man` looks; without this it is printed.")
def man(install: bool) -> None:
    """Write the manual page kinetix(1), with every command and option, for the program `man`."""
    from kinetix_hub.cli.main import SECTIONS, root

    text = man_page(root, SECTIONS)
    if not install:
        click.echo(text, nl=False)
        return
    file = manual_page()
    write(file, text, comment='.\\"')
    console.print(f"[green]✓[/] {file}", soft_wrap=True)
    console.print("Read it: man kinetix", markup=False)
