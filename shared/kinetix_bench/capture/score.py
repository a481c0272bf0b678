"""`kinetix bench score FILE --clip NAME`: an emote that anybody made of a sample clip, against the truth."""

from __future__ import annotations

from pathlib import Path

import click

from kinetix_bench.capture import accuracy
from kinetix_bench.capture.sample_clips import clips, truth_of
from kinetix_bench.process import print_figures
from kinetix_core.values.errors import InputError


@click.command("score")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--clip", required=True, help="The sample clip that it was made of, for example cam02.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder with clips and truth (in the source tree: tests/data).",
)
@click.option("--upper", is_flag=True, help="Shoulders, elbows and wrists alone.")
def bench_score(file: Path, clip: str, data: Path, upper: bool) -> None:
    """Compare an emote's GLB with the truth of the sample clip that it was made of, whoever made it.

    So the Kinetix cloud is measured by whoever has a key: `kinetix emote create tests/data/real/cam02.mp4 --profile cloud` makes an
    emote there, and the GLB that comes into the library is scored with `--clip cam02`.
    """
    kinds = {one.name: one.kind for one in clips(data)}
    if clip not in kinds:
        raise InputError(
            f"There is no sample clip “{clip}”.",
            code="noData",
            next_step=f"Use one of {', '.join(kinds)}."
            if kinds
            else "Run it in a checkout, or name the folder with --data.",
        )
    compare = accuracy.compare_upper if upper else accuracy.compare
    print_figures(accuracy.rounded(compare(accuracy.delivered(file), truth_of(kinds[clip], clip, data))))
