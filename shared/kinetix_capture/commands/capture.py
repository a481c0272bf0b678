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
from kinetix_core.values.captured_body import CapturedBody
from kinetix_core.values.clip_length import LONGEST_SECONDS, SHORTEST_SECONDS, ClipLength
from kinetix_core.values.errors import InputError
from kinetix_core.values.people import People, PersonAt, numbered
from kinetix_core.values.person_height import person_height_m
from kinetix_tools.commands.rewriting import force_option

__all__ = ["capture"]

_STAGES = {
    "decode": "Reading the clip",
    "track": "Following the person",
    "fit": "Fitting the motion",
    "write": "Writing files",
}


@click.command()
@click.argument("clips", metavar="CLIP...", type=click.Path(path_type=Path), nargs=-1, required=True)
@out_option
@also_option
@click.option("--name", default=None, help="Name of the emote; by default that of the file.")
@click.option(
    "--start", type=click.FloatRange(min=0), default=0.0, show_default=True, help="Where in the clip to start, seconds."
)
@click.option("--end", type=click.FloatRange(min=0), default=None, help="Where to end, seconds.")
@click.option(
    "--crop",
    type=click.FloatRange(0, 1),
    nargs=4,
    default=None,
    metavar="LEFT TOP WIDTH HEIGHT",
    help="Use a part of the picture, given as fractions: 0.25 0 0.5 1 is the middle half.",
)
@click.option(
    "--height",
    metavar="HEIGHT",
    callback=lambda context, parameter, value: None if value is None else person_height_m(value),
    help="Height of the person, 1.78m, 178cm or 5ft10, for the sizes in quality.json; the emote has the mannequin's size.",
)
@click.option("--loop", is_flag=True, help="Close the move at its best seam.")
@click.option("--in-place", is_flag=True, help="Keep the figure over one spot.")
@click.option("--hands/--no-hands", default=True, show_default=True, help="Capture the fingers.")
@click.option(
    "--keep-observations",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Keep what was seen in this file, so that `kinetix refine` can correct the take; of several people in a file each.",
)
@click.option(
    "--people",
    type=click.Choice([choice.value for choice in People]),
    default=None,
    help="Of several people: all of them, as OUT-1.glb, OUT-2.glb, …, or one, the most prominent. By default they are refused.",
)
@click.option(
    "--person", type=int, default=None, help="This one of several people, counted from the left as they begin."
)
@click.option(
    "--body",
    type=click.Choice([choice.value for choice in CapturedBody]),
    default=CapturedBody.WHOLE.value,
    show_default=True,
    help="How much of the person: of somebody at a desk, or filmed from the waist up, the upper body, over legs at rest.",
)
@click.option(
    "--face/--no-face",
    default=False,
    show_default=True,
    help="Capture the expression of the face: weights of the 52 ARKit shapes, in OUT.glb as morph targets, in OUT.vrma as"
    " expressions, and in OUT.csv.",
)
@force_option
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def capture(
    clips: tuple[Path, ...],
    out: Path,
    also: tuple[Path, ...],
    name: str | None,
    start: float,
    end: float | None,
    crop: tuple[float, float, float, float] | None,
    height: float | None,
    loop: bool,
    in_place: bool,
    hands: bool,
    keep_observations: Path | None,
    people: str | None,
    person: int | None,
    body: str,
    face: bool,
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
    if person is not None and (people is not None or len(clips) > 1 or body == CapturedBody.UPPER):
        raise InputError(
            "Of several people one whole body in one clip is chosen.",
            code="badOption",
            next_step="Leave --people and --body out, and give one clip.",
        )
    outputs = Outputs(out, also, numbered=people == People.ALL, face=face)
    outputs.check_free(keep_observations, force=force)
    clip = clips[0]
    # The capture brings its own threads; a threaded BLAS under them only waits, and sums in another order.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from kinetix_capture.deliver import produce  # loads the models' runtime

    with tempfile.TemporaryDirectory(prefix="kinetix-capture-") as scratch:
        length = ClipLength(SHORTEST_SECONDS, LONGEST_SECONDS)
        request = interface.CaptureRequest(
            clip,
            Path(scratch),
            name or clip.stem,
            start,
            end,
            crop,
            height,
            loop,
            in_place,
            hands,
            length=length,
            views=clips[1:],
            people=People.ONE if person is not None else None if people is None else People(people),
            person=None if person is None else _person(person, interface.ClipPart(clip, start, end, crop, length)),
            body=CapturedBody(body),
            face=face,
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
                left = f"{progress.remaining_s:.0f} s left" if progress.fraction < 1 else ""
                bar.update(
                    task,
                    description=_STAGES.get(progress.stage, progress.stage),
                    completed=progress.fraction,
                    left=left,
                )

            delivery = produce(request, report, outputs.wanted, observations=keep_observations is not None)
        written = outputs.take_over(delivery, keep_observations)
    show(written, delivery, as_json, _all_notes(delivery))


def _person(number: int, part: interface.ClipPart) -> PersonAt:
    """Who has this number, however long the look takes. Raises InputError when nobody has, CaptureRejected."""
    from kinetix_capture.people.seen_people import seen_people  # loads the models' runtime

    return numbered(seen_people(part, math.inf), number).at


def _all_notes(delivery: interface.Delivery) -> list[str]:
    if not delivery.others:
        return _notes(delivery.quality)
    takes = enumerate((delivery, *delivery.others), 1)
    return [f"Person {number}: {note}" for number, take in takes for note in _notes(take.quality)]


def _notes(quality: Mapping[str, Any]) -> list[str]:
    """What the one who filmed should know: how well the loop fits, and what would make the next take better."""
    notes = []
    if loop := quality.get("loop"):
        apart = f"{100 * loop['seamErrorM']:.0f} cm"
        notes.append(f"The loop is frames {loop['start']} to {loop['end']} of the take; its ends were {apart} apart.")
    parts = quality.get("parts", [])
    if len(parts) > 1 and parts[-1]["endS"] > interface.MAX_SECONDS:
        spans = ", ".join(f"{part['startS']:.1f} to {part['endS']:.1f} s" for part in parts)
        notes.append(f"It can be cut into {len(parts)} emotes, with `kinetix edit IN OUT --trim START END`: {spans}.")
    return [*notes, *quality.get("hints", [])]
