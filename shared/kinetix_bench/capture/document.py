"""docs/capture-quality.md from a run of `kinetix bench capture`, with pictures of the clips beside what became of them."""

from __future__ import annotations

import os
import platform
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from kinetix_bench.capture.sample_clips import captured
from kinetix_capture.video import decode
from kinetix_tools.preview import side_by_side

_COLUMNS = {
    "paMm": "PA mm",
    "mpjpeMm": "MPJPE mm",
    "limbDirectionDeg": "limb °",
    "limbAngleDeg": "angle °",
    "rotationDeg": "rotation °",
    "upDeg": "up °",
    "footSpeed": "foot m/s",
    "floorP95Mm": "floor mm",
    "meanDriftPercent": "drift %",
    "accelMm": "accel mm",
    "fitPaMm": "fit PA mm",
    "seconds": "s",
}
_PICTURES = (("real", "cam02"), ("synthetic", "dance_b_az15"), ("synthetic", "kick_az30"))

_HEAD = """# Capture quality

Made by `kinetix bench capture --document` on {machine}. Figures but *fit* and *s* are measured on the delivered GLB by forward
kinematics: 12 joints (shoulders, elbows, wrists, hips, knees, ankles), time-aligned, hip-centred, one turn about the
vertical per clip, no scaling.

- *PA*: mean joint distance after a similarity fit per frame. *limb*: direction of arms and legs.
- *angle*: of elbows, knees, hips and shoulders. *rotation*: whole joint rotation with twist. *up*: tilt of the whole take.
- *foot*: ankle speed during true contact. *floor*: its height error there (95th percentile). *drift*: see below.
- *fit*: the fitted figure with the person's own proportions. *network alone*: BlazePose's 3D, turned into rotations by frame.

The real reference is triangulated from four cameras with the same network's 2D and is good to 15 to 25 mm. Rendered clips have
exact truth. The clips are few and were used while the fit was built: expect somewhat worse figures on others. See also
[good and bad examples](good-clips.md).
"""


_DRIFT = """## Drift

Distance of the hips' path over the floor from the true one, as a share of its length, where the hips move by 0.5 m or more. Both
paths begin at one point, turned and scaled as the body fits best. *mean* is over the frames, *end* at the last one; limits hold for
the mean of the three walks. *largest* has no limit. *turned* is the largest distance, and *root error* the mean one, under the turn
(and shift) that fits the path. The real reference itself reads 2 to 4 % where its hips err by 0.5 to 1 cm.
"""
_READINGS = {
    "meanDriftPercent": "mean %",
    "endDriftPercent": "end %",
    "scaledDriftPercent": "largest %",
    "turnedDriftPercent": "turned %",
    "rootErrorPercent": "root error %",
}


def _cell(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if abs(value) < 1 else f"{value:.1f}"


def write(found: dict[str, Any], data: Path, docs: Path) -> None:
    """Write the page and its pictures below `docs`."""
    lines = [_HEAD.format(machine=f"{platform.machine()}, Python {platform.python_version()}"), ""]
    means = found["means"]
    rows = dict(found["clips"]["delivered"])
    rows |= {f"**mean, {kind}**": figures for kind, figures in means["delivered"].items()}
    rows |= {f"network alone, {kind}": figures for kind, figures in means["networkAlone"].items()}
    lines += _table(_COLUMNS, rows)
    lines += ["", "## Limits", "", "| kind | figure | measured | limit | |", "|---|---|---|---|---|"]
    for check in found["checks"]:
        mark = "reached" if check["ok"] else "**missed**"
        lines.append(f"| {check['kind']} | {check['figure']} | {_cell(check['value'])} | {check['limit']:g} | {mark} |")
    if found.get("tenSecondsS") is not None:
        lines += [
            "",
            f"The 10 s clip took {found['tenSecondsCpuS']} s of processor time, on {os.cpu_count()} cores and at a load of"
            f" {found['loadBefore']} before it began; its wall time counts only on a machine that does nothing else.",
        ]
    lines += ["", *_drift(found), "", "## Side by side", ""]
    for kind, name in _PICTURES:
        clip = data / kind / f"{name}.mp4"
        if clip.is_file():
            picture = _picture(clip, docs / "pictures" / f"capture-{name}.webp")
            lines += [f"![{name}: clip above, emote below](pictures/{picture.name})", ""]
    (docs / "capture-quality.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def _table(columns: dict[str, str], rows: dict[str, Any]) -> list[str]:
    lines = [f"| clip | {' | '.join(columns.values())} |", "|" + "---|" * (len(columns) + 1)]
    return lines + [f"| {name} | {' | '.join(_cell(row.get(key)) for key in columns)} |" for name, row in rows.items()]


def _drift(found: dict[str, Any]) -> list[str]:
    moved = {name: row for name, row in found["clips"]["delivered"].items() if row["driftPercent"] is not None}
    return [*_DRIFT.splitlines(), "", *_table(_READINGS, moved)]


def _picture(clip: Path, target: Path) -> Path:
    motion = captured(clip).motion
    frames = np.stack([picture.image for picture in decode.frames(clip, fps=10, longest_side=480)])
    with tempfile.TemporaryDirectory() as scratch:
        sheet = Path(scratch) / "sheet.png"
        side_by_side.write(frames, motion, sheet, yaw_degrees=float(motion.extras.get("cameraYawDegrees", 0.0)))
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.open(sheet).save(target, "WEBP", quality=72, method=6)
    return target
