"""The files of the commands: which emotes of a folder are meant, what may be written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.markup import escape

from kinetix_core import formats
from kinetix_core.formats import glb
from kinetix_core.io.glb_chunks import MAGIC
from kinetix_core.values.errors import InputError, KinetixError
from kinetix_tools import opening

Command = TypeVar("Command", bound=Callable[..., object])
console = Console(highlight=False, soft_wrap=True)
_errors = Console(stderr=True, highlight=False, soft_wrap=True)

force_option = click.option("--force", is_flag=True, help="Replace files that exist.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
_clip_option = click.option("--clip", default=None, help="Which clip of a GLB with several; by default the first.")


def file_options(keys_left_out_in: str = "") -> Callable[[Command], Command]:
    """The options of a command that writes files: `clip`, `max_error_m`, `force` and `as_json`.

    Args:
        keys_left_out_in: the formats that --max-error is for. It is given in millimetres.
    """
    max_error_option = click.option(
        "--max-error",
        "max_error_m",
        type=click.FloatRange(0.01, 100),
        metavar="MM",
        callback=lambda context, option, value: value and value / 1000,
        help=f"Leave out keys while no point of the body moves more than this many millimetres{keys_left_out_in}.",
    )
    return lambda command: _clip_option(max_error_option(force_option(json_option(command))))


def dotted(suffix: str) -> str:
    """Return the ending with its dot. Raises as `check_ending`."""
    suffix = suffix if suffix.startswith(".") else f".{suffix}"
    check_ending(Path(f"emote{suffix}"))
    return suffix


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
        console.print(
            f"  This is the first of {len(names)} clips, {escape(names[0])}: --clip takes another, {all_of_them}.",
            style="yellow",
        )


def print_error(source: Path, error: KinetixError) -> None:
    _errors.print("[bold red]✗[/]", escape(f"{source.name}: {error.title} {error.next_step}".strip()))


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
