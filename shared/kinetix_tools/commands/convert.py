"""`kinetix convert IN OUT`: an emote from one file format to another."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from rich.console import Console

from kinetix_core import formats, mannequin
from kinetix_core.motion.editing import timing
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.retargeting.retarget import retarget
from kinetix_tools import opening
from kinetix_tools.commands.rewriting import as_bytes, body_of, check_ending, check_there, say_others
from kinetix_tools.retargeting import save

__all__ = ["convert"]


@click.command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(path_type=Path))
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
    help="Leave out keys while no point of the body moves more than this many millimetres (GLB, VRM animation, Kinanim).",
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
    """Convert an emote file between GLB, VRM animation, BVH, FBX and Kinanim.

    GLB, VRM animation, BVH and Kinanim are read, FBX and .blend with Blender.

    IN and OUT are told apart by their content and by OUT's ending.
    """
    check_there(source)
    if not suffix.startswith("."):
        suffix = "." + suffix
    check_ending(Path(f"emote{suffix}") if every else target)
    # Kept until the command ends.
    folder = click.get_current_context().with_resource(TemporaryDirectory(prefix="kinetix-"))
    source = opening.as_glb(source, Path(folder))
    if every:
        motions = opening.read_motions(source)
        names = [motion.name for motion in motions]
        outs = _names(motions, target, suffix)
    else:
        motion, names = formats.read_one(source, clip)
        motions, outs = [motion], [target]
    body = None if on_mannequin else body_of(source)
    rows: list[dict[str, Any]] = []
    for motion, out in zip(motions, outs, strict=True):
        if fps is not None:
            motion = timing.resample(motion, fps)
        if on_mannequin:
            motion = retarget(motion, mannequin.load().skeleton)
        data = as_bytes(motion, body, out.suffix, max_error / 1000 if max_error else None)
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
    if not (clip or every):
        say_others(names, "--all takes all")


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
