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

from kinetix_bench.process import print_figures
from kinetix_core.values.errors import InputError, KinetixError

LIMITS = {"addOn": 60.0, "hundredEmotes": 6.0, "rigify": 3.0}
_PEERS = ("gltfImporter", "constraintsAndBake", "matrixAndKeyframeInsert")


@click.command("blender")
@click.option("--blender", "program", default="blender", help="Blender, or a Python that has the bpy module.")
@click.option(
    "--rigify/--no-rigify", default=True, help="Also measure a generated Rigify rig (generating takes seconds)."
)
def bench_blender(program: str, rigify: bool) -> None:
    """Import and retarget 61 bones × 300 frames inside Blender, against what peers do, in one run."""
    print_figures(run(program, rigify))


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
    script, builder = (
        root / "blender_addon" / "bench" / "measure.py",
        root / "packaging" / "artefacts" / "build_extension.py",
    )
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
                "Blender ended without a result.",
                code="blenderEnded",
                detail=(done.stdout + done.stderr)[-800:],
                next_step="Run the benchmark again.",
            )
        answer: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
    # By processor time: on a machine that also does other work the clock compares how busy it was at each moment.
    ours = answer["addOn"]["cpuMs"]
    answer["ratios"] = {key: answer[key]["cpuMs"] / ours for key in _PEERS}
    measured = {name: answer[name].get("cpuMs", answer[name].get("cpuS")) for name in LIMITS if name in answer}
    answer["limits"] = {
        name: {"limit": LIMITS[name], "kept": value <= LIMITS[name]} for name, value in measured.items()
    }
    return answer
