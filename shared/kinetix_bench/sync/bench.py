"""`kinetix bench sync`: how fast emotes reach a project, beside a bare loop and rsync in the same run."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

import click

from kinetix_bench.process import print_figures
from kinetix_bench.sync.cold import cold
from kinetix_bench.sync.editor import loading
from kinetix_bench.sync.landing import landing
from kinetix_core.values.errors import KinetixError
from kinetix_godot.run.headless import find_godot


@click.command("sync")
@click.option("--count", default=100, show_default=True, help="Files that land one by one.")
@click.option("--burst", default=1000, show_default=True, help="Files that land at once.")
@click.option("--tree", default=10_000, show_default=True, help="Files of the cold comparison.")
@click.option("--godot", help="Godot's program: also measure until an open editor has loaded an emote.")
@click.option("--resources", default=2000, show_default=True, help="Files in that editor's project.")
def bench_sync(count: int, burst: int, tree: int, godot: str | None, resources: int) -> None:
    """Measure the sync into a Godot project on Linux, beside a bare loop and rsync -a."""
    if sys.platform != "linux":
        raise KinetixError("The sync is measured on Linux only.", next_step="Run this command on Linux.")
    root = Path(tempfile.mkdtemp(prefix="kinetix-bench-"))
    try:
        result = {**landing(root, count, burst), "cold": cold(root, tree)}
        if godot:
            result["editor"] = loading(root, find_godot(godot), min(count, 40), resources)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    print_figures(result)
