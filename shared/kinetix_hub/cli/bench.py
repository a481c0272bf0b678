"""`kinetix bench NAME`: each benchmark is an entry point (`kinetix.benchmarks`) of the package `kinetix-bridge-bench`."""

from __future__ import annotations

from importlib.metadata import entry_points

import click


class _Benchmarks(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(point.name for point in entry_points(group="kinetix.benchmarks"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        for point in entry_points(group="kinetix.benchmarks", name=cmd_name):
            command = point.load()
            assert isinstance(command, click.Command)
            return command
        return None


@click.group(cls=_Benchmarks)
def bench() -> None:
    """Measure speed, memory and quality, each against a peer or a limit in the same run.

    The benchmarks come with the package kinetix-bridge-bench; a source tree has them.
    """
