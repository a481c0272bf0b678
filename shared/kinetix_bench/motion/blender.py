"""`kinetix bench blender`: the add-on's import against the glTF importer, constraints with a bake, and keys one by one."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from kinetix_core.values.errors import InputError, KinetixError

__all__ = ["bench_blender"]

LIMITS = {"addOn": 60.0, "hundredEmotes": 6.0, "rigify": 3.0}
_PEERS = {
    "gltfImporter": "glTF importer alone (no retarget)",
    "constraintsAndBake": "import, Copy Rotation, nla.bake",
    "matrixAndKeyframeInsert": "import, pose_bone.matrix, keyframe_insert",
}


@click.command("blender")
@click.option("--blender", "program", default="blender", help="Blender, or a Python that has the bpy module.")
@click.option(
    "--rigify/--no-rigify", default=True, help="Also measure a generated Rigify rig (generating takes seconds)."
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def bench_blender(program: str, rigify: bool, as_json: bool) -> None:
    """Import and retarget 61 bones × 300 frames inside Blender, against what peers do, in one run."""
    result = run(program, rigify)
    if as_json:
        click.echo(json.dumps(result, indent=1))
        return
    table = Table(title=f"Blender {result['blender']}: {result['bones']} bones × {result['frames']} frames")
    for column in ("way", "time", "processor", "times ours"):
        table.add_column(column, justify="left" if column == "way" else "right")
    ours = result["addOn"]
    table.add_row("Kinetix Emotes: file → keys on the rig", f"{ours['ms']:.0f} ms", f"{ours['cpuMs']:.0f} ms", "1")
    for key, title in _PEERS.items():
        found = result[key]
        table.add_row(title, f"{found['ms']:.0f} ms", f"{found['cpuMs']:.0f} ms", f"{result['ratios'][key]:.1f}")
    hundred = result["hundredEmotes"]
    table.add_row("100 emotes of 60 frames", f"{hundred['s']:.2f} s", f"{hundred['cpuS']:.2f} s", "")
    if "rigify" in result:
        rig = result["rigify"]
        table.add_row(f"generated Rigify rig ({rig['bones']} bones)", f"{rig['s']:.2f} s", f"{rig['cpuS']:.2f} s", "")
    Console().print(table)


def run(program: str, rigify: bool = True) -> dict[str, Any]:
    """Measure and return the figures with ratios and limits.

    Raises:
        InputError: no Blender, or no source tree to take the add-on from.
        KinetixError: Blender ended without a result.
    """
    found = shutil.which(program)
    if found is None:
        raise InputError(
            f"There is no {program}.", code="noBlender", next_step="Install Blender, or name it with --blender."
        )
    root = Path(__file__).resolve().parents[3]
    script, builder = root / "blender_addon" / "bench" / "measure.py", root / "packaging" / "build_extension.py"
    if not (script.is_file() and builder.is_file()):
        raise InputError(
            "This benchmark runs from the source tree.",
            code="noSource",
            next_step="Clone the project and run `make setup`.",
        )
    with tempfile.TemporaryDirectory() as scratch:
        staged, result = Path(scratch, "staged"), Path(scratch, "result.json")
        subprocess.run([sys.executable, str(builder), "--stage", str(staged / "kinetix_emotes")], check=True)
        words = [str(result), str(staged), *(["rigify"] if rigify else [])]
        if "python" in Path(found).name:
            command = [found, str(script), *words]
        else:
            command = [
                found,
                "-b",
                "--factory-startup",
                "--python-exit-code",
                "3",
                "--python",
                str(script),
                "--",
                *words,
            ]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=600,
            check=False,
        )
        if not result.is_file():  # some versions crash while they end: the file decides, not the exit status
            raise KinetixError(
                "Blender ended without a result.", code="blenderEnded", detail=(done.stdout + done.stderr)[-800:]
            )
        answer: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    # By processor time: on a machine that also does other work the clock compares how busy it was at each moment.
    ours = answer["addOn"]["cpuMs"]
    answer["ratios"] = {key: answer[key]["cpuMs"] / ours for key in _PEERS}
    answer["limits"] = {
        "addOnMs": {"limit": LIMITS["addOn"], "kept": ours <= LIMITS["addOn"]},
        "hundredEmotesS": {
            "limit": LIMITS["hundredEmotes"],
            "kept": answer["hundredEmotes"]["cpuS"] <= LIMITS["hundredEmotes"],
        },
    }
    if "rigify" in answer:
        answer["limits"]["rigifyS"] = {"limit": LIMITS["rigify"], "kept": answer["rigify"]["cpuS"] <= LIMITS["rigify"]}
    return answer
