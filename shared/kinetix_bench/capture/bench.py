"""`kinetix bench capture`: the captured GLB against the truth, the network alone and the limits; and the time of a 10 s clip."""

from __future__ import annotations

import importlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from kinetix_bench.capture import accuracy
from kinetix_bench.capture import document as capture_document
from kinetix_bench.capture.sample_clips import HUMANOID, Clip, captured, clips, ten_seconds, truth_of
from kinetix_bench.process import load, print_figures
from kinetix_capture import deliver, estimate
from kinetix_capture.fitting import initial_pose, observations
from kinetix_capture.fitting.body_model import FigurePose
from kinetix_capture.interface import CaptureRequest
from kinetix_core.formats import glb
from kinetix_core.motion import quaternion as quat
from kinetix_core.values.errors import InputError

Array = NDArray[np.float64]

_ROOT = Path(__file__).resolve().parents[3]
LIMITS: dict[str, dict[str, float]] = {
    "real": {
        "paMm": 54,
        "limbDirectionDeg": 10,
        "upDeg": 4,
        "limbAngleDeg": 9,
        "rotationDeg": 19,
        "footSpeed": 0.05,
        "floorP95Mm": 15,
        "fitPaMm": 62,
        "fitMpjpeMm": 80,
    },
    "synthetic": {
        "paMm": 72,
        "limbDirectionDeg": 13,
        "upDeg": 4,
        "limbAngleDeg": 11.5,
        "rotationDeg": 22,
        "footSpeed": 0.05,
        "floorP95Mm": 15,
        "fitPaMm": 78,
        "fitScaledMpjpeMm": 98,
    },
}
"""What the mean over the clips of a kind must not exceed."""
TEN_SECONDS_LIMIT_S = 14.0
WALKS = ("cam01", "cam02", "walk_az20")
DRIFT_LIMIT = 4.0


_MEASURES = {
    "moving": ("further", "the same clips from a hand that shakes, and from one that pans."),
    "long": ("further", "ten seconds and a minute, their time, memory and seams."),
    "views": ("take_views", "takes that two cameras filmed at once, one alone and both together."),
    "corrections": ("corrections", "takes corrected three times from the known truth."),
    "people": ("people", "clips of two people, together and alone, and their identities."),
    "upper": ("upper_bodies", "the clips cropped at the waist, and the upper body captured alone."),
    "hands": ("hand_moves", "hands that stand on the floor or hold on to something."),
    "face": ("face_accuracy", "rendered faces with known weights, shape by shape."),
}
"""Option → where its `measure_…(data, only)` is, and its help."""


def _measures(command: Callable[..., None]) -> Callable[..., None]:
    for name, (_, text) in reversed(_MEASURES.items()):
        command = click.option(f"--{name}", "measure_name", flag_value=name, help=f"Instead: {text}")(command)
    return command


@click.command("capture")
@click.option("--only", default=None, help="Clips whose name holds this.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder with clips and truth (in the source tree: tests/data).",
)
@click.option(
    "--speed/--no-speed",
    default=True,
    show_default=True,
    help="Also time a 10 s clip of 720×1280 at 30 fps, with hands.",
)
@click.option(
    "--keep", type=click.Path(path_type=Path, file_okay=False), default=None, help="Keep the captured GLBs here."
)
@_measures
@click.option(
    "--examples", is_flag=True, help="Instead: write the pictures of docs/good-clips.md, and print its figures."
)
@click.option("--document", is_flag=True, help="Write docs/capture-quality.md and its pictures.")
def bench_capture(
    only: str | None,
    data: Path,
    speed: bool,
    keep: Path | None,
    measure_name: str | None,
    examples: bool,
    document: bool,
) -> None:
    """Capture the sample clips and compare what is delivered with the truth, joint by joint."""
    if examples:
        from kinetix_bench.capture import good_clips

        print_figures(good_clips.write(data, _ROOT / "docs" / "pictures" / "examples"))
        return
    if measure_name is not None:
        module = importlib.import_module(f"kinetix_bench.capture.{_MEASURES[measure_name][0]}")
        print_figures(getattr(module, f"measure_{measure_name}")(data, only))
        return
    found = measure(data, only, speed, keep)
    if document:
        capture_document.write(found, data, _ROOT / "docs")
    print_figures(found)


