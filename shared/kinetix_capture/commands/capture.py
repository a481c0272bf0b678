"""`kinetix capture CLIP -o OUT.glb`: a video to an emote, on this machine, without a service."""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from kinetix_capture import interface
from kinetix_capture.commands.outputs import Outputs, also_option, out_option, show
from kinetix_core.command_line.capture_options import capture_options
from kinetix_core.values.capture_settings import CaptureSettings
from kinetix_core.values.clip_length import LONGEST_SECONDS, MAX_SECONDS, SHORTEST_SECONDS, ClipLength
from kinetix_core.values.errors import InputError
from kinetix_core.values.people import People, numbered
from kinetix_tools.commands.emote_files import force_option


@click.command()
@click.argument("clips", metavar="CLIP...", type=click.Path(path_type=Path), nargs=-1, required=True)
@out_option
@also_option
@click.option("--name", default=None, help="Name of the emote; by default that of the file.")
@click.option("--hands/--no-hands", default=True, show_default=True, help="Capture the fingers.")
@click.option(
    "--keep-observations",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Keep what was seen in this file, so that `kinetix refine` can correct the take; of several people in a file each.",
)
@capture_options()
@click.option(
    "--person", type=int, default=None, help="This one of several people, counted from the left as they begin."
)
@force_option
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def capture(
    clips: tuple[Path, ...],
    out: Path,
    also: tuple[Path, ...],
    name: str | None,
    hands: bool,
    keep_observations: Path | None,
    settings: CaptureSettings,
    person: int | None,
    force: bool,
    as_json: bool,
) -> None:
    """Turn a video of one person into an emote, or one of several people into an emote for each of them.

    It may show 1 to 60 seconds; of a longer one choose a part with --start and --end.

    Up to four clips of one take, filmed at once from several sides, become one emote: what one camera does not see, another does. The
    part and the crop are those of the first.
    """
    for one in clips:
        if one.is_dir():
            raise InputError(f"{one} is a folder.", code="clipNotFound", next_step="Give one video file.")
    if person is not None:
        if settings.people is not None:
            raise InputError(
                "A person and --people are two choices.", code="badOption", next_step="Leave one of both options out."
            )
        settings = settings.model_copy(update={"people": People.ONE})
    settings.check(len(clips) - 1)
    outputs = Outputs(out, also, numbered=settings.people is People.ALL, face=settings.face)
    outputs.check_free(keep_observations, force=force)
    clip = clips[0]
    # The capture brings its own threads; a threaded BLAS under them only waits, and sums in another order.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from kinetix_capture.deliver import produce  # loads the models' runtime

    with tempfile.TemporaryDirectory(prefix="kinetix-capture-") as scratch:
        length = ClipLength(SHORTEST_SECONDS, LONGEST_SECONDS)
        if person is not None:
            from kinetix_capture.people.seen_people import seen_people  # loads the models' runtime

            part = interface.ClipPart(clip, settings.trim_start, settings.trim_end, settings.crop, length)
            settings = settings.model_copy(update={"person": numbered(seen_people(part, math.inf), person).at})
        request = interface.CaptureRequest(
            clip, Path(scratch), name or clip.stem, settings, hands, length=length, views=clips[1:]
        )
        console = Console(stderr=True, quiet=as_json)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[left]}"),
        )
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("Opening the clip", total=1.0, left="")

            def report(progress: interface.Progress) -> None:
                left = f"{progress.remaining_s:.0f} s left" if progress.remaining_s else ""
                bar.update(
                    task,
                    description=progress.stage.label,
                    completed=progress.fraction,
                    left=left,
                )

            delivery = produce(request, report, outputs.wanted, observations=keep_observations is not None)
        written = outputs.take_over(delivery, keep_observations)
    show(written, delivery, as_json, _all_notes(delivery))


def _all_notes(delivery: interface.Delivery) -> list[str]:
    if not delivery.others:
        return _notes(delivery.quality)
    takes = enumerate((delivery, *delivery.others), 1)
    return [f"Person {number}: {note}" for number, take in takes for note in _notes(take.quality)]


def _notes(quality: Mapping[str, Any]) -> list[str]:
    """Return notes for the person who filmed: the quality of the loop, and what would improve the next take."""
    notes = []
    if loop := quality.get("loop"):
        apart = f"{100 * loop['seamErrorM']:.0f} cm"
        notes.append(f"The loop is frames {loop['start']} to {loop['end']} of the take; its ends were {apart} apart.")
    parts = quality.get("parts", [])
    if len(parts) > 1 and parts[-1]["endS"] > MAX_SECONDS:
        spans = ", ".join(f"{part['startS']:.1f} to {part['endS']:.1f} s" for part in parts)
        notes.append(f"It can be cut into {len(parts)} emotes, with `kinetix edit IN OUT --trim START END`: {spans}.")
    return [*notes, *quality.get("hints", [])]
