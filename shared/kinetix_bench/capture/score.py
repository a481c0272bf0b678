"""`kinetix bench score FILE --clip NAME`: an emote that anybody made of a sample clip, against the truth."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from kinetix_bench.capture import accuracy
from kinetix_bench.capture.sample_clips import clips, truth_of
from kinetix_core.values.errors import InputError

__all__ = ["bench_score"]


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
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def bench_score(file: Path, clip: str, data: Path, upper: bool, as_json: bool) -> None:
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
    found = accuracy.rounded(compare(accuracy.delivered(file), truth_of(kinds[clip], clip, data)))
    if as_json:
        click.echo(json.dumps(found))
        return
    table = Table("figure", "value", box=SIMPLE)
    for figure, value in found.items():
        table.add_row(figure, "–" if value is None else f"{value:g}")
    Console().print(table)