def measure(data: Path, only: str | None = None, speed: bool = True, keep: Path | None = None) -> dict[str, Any]:
    """Every figure per clip and in the mean of each kind; the same for the network alone; seconds of a 10 s clip."""
    wanted = [clip for clip in clips(data) if only is None or only in clip.name]
    if not wanted:
        raise InputError(
            "There are no sample clips.",
            code="noData",
            next_step="Run it in a checkout, or name the folder with --data.",
        )
    rows: dict[str, dict[str, dict[str, float]]] = {"delivered": {}, "networkAlone": {}}
    for clip in wanted:
        ours, alone = _measured(clip, data, keep)
        rows["delivered"][clip.name], rows["networkAlone"][clip.name] = ours, alone
    kinds = sorted({clip.kind for clip in wanted})
    means = {
        how: {kind: _mean([found[clip.name] for clip in wanted if clip.kind == kind]) for kind in kinds}
        for how, found in rows.items()
    }
    checks = [
        _check(kind, name, means["delivered"][kind][name], limit)
        for kind, limits in LIMITS.items()
        if kind in means["delivered"]
        for name, limit in limits.items()
    ]
    walks = [row for name, row in rows["delivered"].items() if name in WALKS]
    if walks:
        checks += [
            _check("walks", reading, float(np.mean([row[reading] for row in walks])), DRIFT_LIMIT)
            for reading in ("meanDriftPercent", "endDriftPercent")
        ]
    busy = load()
    seconds, processor = _timed(data) if speed else (None, None)
    if seconds is not None:
        checks.append(_check("speed", "tenSecondsS", seconds, TEN_SECONDS_LIMIT_S))
    return {
        "clips": {how: {name: accuracy.rounded(row) for name, row in found.items()} for how, found in rows.items()},
        "means": {how: {kind: accuracy.rounded(row) for kind, row in found.items()} for how, found in means.items()},
        "checks": checks,
        "tenSecondsS": None if seconds is None else round(seconds, 2),
        "tenSecondsCpuS": None if processor is None else round(processor, 2),
        "loadBefore": round(busy, 1),
        "ok": all(check["ok"] for check in checks),
    }


def _check(kind: str, name: str, value: float, limit: float) -> dict[str, Any]:
    """A figure that does not apply breaks no limit."""
    known = not np.isnan(value)
    return {
        "kind": kind,
        "figure": name,
        "value": round(value, 3) if known else None,
        "limit": limit,
        "ok": not known or value <= limit,
    }


def _mean(rows: list[dict[str, float]]) -> dict[str, float]:
    out = {}
    for key in rows[0]:
        values = np.array([row[key] for row in rows])
        out[key] = float(np.nanmean(values)) if not np.isnan(values).all() else float("nan")
    return out


def _measured(clip: Clip, data: Path, keep: Path | None) -> tuple[dict[str, float], dict[str, float]]:
    """Figures of the delivered file and of the network alone, frame by frame, on the same figure."""
    began = time.monotonic()
    found = captured(clip.path)
    content = glb.write_emote(found.motion)
    seconds = time.monotonic() - began
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        (keep / f"{clip.name}.glb").write_bytes(content)
    truth = truth_of(clip.kind, clip.name, data)
    ours = accuracy.compare(accuracy.delivered(content), truth)
    fit = accuracy.compare(_fitted(found), truth)
    ours |= {"fitPaMm": fit["paMm"], "fitMpjpeMm": fit["mpjpeMm"], "fitScaledMpjpeMm": fit["scaledMpjpeMm"]}
    return ours | {"seconds": seconds}, accuracy.compare(_alone(found), truth)


def _fitted(found: estimate.Captured) -> accuracy.Delivered:
    """Joints of the fit with the person's own proportions and size, before they go onto the mannequin."""
    return _as_delivered(found.state.pose, found.fit.up, 1 / found.fit.scale)


def _alone(found: estimate.Captured) -> accuracy.Delivered:
    """The peer: BlazePose's own 3D in each frame, turned into joint rotations, with the camera's upright as up."""
    rotations = initial_pose.guess(observations.to_body_model(found.seen.world)[0])
    return _as_delivered(FigurePose(rotations, found.state.hips), np.array([0.0, 1.0, 0.0]), 1.0)


def _as_delivered(pose: FigurePose, up: Array, scale: float) -> accuracy.Delivered:
    turn = quat.between(up, np.array([0.0, 1.0, 0.0]))
    names = [HUMANOID[bone] for bone in pose.body.names]
    turns = {name: quat.multiply(turn, pose.turned(number)) for number, name in enumerate(names)}
    joints = quat.rotate(turn, pose.position[:, [names.index(joint) for joint in accuracy.JOINTS]]) * scale
    floor = np.percentile(joints[:, 10:, 1], 5)
    return accuracy.Delivered(joints - [0.0, floor, 0.0], turns, 0.0)


def _timed(data: Path) -> tuple[float, float]:
    """Return seconds of wall time and of processor time for a 10 s clip of 720×1280 at 30 fps, with hands, video in and GLB out."""
    with tempfile.TemporaryDirectory(prefix="kinetix-bench-") as scratch:
        clip = Path(scratch) / "ten.mp4"
        ten_seconds(data / "real" / "cam02.mp4", clip)
        began, used = time.monotonic(), time.process_time()
        deliver.produce(CaptureRequest(clip, Path(scratch), "ten"), lambda progress: None, ["animation-v2.glb"])
        return time.monotonic() - began, time.process_time() - used
