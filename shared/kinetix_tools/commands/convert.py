"""`kinetix convert IN OUT`: emotes from one file format to another, one or a folder of them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from rich.markup import escape

from kinetix_core import formats, mannequin
from kinetix_core.formats.figure import on_mannequin
from kinetix_core.io import files
from kinetix_core.io.file_names import fold, free_name
from kinetix_core.io.given_files import check_file
from kinetix_core.io.output_files import check_free
from kinetix_core.motion.editing import timing
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.retargeting.retarget import retarget
from kinetix_core.values.errors import KinetixError
from kinetix_tools import opening
from kinetix_tools.commands.emote_files import (
    body_of,
    check_ending,
    check_is_folder,
    console,
    dotted,
    emotes_in,
    file_options,
    print_error,
    say_others,
)


@dataclass(frozen=True)
class _Written:
    """One clip, and the file that it became: `size` in bytes. `faceless`: its face had no body to be shown on."""

    motion: Motion
    out: Path
    size: int
    faceless: bool


@dataclass(frozen=True)
class _Converted:
    """Result for one file: its outputs, its clip names, or its error."""

    source: Path
    written: list[_Written] = field(default_factory=list)
    clips: list[str] = field(default_factory=list)
    error: KinetixError | None = None


@dataclass(frozen=True)
class _Wanted:
    """Which clips of a file are meant (all, one by name, else the first), and what happens to each on its way."""

    every: bool
    clip: str | None
    on_mannequin: bool
    fps: float | None
    max_error_m: float | None
    force: bool

    def read(self, source: Path) -> tuple[list[Motion], list[str]]:
        """The clips that are meant, and the names of all."""
        if self.every:
            motions = opening.read_motions(source)
            return motions, [motion.name for motion in motions]
        motion, names = formats.read_one(source, self.clip)
        return [motion], names

    def change(self, motion: Motion) -> Motion:
        if self.fps is not None:
            motion = timing.resample(motion, self.fps)
        return retarget(motion, mannequin.load().skeleton) if self.on_mannequin else motion


@click.command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(path_type=Path))
@click.option(
    "--all", "every", is_flag=True, help="Every clip of a GLB, each into a file of its own in the folder OUT."
)
@click.option("--to", "suffix", default=".glb", show_default=True, help="With a folder or --all: the format.")
@click.option(
    "--mannequin", "on_mannequin", is_flag=True, help="Put the motion on the mannequin, so that it has a body."
)
@click.option("--fps", type=click.FloatRange(1, 240), default=None, help="Another frame rate; the timing stays.")
@file_options(" (GLB, VRM animation, Kinanim)")
def convert(
    source: Path,
    target: Path,
    clip: str | None,
    every: bool,
    suffix: str,
    on_mannequin: bool,
    fps: float | None,
    max_error_m: float | None,
    force: bool,
    as_json: bool,
) -> None:
    """Convert emote files between GLB, VRM animation, BVH, FBX, USD and Kinanim.

    GLB, VRM animation, BVH and Kinanim are read, FBX and .blend with Blender.
    USD is written only, with the package usd-core.

    IN and OUT are told apart by their content and by OUT's ending. Where IN is a folder, so is OUT: every emote in it is converted.
    """
    in_folder = source.is_dir()
    if not in_folder:
        check_file(source)
    if every or in_folder:
        suffix = dotted(suffix)
    else:
        check_ending(target)
    sources = emotes_in(source) if in_folder else [source]
    wanted = _Wanted(every, clip, on_mannequin, fps, max_error_m, force)
    if in_folder or every:
        check_is_folder(target, "Several emotes")
    if not every:
        check_free([target / f"{one.stem}{suffix}" for one in sources] if in_folder else [target], force=force)
    names: set[str] = set()

    def place(emote: Path, motion: Motion, of: int) -> Path:
        if not (in_folder or every):
            return target
        clip_name = "".join(c if c.isalnum() or c in " ._-()" else "_" for c in motion.name).strip(" .") or "emote"
        stem = clip_name if not in_folder else emote.stem if of == 1 else f"{emote.stem} {clip_name}"
        name = free_name(stem, names)
        names.add(fold(name))
        return target / f"{name}{suffix}"

    done = [(_tried if in_folder else _convert)(one, wanted, place) for one in sources]
    if as_json:
        click.echo(json.dumps({"files": [row for one in done for row in _rows(one)]}, ensure_ascii=False))
    else:
        _show(done, others=not (clip or every))
    failed = [one.error for one in done if one.error is not None]
    if failed:
        sys.exit(failed[0].exit_code)


def _tried(source: Path, wanted: _Wanted, place: Callable[[Path, Motion, int], Path]) -> _Converted:
    """One of several: what is wrong with it stops no other."""
    try:
        return _convert(source, wanted, place)
    except KinetixError as error:
        return _Converted(source, error=error)


def _convert(source: Path, wanted: _Wanted, place: Callable[[Path, Motion, int], Path]) -> _Converted:
    """Read a file and write each clip that is meant where `place` says: of a file, a clip of it, and of how many."""
    with TemporaryDirectory(prefix="kinetix-") as folder:
        opened = opening.as_glb(source, Path(folder))
        motions, clips = wanted.read(opened)
        body = None if wanted.on_mannequin else body_of(opened)
    places = [place(source, motion, len(motions)) for motion in motions]
    check_free(places, force=wanted.force)
    written = []
    for read, out in zip(motions, places, strict=True):
        motion = wanted.change(read)
        data = formats.with_body(motion, body, out.suffix, max_error_m=wanted.max_error_m)
        files.write(out, data)
        has_body = body is not None or on_mannequin(motion.skeleton)
        faceless = motion.face is not None and not has_body and out.suffix.lower() in (".glb", ".fbx", ".usd")
        written.append(_Written(motion, out, len(data), faceless))
    return _Converted(source, written, clips)


def _rows(done: _Converted) -> list[dict[str, Any]]:
    if done.error is not None:
        return [{"in": str(done.source), "error": done.error.as_dict()}]
    return [
        {
            "in": str(done.source),
            "out": str(one.out),
            "name": one.motion.name,
            "frames": len(one.motion),
            "fps": one.motion.fps,
            "bones": len(one.motion.skeleton),
            "bytes": one.size,
        }
        for one in done.written
    ]


def _show(converted: Sequence[_Converted], *, others: bool) -> None:
    for done in converted:
        if done.error is not None:
            print_error(done.source, done.error)
        for one in done.written:
            console.print("[green]✓[/]", escape(str(one.out)))
            console.print(
                f"  {len(one.motion)} frames, {one.motion.duration:.1f} s, {len(one.motion.skeleton)} bones,"
                f" {one.size / 1000:.0f} kB",
                style="dim",
            )
            if one.faceless:
                console.print(
                    "  The face is left out, as the motion has no body. --mannequin gives it one.", style="yellow"
                )
        if others:
            say_others(done.clips, "--all takes all")
