"""`kinetix edit IN OUT` changes an emote; `kinetix compare A B` says how far two are apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import numpy as np
from rich.markup import escape

from kinetix_core import formats
from kinetix_core.io import files
from kinetix_core.io.given_files import check_file
from kinetix_core.io.output_files import check_free
from kinetix_core.motion.clip_metadata import is_loop
from kinetix_core.motion.editing import comparing, layers, looping, mirroring, placing, timing
from kinetix_core.motion.mapping.automatic import map_bones
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.motion import Motion
from kinetix_core.motion.retargeting.retarget import retarget
from kinetix_core.values.errors import InputError
from kinetix_tools import opening
from kinetix_tools.commands.emote_files import body_of, check_ending, console, file_options, json_option, say_others

Step = Callable[[Motion, BoneMap], Motion]
_STEPS, _SEAM, _NOTES = "kinetix.edit.steps", "kinetix.edit.seam", "kinetix.edit.notes"
_LONGEST_S = 3600.0


def _step(name: str, change: Callable[..., Motion], help_: str, **settings: Any) -> Callable[[Any], Any]:
    """An option that is one change. Click calls them in the order in which they are given, and so they are carried out.

    Args:
        change: takes the motion, its bones and what was given with the option.
    """

    def note(context: click.Context, _: click.Parameter, value: Any) -> None:
        if value is None or value is False:
            return
        given = () if value is True else value if isinstance(value, tuple) else (value,)
        steps: list[Step] = context.meta.setdefault(_STEPS, [])
        steps.append(lambda motion, bones: change(motion, bones, *given))

    return click.option(name, callback=note, expose_value=False, help=help_, **settings)


def _plain(change: Callable[..., Motion]) -> Callable[..., Motion]:
    """A change that needs not know which bone is which."""
    return lambda motion, _, *given: change(motion, *given)


def _turn(motion: Motion, _: BoneMap, degrees: float) -> Motion:
    return placing.turn(motion, np.radians(degrees))


def _on_floor(motion: Motion, bones: BoneMap, every_frame: str) -> Motion:
    return placing.on_floor(motion, bones, every_frame=every_frame == "frame")


def _closed(motion: Motion, bones: BoneMap, *, travel: bool) -> Motion:
    if len(motion) < 3:
        raise InputError(
            "The emote is too short for a loop.", code="tooShort", next_step="Choose one that lasts, or cut off less."
        )
    seam = looping.find_seam(motion, bones)
    click.get_current_context().meta[_SEAM] = {
        "from": round(seam.start / motion.fps, 4),
        "to": round(seam.end / motion.fps, 4),
        "gapM": round(seam.gap_m, 4),
    }
    _note(
        f"The loop is what lay from {seam.start / motion.fps:.1f} to {seam.end / motion.fps:.1f} s; its ends were "
        f"{100 * seam.gap_m:.0f} cm apart in the mean before they were closed."
    )
    return looping.loop(motion, bones, seam=seam, travel=travel)


def _over(motion: Motion, bones: BoneMap, path: Path, parts: str) -> Motion:
    return layers.masked(motion, _beside(motion, bones, path), [part.strip() for part in parts.split(",")], bones)


def _add(motion: Motion, bones: BoneMap, path: Path, weight: float) -> Motion:
    return layers.add(motion, layers.difference(_beside(motion, bones, path)), weight)


def _beside(motion: Motion, bones: BoneMap, path: Path) -> Motion:
    """Another emote on the skeleton, at the rate and of the length of the one that is edited: a loop goes on, a last pose stays."""
    check_file(path)
    other, names = opening.read_one(path)
    if len(names) > 1:
        _note(_first_of(path, names))
    if (other.skeleton.names, other.skeleton.rest_translations.tobytes()) != (
        motion.skeleton.names,
        motion.skeleton.rest_translations.tobytes(),
    ):
        other = retarget(other, motion.skeleton, target_map=bones)
    other = timing.resample(other, motion.fps)
    frames = np.arange(len(motion))
    if is_loop(other):
        return looping.repeat(other, frames)
    if len(other) < len(motion):
        _note(f"“{path.name}” lasts {other.duration:.1f} s of {motion.duration:.1f} s; after that its last pose stays.")
    return timing.pick(other, np.minimum(frames, len(other) - 1))


def _first_of(path: Path, names: list[str]) -> str:
    return f"Of the {len(names)} clips of “{path.name}” the first was taken, {names[0]}: kinetix convert --all makes a file of each."


def _note(text: str) -> None:
    """Something to say with the result."""
    click.get_current_context().meta.setdefault(_NOTES, []).append(text)


_SECONDS = click.FloatRange(0, _LONGEST_S)


@click.command()
@click.argument("source", metavar="IN", type=click.Path(path_type=Path))
@click.argument("target", metavar="OUT", type=click.Path(path_type=Path))
@_step("--trim", _plain(timing.trim), "Keep what lies between two times.", nargs=2, type=_SECONDS, metavar="FROM TO")
@_step("--speed", _plain(timing.speed), "So many times as fast.", type=click.FloatRange(0.05, 20), metavar="FACTOR")
@_step("--reverse", _plain(timing.reverse), "From the last frame to the first.", is_flag=True)
@_step(
    "--fps",
    _plain(timing.resample),
    "Another frame rate; the timing stays.",
    type=click.FloatRange(1, 240),
    metavar="RATE",
)
@_step("--mirror", mirroring.mirror, "Left for right.", is_flag=True)
@_step(
    "--smooth",
    _plain(layers.smooth),
    "Soften what is quicker than this.",
    type=click.FloatRange(0, 10),
    metavar="SECONDS",
)
@_step(
    "--floor",
    _on_floor,
    "Put the lowest foot on the floor: once for the whole clip, or in every frame.",
    type=click.Choice(["clip", "frame"]),
)
@_step("--in-place", placing.in_place, "Stay over one spot.", is_flag=True)
@_step("--face-forward", placing.face_forward, "Begin over the origin, facing the front.", is_flag=True)
@_step("--turn", _turn, "Turn the whole motion to its left.", type=click.FloatRange(-360, 360), metavar="DEGREES")
@_step(
    "--loop",
    partial(_closed, travel=True),
    "Keep the best repeating part and close its seam; it may travel.",
    is_flag=True,
)
@_step("--loop-on-spot", partial(_closed, travel=False), "The same, coming back to where it began.", is_flag=True)
@_step("--blend-in", _plain(layers.blend_in), "Begin in the rest pose.", type=_SECONDS, metavar="SECONDS")
@_step("--blend-out", _plain(layers.blend_out), "End in the rest pose.", type=_SECONDS, metavar="SECONDS")
@_step(
    "--over",
    _over,
    f"Let another emote move some parts, divided by commas: {', '.join(layers.PARTS)}. A loop goes on as long as IN lasts, else the "
    "last pose stays.",
    type=(click.Path(path_type=Path), str),
    default=None,
    metavar="EMOTE PARTS",
)
@_step(
    "--add",
    _add,
    "Lay what another emote does, away from its first frame, on top, with a weight of mostly 0 to 1.",
    type=(click.Path(path_type=Path), click.FloatRange(-2, 2)),
    default=None,
    metavar="EMOTE WEIGHT",
)
@click.option("--map", "bone_map", type=click.Path(path_type=Path), default=None, help="A bone map of IN's skeleton.")
@file_options(" (GLB, Kinanim)")
@click.pass_context
def edit(
    context: click.Context,
    source: Path,
    target: Path,
    bone_map: Path | None,
    clip: str | None,
    max_error_m: float | None,
    force: bool,
    as_json: bool,
) -> None:
    """Change an emote: cut, loop, mirror, slow down, layer, …

    The changes are made in the order in which they are given, each once: `--trim 1 3 --loop` is not `--loop --trim 1 3`. IN
    is left alone; OUT is a .glb, .fbx, .usd, .bvh or .kinanim, with the body that IN has.
    """
    steps: list[Step] = context.meta.get(_STEPS, [])
    for path in (source, *([bone_map] if bone_map else [])):
        check_file(path)
    check_ending(target)
    check_free([target], force=force)
    if not steps and max_error_m is None:
        raise InputError(
            "There is no change to make.",
            code="badOption",
            next_step="Add one, --mirror for example; kinetix edit --help lists them. kinetix convert changes the format only.",
        )
    folder = context.with_resource(TemporaryDirectory(prefix="kinetix-"))
    source = opening.as_glb(source, Path(folder))
    motion, names = formats.read_one(source, clip)
    bones = BoneMap.load(bone_map, motion.skeleton) if bone_map else map_bones(motion.skeleton)
    for step in steps:
        motion = step(motion, bones)
    seam = context.meta.get(_SEAM)
    data = formats.with_body(motion, body_of(source), target.suffix, max_error_m=max_error_m)
    files.write(target, data)
    if as_json:
        row = {"out": str(target), "name": motion.name, "frames": len(motion), "fps": motion.fps, "bytes": len(data)}
        if seam:
            row["loop"] = seam
        click.echo(json.dumps(row, ensure_ascii=False))
        return
    console.print("[green]✓[/]", escape(str(target)))
    console.print(
        f"  {len(motion)} frames at {motion.fps:g}, {motion.duration:.1f} s, {len(data) / 1000:.0f} kB", style="dim"
    )
    for note in context.meta.get(_NOTES, []):
        console.print("  " + escape(note), style="dim")
    if not clip:
        say_others(names, "kinetix convert --all makes a file of each")


@click.command()
@click.argument("first", type=click.Path(path_type=Path))
@click.argument("second", type=click.Path(path_type=Path))
@json_option
def compare(first: Path, second: Path, as_json: bool) -> None:
    """Say how far two emotes are apart, frame by frame.

    They may be on different characters: each is measured in its own legs and from where its character faces at rest. The second
    is brought to the first's frame rate. To leave out where they start and head, give both --face-forward first (kinetix edit).
    """
    for path in (first, second):
        check_file(path)
    (a, names), (b, others) = opening.read_one(first), opening.read_one(second)
    found = comparing.compare(a, timing.resample(b, a.fps))
    if as_json:
        click.echo(json.dumps(found.as_dict(), ensure_ascii=False))
        return
    console.print(
        f"Limbs point {found.mean_direction_deg:.2f}° apart in the mean, {found.worst_direction_deg:.1f}° at most."
    )
    worst = sorted(found.direction_deg.items(), key=lambda item: -item[1])[:3]
    if worst and worst[0][1] >= 0.005:
        console.print(f"  Most: {', '.join(f'{bone} {angle:.2f}°' for bone, angle in worst)}", style="dim")
    console.print(f"The hips are {100 * found.path:.1f} % of a leg apart; the way is {found.stride:.2f} times as long.")
    if abs(found.seconds) < 0.005:
        console.print("Both last equally long.")
    else:
        console.print(f"The second is {abs(found.seconds):.2f} s {'longer' if found.seconds > 0 else 'shorter'}.")
    for path, clips in ((first, names), (second, others)):
        if len(clips) > 1:
            console.print(escape(_first_of(path, clips)), style="yellow")
