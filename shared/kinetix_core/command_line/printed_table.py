"""Tables on standard output: aligned columns at a terminal, tab-separated values in a pipe."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

_CUT = {"name", "clip", "project"}  # columns that may be cut in the middle
_LEAST = 12


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under the names of their columns; in a pipe without the names, as programs read them.

    A last cell that is too wide goes below its line. Empty columns are omitted at a terminal.
    """
    import click  # an editor that loads this package has neither of them
    from rich.cells import cell_len, set_cell_size
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    cells = [["" if cell is None else " ".join(str(cell).split()) for cell in row] for row in rows]
    if not console.is_terminal:
        for row in cells:
            click.echo("\t".join(row))
        return
    used = [number for number in range(len(columns)) if any(row[number] for row in cells)]
    table = [[row[number] for number in used] for row in (columns, *cells)]
    widths = [max(map(cell_len, column)) for column in zip(*table, strict=True)][:-1]
    for number, name in enumerate(table[0][:-1]):
        if name in _CUT:
            excess = max(0, sum(widths) + 2 * len(widths) - console.width)
            widths[number] = max(min(_LEAST, widths[number]), widths[number] - excess)
    for row in table if any(table[0]) else table[1:]:
        *first, last = row
        line = "  ".join(
            set_cell_size(_middle_cut(cell, width), width) for cell, width in zip(first, widths, strict=True)
        )
        joined = f"{line}  {last}" if first else last
        if first and cell_len(joined) > console.width:
            wrapped = textwrap.wrap(last, console.width - 4, break_long_words=False, break_on_hyphens=False)
            joined = "\n    ".join([line.rstrip(), *wrapped])
        console.print(joined.rstrip(), style="bold" if row is table[0] else None, markup=False)


def _middle_cut(text: str, width: int) -> str:
    if len(text) <= width:
        return text
    head = width // 2
    return f"{text[:head]}…{text[head + 1 - width :]}"
