"""`kinetix retarget EMOTE… CHARACTER -o OUT`: emotes onto your own character, one or a thousand."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kinetix_core import formats
from kinetix_core.formats import glb
from kinetix_core.io import files
from kinetix_core.io.file_names import fold, free_name
from kinetix_core.io.given_files import check_file
from kinetix_core.io.output_files import check_free
from kinetix_core.motion.cleanup import foot_skate
from kinetix_core.motion.mapping.bone_map import BoneMap
from kinetix_core.motion.retargeting.retarget import RetargetOptions
from kinetix_core.values.errors import InputError
from kinetix_tools import opening, retargeting
from kinetix_tools.commands.emote_files import (
    check_is_folder,
    console,
    dotted,
    emotes_in,
    file_options,
    print_error,
    say_others,
)
from kinetix_tools.retargeting import Done, Fitting, Job, Wanted


@click.command()
@click.argument("emotes", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.argument("character", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="The file to write (.glb, .vrma, .fbx, .usd, .bvh, .kinanim); for several emotes a folder.",
)
@click.option("--together", is_flag=True, help="Write every emote, and every clip of it, as a clip of one GLB.")
@click.option("--to", "suffix", default=".glb", show_default=True, help="For several emotes: the format of the files.")
@click.option(
    "--preview",
    type=click.Path(path_type=Path),
    default=None,
    help="A moving picture (.gif, .webp) or a still one (.png); for several emotes a folder of .gif.",
)
@click.option(
    "--root",
    type=click.Choice(["path", "in_place", "root_bone"]),
    default="path",
    show_default=True,
    help="Move as in the emote, stay over one spot, or give the way to the rig's root bone.",
)
@click.option("--keep-path-length", is_flag=True, help="Keep the path in metres instead of scaling it to the legs.")
@click.option("--foot-lock", is_flag=True, help="Feet that stand in the emote stand still.")
@click.option("--hand-lock", is_flag=True, help="The same for hands on the floor.")
@click.option("--hands-together", is_flag=True, help="Hands that meet in the emote meet on the character.")
@click.option("--no-twist", is_flag=True, help="Leave the character's twist bones alone.")
@click.option("--map", "bone_map", type=click.Path(path_type=Path), default=None, help="A bone map of the character.")
@click.option("--save-map", type=click.Path(path_type=Path), default=None, help="Write the bone map that was used.")
@file_options()
@click.option("--processes", type=click.IntRange(1, 64), default=None, help="How many to use; by default every core.")
def retarget(
    emotes: tuple[Path, ...],
    character: Path,
    out: Path,
    clip: str | None,
    together: bool,
    suffix: str,
    preview: Path | None,
    root: Literal["path", "in_place", "root_bone"],
    keep_path_length: bool,
    foot_lock: bool,
    hand_lock: bool,
    hands_together: bool,
    no_twist: bool,
    bone_map: Path | None,
    save_map: Path | None,
    max_error_m: float | None,
    processes: int | None,
    force: bool,
    as_json: bool,
) -> None:
    """Put emotes on the character of a GLB or VRM file, of FBX or .blend with Blender.

    EMOTES are files or folders.

    The character's bones are found by themselves; what stays unmapped is listed. Its rest pose, mesh and materials stay as
    they are.
    """
    found = _emotes(emotes)
    for path in (character, *found, *([bone_map] if bone_map else [])):
        check_file(path)
    _check_names(emotes, out, together=together)
    # One file becomes one file, unless OUT is a folder.
    one = len(found) == 1 and out.suffix.lower() in formats.WRITABLE and not out.is_dir()
    if preview is not None and (one or together):
        retargeting.check_preview(preview)
    if one or together:
        jobs = [Job(found[0], out, preview, clip)]
    else:
        jobs = _jobs(found, clip, out, suffix, preview)
    written = [path for job in jobs for path in (job.out, job.preview)]
    check_free([path for path in (*written, save_map) if path], force=force)
    options = RetargetOptions(
        root=root,
        scale_path=not keep_path_length,
        foot_lock=foot_lock,
        hand_lock=hand_lock,
        hands_together=hands_together,
        twist=not no_twist,
    )
    began = time.monotonic()
    # Kept until the command ends, as every process of a batch reads it.
    folder = click.get_current_context().with_resource(TemporaryDirectory(prefix="kinetix-"))
    wanted = Wanted(opening.as_glb(character, Path(folder)), bone_map, options, max_error_m)
    fitting = retargeting.load_fitting(wanted)
    if save_map is not None:
        fitting.target_map.save(save_map)
    if together:
        results = _together(fitting, found, clip, out, preview)
    elif one:
        results = [retargeting.put_on(fitting, jobs[0])]
    else:
        results = _batch(wanted, jobs, processes, quiet=as_json)
    failed = [done for done in results if done.error]
    if as_json:
        click.echo(json.dumps(_report(fitting, results, time.monotonic() - began), ensure_ascii=False))
    else:
        _show(fitting.target_map, results, out, time.monotonic() - began)
        if one and not (clip or together):
            say_others(results[0].clips, "--together takes all")
        elif not (clip or together):
            _say_others(results)
    if failed:
        sys.exit(failed[0].error.exit_code if failed[0].error else 1)


def _check_names(emotes: tuple[Path, ...], out: Path, *, together: bool) -> None:
    """A file of a kind that is not written must not become a folder of that name, nor a GLB with another ending."""
    ending = out.suffix.lower()
    written = (".glb",) if together else formats.WRITABLE
    one = len(emotes) == 1 and emotes[0].is_file()
    named = ending in (*opening.READABLE, ".vrm") or (bool(ending) and one)
    if ending not in written and (together or (named and not out.is_dir())):
        raise InputError(
            f"“{out.name}” has no ending that is written.",
            code="badOption",
            next_step=f"Use {' or '.join(written)}{'' if together else ', or name a folder'}.",
        )


def _emotes(given: tuple[Path, ...]) -> list[Path]:
    """The files given, and those in the folders given, in the order of their names."""
    found: list[Path] = []
    for path in given:
        found += emotes_in(path) if path.is_dir() else [path]
    return found


def _jobs(found: list[Path], clip: str | None, out: Path, suffix: str, preview: Path | None) -> list[Job]:
    suffix = dotted(suffix)
    check_is_folder(out, f"{len(found)} emotes", ", or add --together to write them as clips of one GLB")
    names: set[str] = set()
    jobs = []
    for emote in found:
        name = free_name(emote.stem, names)
        names.add(fold(name))
        jobs.append(Job(emote, out / f"{name}{suffix}", preview / f"{name}.gif" if preview else None, clip))
    return jobs


def _together(fitting: Fitting, found: list[Path], clip: str | None, out: Path, preview: Path | None) -> list[Done]:
    motions, done = [], []
    for emote in found:
        read = [opening.read_one(emote, clip)[0]] if clip else opening.read_motions(emote)
        names = tuple(motion.name for motion in read)
        for source in read:
            motion = fitting.fit(source)
            motions.append(motion.with_(name=emote.stem if motion.name == "emote" else motion.name))
            slides = fitting.foot_skate(source, motion)
            done.append(Done(Job(emote, out), len(motion), motion.duration, motion.name, names, slides))
    files.write(out, glb.write_onto(fitting.character, motions, max_error_m=fitting.max_error_m))
    if preview is not None:
        retargeting.preview(fitting, motions[0], preview)
    return done


def _batch(wanted: Wanted, jobs: list[Job], processes: int | None, *, quiet: bool) -> list[Done]:
    results = []
    columns = (TextColumn("[bold]Retargeting[/]"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as bar:
        task = bar.add_task("", total=len(jobs))
        for done in retargeting.put_on_all(wanted, jobs, processes=processes):
            results.append(done)
            bar.advance(task)
    return sorted(results, key=lambda done: done.job.out)


def _report(fitting: Fitting, results: list[Done], seconds: float) -> dict[str, Any]:
    bones = fitting.target_map
    return {
        "character": fitting.character.name,
        "rig": bones.rig,
        "mapped": {name: bone.name for name, bone in bones.bones.items()},
        "missing": list(bones.missing),
        "unsure": dict(bones.unsure),
        "unmapped": list(bones.unmapped),
        "files": [
            {
                "emote": str(done.job.emote),
                "out": str(done.job.out),
                "preview": str(done.job.preview) if done.job.preview else None,
                "frames": done.frames,
                "durationS": round(done.duration_s, 4),
                "clip": done.clip,
                "clips": list(done.clips),
                "slidingLegsPerS": round(done.foot_skate, 3),
                "error": done.error.as_dict() if done.error else None,
            }
            for done in results
        ],
        "seconds": round(seconds, 3),
    }


def _show(bones: BoneMap, results: list[Done], out: Path, seconds: float) -> None:
    good = [done for done in results if not done.error]
    if good:
        count = f"{len(good)} emotes in " if len(good) > 1 else ""
        console.print(f"[green]✓[/] {count}{escape(str(out))}")
        console.print(f"  {len(bones.bones)} bones mapped ({escape(bones.rig)}), {seconds:.1f} s", style="dim")
    slides = [done for done in good if done.foot_skate > foot_skate.NOTICED]
    if slides:
        of = f" in {len(slides)} of them" if len(good) > 1 else ""
        console.print(
            f"  Standing feet slide{of}, as this body has other proportions: --foot-lock holds them.", style="yellow"
        )
    if bones.missing:
        console.print(f"  Not found on the character: {', '.join(bones.missing)}", style="yellow")
    for bone, seen in bones.unsure.items():
        console.print(f"  Not sure about {bone}: {escape(seen)}", style="yellow")
    if bones.unmapped:
        shown = ", ".join(escape(name) for name in bones.unmapped[:8])
        more = f" and {len(bones.unmapped) - 8} more" if len(bones.unmapped) > 8 else ""
        console.print(f"  Left as they are: {shown}{more}", style="dim")
    for done in results:
        if done.error is not None:
            print_error(done.job.emote, done.error)


def _say_others(results: list[Done]) -> None:
    """Print of which files of a batch only the first of several clips was taken."""
    several = [done for done in results if len(done.clips) > 1]
    if not several:
        return
    shown = ", ".join(f"{escape(done.job.emote.name)} (of {len(done.clips)})" for done in several[:5])
    more = f" and {len(several) - 5} more files" if len(several) > 5 else ""
    console.print(
        f"  Only the first clip was taken of {shown}{more}: --clip takes another, --together all, as clips of one GLB.",
        style="yellow",
    )
