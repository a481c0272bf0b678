"""The files of the commands: which emotes of a folder are meant, what may be written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape

from kinetix_core import formats
from kinetix_core.formats import glb
from kinetix_core.io.glb_chunks import MAGIC
from kinetix_core.values.errors import InputError
from kinetix_tools import opening

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
        Console(highlight=False, soft_wrap=True).print(
            f"  This is the first of {len(names)} clips, {escape(names[0])}: --clip takes another, {all_of_them}.",
            style="yellow",
        )


def emotes_in(folder: Path) -> list[Path]:
    """The emote files that lie in a folder, in the order of their names. Raises InputError where there is none."""
    # By the letters of the names: paths of Windows compare without case, and numbers would go to other files there.
    found = sorted(
        (item for item in folder.iterdir() if item.suffix.lower() in opening.READABLE), key=lambda item: item.name
    )
    if not found:
        raise InputError(
            f"There is no emote in “{folder.name or folder}”.",
            code="fileNotFound",
            next_step=f"Put {', '.join(opening.READABLE)} files into it.",
        )
    return found


def check_is_folder(out: Path, what: str, or_else: str = "") -> None:
    """Raises InputError for the name of one file where `what` becomes several; `or_else` is another way out."""
    if out.suffix.lower() in formats.WRITABLE and not out.is_dir():
        raise InputError(f"{what} do not fit into one file.", code="badOption", next_step=f"Name a folder{or_else}.")
