"""`kinetix bench sync`: how fast emotes reach a project, beside a bare loop and rsync in the same run."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import click

from kinetix_bench.sync.cold import cold
from kinetix_bench.sync.editor import loading
from kinetix_bench.sync.landing import landing
from kinetix_core.values.errors import KinetixError
from kinetix_godot.run import inotify
from kinetix_godot.run.headless import find_godot

__all__ = ["bench_sync"]

Json = dict[str, Any]


@click.command("sync")
@click.option("--count", default=100, show_default=True, help="Files that land one by one.")
@click.option("--burst", default=1000, show_default=True, help="Files that land at once.")
@click.option("--tree", default=10_000, show_default=True, help="Files of the cold comparison.")
@click.option("--godot", help="Godot's program: also measure until an open editor has loaded an emote.")
@click.option("--resources", default=2000, show_default=True, help="Files in that editor's project.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def bench_sync(count: int, burst: int, tree: int, godot: str | None, resources: int, as_json: bool) -> None:
    """Measure the sync into a Godot project on Linux, beside a bare loop and rsync -a."""
    if not inotify.is_supported():
        raise KinetixError("The sync is measured on Linux only.", next_step="Run this command on Linux.")
    root = Path(tempfile.mkdtemp(prefix="kinetix-bench-"))
    try:
        result = {**landing(root, count, burst), "cold": cold(root, tree, min(100, tree))}
        if godot:
            result["editor"] = loading(root, find_godot(godot), min(count, 40), resources)
    finally:
        shutil.rmtree(root, ignore_errors=True)
    if as_json:
        click.echo(json.dumps(result))
        return
    _print(result, burst)


def _print(result: Json, burst: int) -> None:
    reconcile, rsync = result["cold"], result["cold"]["rsync"]
    rows = _beside_loops(result, burst)
    rows.append(
        (
            f"cold, {reconcile['files']} files",
            f"{reconcile['unchangedS']} s unchanged, {reconcile['changedS']} s with 100 changed, {reconcile['firstS']} s at first",
        )
    )
    if rsync:
        rows.append(
            (
                "rsync -a",
                f"{rsync['unchangedS']} s unchanged, {rsync['changedS']} s changed, {rsync['firstS']} s at first",
            )
        )
    if editor := result.get("editor"):
        for title, key in (("loaded in the editor", "loadMs"), ("Godot alone", "godotAloneMs")):
            rows.append((title, "p50 {p50} ms, p95 {p95} ms, worst {worst} ms".format(**editor[key])))
    for title, text in rows:
        click.echo(f"{title:<22}{text}")


def _beside_loops(result: Json, burst: int) -> list[tuple[str, str]]:
    ours, bare = result["landMs"], result["bareMs"]
    return [
        ("lands in the project", f"p50 {ours['p50']} ms, p95 {ours['p95']} ms, {result['timesBare']} × the bare loop"),
        ("bare loop", f"p50 {bare['p50']} ms, p95 {bare['p95']} ms"),
        ("bare loop that checks", "p50 {p50} ms, p95 {p95} ms".format(**result["checkingMs"])),
        (f"burst of {burst}", "{seconds} s, {missed} missed, {short} short".format(**result["burst"])),
        ("bare loop's burst", f"{result['bareBurst']['seconds']} s"),
        ("idle", f"{result['idlePercentOfCore']} % of a core"),
    ]
