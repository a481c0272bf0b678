"""`kinetix refine OBSERVATIONS CORRECTIONS.json -o OUT.glb`: a take solved again with what somebody says about it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import click

from kinetix_capture.commands.outputs import Outputs, also_option, out_option, show
from kinetix_capture.interface import CaptureRequest, Refinement
from kinetix_core.protocol import corrections as told
from kinetix_tools.commands.emote_files import force_option


@click.command()
@click.argument("observations", type=click.Path(path_type=Path))
@click.argument("corrections", type=click.Path(path_type=Path))
@out_option
@also_option
@click.option("--name", default=None, help="Name of the emote; by default that of the take.")
@click.option("--without", multiple=True, metavar="ID", help="Leave this correction out. Can be given again.")
@force_option
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def refine(
    observations: Path,
    corrections: Path,
    out: Path,
    also: tuple[Path, ...],
    name: str | None,
    without: tuple[str, ...],
    force: bool,
    as_json: bool,
) -> None:
    """Solve a take again with corrections.

    OBSERVATIONS is what `kinetix capture --keep-observations` kept. CORRECTIONS is a JSON file that says how a limb was directed at a
    frame, where a joint is in the picture, which foot stands when, and what a hand touches (docs/refine.md). With an empty list
    the take comes out as it was captured.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as for a capture: a threaded BLAS sums in another order
    from kinetix_capture.deliver import produce  # loads the models' runtime

    outputs = Outputs(out, also)
    outputs.check_free(force=force)
    listed = told.read(corrections)
    for id in without:
        listed = listed.without(id)
    with tempfile.TemporaryDirectory(prefix="kinetix-refine-") as scratch:
        request = CaptureRequest(
            Path(),
            Path(scratch),
            name or "",
            refinement=Refinement(observations, told.write_json(listed.corrections)),
        )
        delivery = produce(request, lambda progress: None, outputs.wanted)
        written = outputs.take_over(delivery)
    show(written, delivery, as_json, delivery.quality.get("hints", []))
