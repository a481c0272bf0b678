"""Where the command line puts the files of a take, and how it tells of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from kinetix_capture.interface import Delivery
from kinetix_core import files
from kinetix_core.errors import InputError

__all__ = ["Outputs", "show"]

# The file of the take that each ending stands for.
_ENDINGS = {
    ".glb": "animation-v2.glb",
    ".bvh": "animation-v2.bvh",
    ".fbx": "animation-v2.fbx",
    ".kinanim": "animation-v2.kinanim",
    ".png": "thumbnail.png",
    ".gif": "thumbnail.gif",
    ".webp": "preview.webp",
    ".json": "quality.json",
}


class Outputs:
    """The files that somebody wants of a take: `out`, a file or a folder for all of them, and `also` further ones."""

    def __init__(self, out: Path, also: Sequence[Path]) -> None:
        self._out = out
        self._folder = out.suffix == "" or out.is_dir()
        self._targets = [] if self._folder else [_target(path) for path in (out, *also)]

    @property
    def wanted(self) -> Sequence[str]:
        """Names of the take's files."""
        from kinetix_capture.deliver import FILES  # loads the models' runtime

        return FILES if self._folder else [_ENDINGS[path.suffix.lower()] for path in self._targets]

    def take_over(self, delivery: Delivery) -> list[Path]:
        """Copies the files to where they are wanted, each whole or not at all, also onto another disk."""
        pairs = [(path, _ENDINGS[path.suffix.lower()]) for path in self._targets]
        if self._folder:
            self._out.mkdir(parents=True, exist_ok=True)
            pairs = [(self._out / name, name) for name in delivery.files]
        for path, name in pairs:
            files.copy(delivery.files[name], path)
        return [path for path, _ in pairs]


def _target(path: Path) -> Path:
    if path.suffix.lower() not in _ENDINGS:
        raise InputError(
            f"An emote is not written as “{path.suffix}”.",
            code="badOption",
            next_step=f"Use one of {', '.join(_ENDINGS)}, or name a folder.",
        )
    return path


def show(written: Sequence[Path], delivery: Delivery, as_json: bool, notes: Sequence[str]) -> None:
    """Tells what was written, and the `notes` for a person."""
    if as_json:
        result = {
            "files": [str(path) for path in written],
            "durationS": round(delivery.duration_s, 4),
            "quality": delivery.quality,
        }
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    for path in written:
        click.echo(path)
    for note in notes:
        click.echo(f"  {note}", err=True)
