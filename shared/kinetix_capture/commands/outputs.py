"""Output files of a capture on the command line, and the report about them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from kinetix_capture.interface import FACE, FILES, VRM_ANIMATION, Delivery
from kinetix_core.io import files
from kinetix_core.io.output_files import check_free
from kinetix_core.translations import translated
from kinetix_core.values.errors import InputError
from kinetix_core.values.people import MOST_PEOPLE

# The file of the take that each ending stands for.
_ENDINGS = {
    ".glb": "animation-v2.glb",
    ".vrma": VRM_ANIMATION,
    ".bvh": "animation-v2.bvh",
    ".fbx": "animation-v2.fbx",
    ".kinanim": "animation-v2.kinanim",
    ".png": "thumbnail.png",
    ".gif": "thumbnail.gif",
    ".webp": "preview.webp",
    ".json": "quality.json",
    ".csv": FACE,
}

out_option = click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="OUT.glb, .vrma, .fbx, .bvh, .kinanim, …, or a folder for every file.",
)
also_option = click.option(
    "--also",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A further file of the same take. Can be given again.",
)


class Outputs:
    """The files that somebody wants of a take: `out`, a file or a folder for all of them, and `also` further ones.

    `numbered` files are those of every person of a clip: OUT-1.glb, OUT-2.glb, …. `face`: whether it was captured.
    """

    def __init__(self, out: Path, also: Sequence[Path], numbered: bool = False, face: bool = False) -> None:
        self._out = out
        self._numbered = numbered
        self._face = face
        self._folder = out.suffix == "" or out.is_dir()
        self._targets = [] if self._folder else [_target(path, face) for path in (out, *also)]

    def check_free(self, observations: Path | None = None, *, force: bool) -> None:
        """Raise `InputError` if a file that `take_over` writes exists, unless `force`."""
        for number in range(1, (MOST_PEOPLE if self._numbered else 1) + 1):
            kept = [] if observations is None else [self._marked(observations, number)]
            check_free([*(path for path, _ in self._pairs(number, self.wanted)), *kept], force=force)

    @property
    def wanted(self) -> Sequence[str]:
        every = (*FILES, VRM_ANIMATION, *((FACE,) if self._face else ()))
        return every if self._folder else [_ENDINGS[path.suffix.lower()] for path in self._targets]

    def take_over(self, delivery: Delivery, observations: Path | None = None) -> list[Path]:
        """Copy the files to where they are wanted, each whole or not at all, also onto another disk.

        `observations`: where what was seen is to be kept; of several people in a file each.
        """
        takes = (delivery, *delivery.others) if self._numbered else (delivery,)
        return [path for number, take in enumerate(takes, 1) for path in self._taken(take, number, observations)]

    def _taken(self, delivery: Delivery, number: int, observations: Path | None) -> list[Path]:
        pairs = self._pairs(number, delivery.files)
        for path, name in pairs:
            files.copy(delivery.files[name], path)
        written = [path for path, _ in pairs]
        if observations is not None and delivery.observations is not None:
            written.append(self._marked(observations, number))
            files.copy(delivery.observations, written[-1])
        return written

    def _pairs(self, number: int, names: Iterable[str]) -> list[tuple[Path, str]]:
        """Return the path of each of a person's files; `names` are those of a folder."""
        if not self._folder:
            return [(self._marked(path, number), _ENDINGS[path.suffix.lower()]) for path in self._targets]
        folder = self._out / f"person-{number}" if self._numbered else self._out
        return [(folder / name, name) for name in names]

    def _marked(self, path: Path, number: int) -> Path:
        return path.with_stem(f"{path.stem}-{number}") if self._numbered else path


def _target(path: Path, face: bool) -> Path:
    known = [ending for ending, name in _ENDINGS.items() if face or name != FACE]
    if path.suffix.lower() not in known:
        raise InputError(
            f"An emote is not written as “{path.suffix}”.",
            code="badOption",
            next_step=f"Use one of {', '.join(known)}, or name a folder.",
        )
    return path


def show(written: Sequence[Path], delivery: Delivery, as_json: bool, notes: Sequence[str]) -> None:
    """Tell what was written, and the `notes` for a person."""
    if as_json:
        result: dict[str, Any] = {
            "files": [str(path) for path in written],
            "durationS": round(delivery.duration_s, 4),
            "quality": delivery.quality,
        }
        if delivery.others:
            others = [{"durationS": round(one.duration_s, 4), "quality": one.quality} for one in delivery.others]
            result["others"] = others
        click.echo(json.dumps(result, ensure_ascii=False))
        return
    for path in written:
        click.echo(path)
    for note in notes:
        click.echo(f"  {translated(note)}", err=True)
