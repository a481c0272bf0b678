"""`kinetix uninstall`: removal of what was created on this machine, but not of the program itself."""

from __future__ import annotations

import contextlib
from pathlib import Path

import click

from kinetix_core.io.project_files import is_link_at
from kinetix_hub.cli.show import console
from kinetix_hub.installation.uninstalling import Part, parts, remove


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also remove the library and the worlds of Kinetix Local.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only list what would be removed.")
def uninstall(everything: bool, yes: bool, dry_run: bool) -> None:
    """Remove what Kinetix Bridge created on this machine, after asking; --all includes the library."""
    found = parts()
    going = [part for part in found if part.goes(everything=everything)]
    staying = [part for part in found if part not in going]
    if not going:
        console.print("[green]✓[/] There is nothing to remove.")
    else:
        console.print("To be removed:")
        _list(going)
    if staying:
        console.print("Kept:")
        _list(staying)
    if dry_run or (going and not yes and not click.confirm("Remove it?", default=False)):
        console.print("Nothing was removed.")
        return
    if going:
        if not remove(going):
            console.print("[yellow]![/] The system's keyring is locked and still holds keys of kinetix-bridge.")
        console.print("[green]✓[/] Removed. Emotes in Godot projects and .blend files are untouched.")
    console.print(
        "Remove the program as you installed it: uv tool uninstall kinetix-bridge, or pipx; in Blender and Godot the add-on.",
        soft_wrap=True,
    )


def _list(parts: list[Part]) -> None:
    for part in parts:
        console.print(f"  {part.path}  ({part.what}, {_size(part.path) / 1e6:.1f} MB)", markup=False, soft_wrap=True)


def _size(path: Path) -> int:
    size, left = 0, [path]
    while left:
        found = left.pop()
        with contextlib.suppress(OSError):  # removed meanwhile, or too deep for this system to name
            if is_link_at(found) or not found.is_dir():
                size += found.lstat().st_size
            else:
                left += found.iterdir()
    return size
