"""docs/capture-quality.md from a run of `kinetix bench capture`, with pictures of the clips beside what became of them."""

from __future__ import annotations

import os
import platform
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from kinetix_capture import pipeline
from kinetix_capture.interface import CaptureRequest
from kinetix_capture.video import decode
from kinetix_core.motion.motion import Motion
from kinetix_tools.preview import side_by_side

__all__ = ["COLUMNS", "cell", "write"]

COLUMNS = {
    "paMm": "PA mm",
    "mpjpeMm": "MPJPE mm",
    "scaledMpjpeMm": "scaled mm",
    "limbDirectionDeg": "limb °",
    "limbAngleDeg": "angle °",
    "rotationDeg": "rotation °",
    "upDeg": "up °",
    "footSpeed": "foot m/s",
    "floorP95Mm": "floor mm",
    "meanDriftPercent": "drift %",
    "accelMm": "accel mm",
    "accelTrueMm": "true accel",
    "fitPaMm": "fit PA mm",
    "fitMpjpeMm": "fit MPJPE mm",
    "seconds": "s",
}
_PICTURES = (("real", "cam02"), ("synthetic", "dance_b_az15"), ("synthetic", "kick_az30"))

_HEAD = """# How good the capture is

Made by `kinetix bench capture --document` on {machine}. Every figure but the last three columns is measured on the delivered GLB
by forward kinematics: 12 joints (shoulders, elbows, wrists, hips, knees, ankles), time-aligned, hip-centred, one turn about the
vertical per clip, no scaling. *PA* fits a similarity per frame. *limb* is the direction of arms and legs, *angle* that of elbows,
knees, hips and shoulders, *rotation* the whole joint rotation with twist, *up* the tilt of the whole take, *foot* the ankle's speed
while the true one stands, *floor* its height error there (95th percentile), *drift* how far the hips' path over the floor is off (see
below). *fit* is the fitted figure with the person's own proportions, before it goes onto the mannequin.

*network alone* is BlazePose's 3D of the same frames, turned into joint rotations frame by frame: what the fit adds is the
difference. The real reference is triangulated from four cameras with the same network's 2D, good to 15 to 25 mm; one person, one
move. The rendered clips have exact truth. The clips are small in number and were looked at while the fit was built: other clips and
views will do somewhat worse. What other tools make of the same clips is in [What people use today](capture-peers.md), and how
good and bad emotes look in [What good looks like](good-clips.md).
"""


_DRIFT = """## Drift

Where the hips go somewhere (0.5 m from the start or more), their path over the floor is compared with the true one; every figure is
a share of the true way, both paths begin at one point in the first frame, and the turn is the one that fits the body, not the path:
a body that is seen turned by 3° against its way adds 5 %. The path is taken times one number per clip, the one that fits the body, as
the emote has the mannequin's size. *mean* is the mean distance over the frames, *end* the one where the way ends, which odometry calls
drift; the limit is held against both, in the mean over the walks (the two real clips and walk_az20). *largest* is the largest distance
in any frame, which has no limit; it moves by half a percent with where the fit stops. *turned* is the largest distance under the turn
that fits the path; *root error* the mean distance under the turn and shift that fit the path, which papers on motion in the world
call root translation error.

On the real clips the largest distance is near what their reference can tell: its hips change their speed by 15 m/s² in the last
frames, the hips triangulated from these two views alone, with their true cameras, are 9 % off it in that reading, and a perfect
path reads 2 to 4 % where the reference's hips err by 0.5 to 1 cm.
"""
_READINGS = {
    "meanDriftPercent": "mean %",
    "endDriftPercent": "end %",
    "scaledDriftPercent": "largest %",
    "turnedDriftPercent": "turned %",
    "rootErrorPercent": "root error %",
}


def cell(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2f}" if abs(value) < 1 else f"{value:.1f}"


def write(found: dict[str, Any], data: Path, docs: Path) -> None:
    """Writes the page and its pictures below `docs`."""
    lines = [_HEAD.format(machine=f"{platform.machine()}, Python {platform.python_version()}"), ""]
    lines += _table(found)
    lines += ["", "## Limits", "", "| kind | figure | measured | limit | |", "| --- | --- | --- | --- | --- |"]
    for check in found["checks"]:
        mark = "reached" if check["ok"] else "**missed**"
        lines.append(f"| {check['kind']} | {check['figure']} | {cell(check['value'])} | {check['limit']:g} | {mark} |")
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


def _table(found: dict[str, Any]) -> list[str]:
    lines = [f"| clip | {' | '.join(COLUMNS.values())} |", f"| --- |{' --- |' * len(COLUMNS)}"]

    def row(name: str, figures: dict[str, float | None]) -> str:
        return f"| {name} | {' | '.join(cell(figures.get(key)) for key in COLUMNS)} |"

    lines += [row(name, figures) for name, figures in found["clips"]["delivered"].items()]
    lines += [row(f"**mean, {kind}**", figures) for kind, figures in found["means"]["delivered"].items()]
    lines += [row(f"network alone, {kind}", figures) for kind, figures in found["means"]["networkAlone"].items()]
    return lines


def _drift(found: dict[str, Any]) -> list[str]:
    lines = [
        *_DRIFT.splitlines(),
        "",
        f"| clip | {' | '.join(_READINGS.values())} |",
        f"| --- |{' --- |' * len(_READINGS)}",
    ]
    for name, figures in found["clips"]["delivered"].items():
        if figures["driftPercent"] is not None:
            lines.append(f"| {name} | {' | '.join(cell(figures[key]) for key in _READINGS)} |")
    return lines


def _picture(clip: Path, target: Path) -> Path:
    request = CaptureRequest(clip, Path(), clip.stem)
    probed, meter = pipeline.prepare(request, lambda progress: None)
    motion: Motion = pipeline.capture(request, probed, meter).motion
    frames = np.stack([picture.image for picture in decode.frames(clip, fps=10, longest_side=480)])
    with tempfile.TemporaryDirectory() as scratch:
        sheet = Path(scratch) / "sheet.png"
        side_by_side.write(frames, motion, sheet, yaw_degrees=float(motion.extras.get("cameraYawDegrees", 0.0)))
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.open(sheet).save(target, "WEBP", quality=72, method=6)
    return target
