"""Several emotes at once: which files of a folder are meant, and a file name of its own for each result."""

from __future__ import annotations

from pathlib import Path

from kinetix_core import formats
from kinetix_core.values.errors import InputError
from kinetix_tools import opening


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


class Names:
    """File names, each given out once: the second `walk` is `walk 2`, also where the case differs."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def free(self, stem: str) -> str:
        name, number = stem, 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{stem} {number}"
        self._taken.add(name.casefold())
        return name
