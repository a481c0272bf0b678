"""`kinetix convert IN OUT`: an emote from one file format to another."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from rich.console import Console

from kinetix_core import formats, mannequin
from kinetix_core.errors import InputError
from kinetix_core.formats import fbx, glb
from kinetix_core.motion import timing
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.retarget import retarget
from kinetix_local import opening
from kinetix_local.retargeting import save

__all__ = ["convert"]


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--clip", default=None, help="Which clip of a GLB with several; by default the first.")
@click.option(
    "--all", "every", is_flag=True, help="Every clip of a GLB, each into a file of its own in the folder OUT."
)
@click.option("--to", "suffix", default=".glb", show_default=True, help="With --all: the format of the files.")
@click.option(
    "--mannequin", "on_mannequin", is_flag=True, help="Put the motion on the mannequin, so that it has a body."
)
@click.option("--fps", type=click.FloatRange(1, 240), default=None, help="Another frame rate; the timing stays.")
@click.option(
    "--max-error",
    type=click.FloatRange(0.01, 100),
    default=None,
    help="Leave out keys while no point of the body moves more than this many millimetres (GLB, Kinanim).",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def convert(
    source: Path,
    target: Path,
    clip: str | None,
    every: bool,
    suffix: str,
    on_mannequin: bool,
    fps: float | None,
    max_error: float | None,
    as_json: bool,
) -> None:
    """Convert an emote file: GLB, BVH and Kinanim are read, FBX and .blend with Blender; GLB, BVH, FBX and Kinanim are written.

    IN and OUT are told apart by their content and by OUT's ending.
    """
    if not source.is_file():
        raise InputError(
            f"There is no file “{source.name}”.", code="fileNotFound", next_step="Check the path and try again."
        )
    if not suffix.startswith("."):
        suffix = "." + suffix
    for ending in [suffix] if every else [target.suffix]:
        if ending.lower() not in formats.WRITABLE:
            raise InputError(
                f"“{target.name}” has no ending that is written." if not every else f"“{ending}” is not written.",
                code="badOption",
                next_step=f"Use one of {', '.join(formats.WRITABLE)}.",
            )
    # Kept until the command ends.
    folder = click.get_current_context().with_resource(TemporaryDirectory(prefix="kinetix-"))
    source = opening.as_glb(source, Path(folder))
    motions = glb.read_motions(source) if every else [formats.read_motion(source, clip)]
    outs = _names(motions, target, suffix) if every else [target]
    body = None if on_mannequin else _body(source)
    rows: list[dict[str, Any]] = []
    for motion, out in zip(motions, outs, strict=True):
        if fps is not None:
            motion = timing.resample(motion, fps)
        if on_mannequin:
            motion = retarget(motion, mannequin.load().skeleton)
        data = _bytes(motion, body, out.suffix, max_error / 1000 if max_error else None)
        save(out, data)
        rows.append(
            {
                "out": str(out),
                "name": motion.name,
                "frames": len(motion),
                "fps": motion.fps,
                "bones": len(motion.skeleton),
                "bytes": len(data),
            }
        )
    if as_json:
        click.echo(json.dumps({"files": rows}, ensure_ascii=False))
        return
    console = Console(highlight=False, soft_wrap=True)
    for row, motion in zip(rows, motions, strict=True):
        console.print(f"[green]✓[/] {row['out']}", markup=True)
        console.print(
            f"  {row['frames']} frames, {motion.duration:.1f} s, {row['bones']} bones, {row['bytes'] / 1000:.0f} kB",
            style="dim",
        )


def _body(source: Path) -> glb.Character | None:
    """The character that the emote is on, when the file has one with a surface."""
    with source.open("rb") as file:
        if file.read(4) != b"glTF":
            return None
    character = glb.read_character(source)
    return character if len(character.faces) else None


def _bytes(motion: Motion, body: glb.Character | None, suffix: str, max_error_m: float | None) -> bytes:
    """The file, with the body that the emote came on where the format has room for one."""
    if body is not None and suffix.lower() == ".glb":
        return glb.write_onto(body, [motion], max_error_m=max_error_m)
    if body is not None and suffix.lower() == ".fbx":
        return fbx.write_figure(motion, body, body.name)
    return formats.to_bytes(motion, suffix, max_error_m=max_error_m)


def _names(motions: list[Motion], folder: Path, suffix: str) -> list[Path]:
    """A file name for every clip, made from its name, each once."""
    taken: set[str] = set()
    out = []
    for motion in motions:
        stem = "".join(c if c.isalnum() or c in " ._-()" else "_" for c in motion.name).strip(" .") or "emote"
        name, number = stem, 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem} {number}"
        taken.add(name.casefold())
        out.append(folder / f"{name}{suffix}")
    return out
