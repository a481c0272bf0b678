"""An emote written again after a change, on the body that it came with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console

from kinetix_core import formats
from kinetix_core.formats import glb
from kinetix_core.io.glb_chunks import MAGIC
from kinetix_core.values.errors import InputError

force_option = click.option("--force", is_flag=True, help="Replace files that exist.")


def check_ending(path: Path) -> None:
    """Raises InputError unless the file's ending is one that is written."""
    if path.suffix.lower() not in formats.WRITABLE:
        raise InputError(
            f"“{path.name}” has no ending that is written.",
            code="badOption",
            next_step=f"Use one of {', '.join(formats.WRITABLE)}.",
        )


def body_of(source: Path) -> glb.Character | None:
    """The character that the emote is on, when the file has one with a surface."""
    with source.open("rb") as file:
        if file.read(4) != MAGIC:
            return None
    character = glb.read_character(source)
    return character if len(character.faces) else None


def say_others(names: Sequence[str], all_of_them: str) -> None:
    """Print that a file has more clips than the first one, which was taken, and what takes all of them."""
    if len(names) > 1:
        name = names[0].replace("[", r"\[")
        Console(highlight=False, soft_wrap=True).print(
            f"  This is the first of {len(names)} clips, {name}: --clip takes another, {all_of_them}.", style="yellow"
        )
