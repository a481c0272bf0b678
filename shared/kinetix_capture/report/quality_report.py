"""The quality report of a take: what was seen how well, where feet stood, and which limbs to trust. JSON types only."""

from __future__ import annotations

from typing import Any

import numpy as np

from kinetix_capture import estimate
from kinetix_capture.face import seen_shapes
from kinetix_capture.face.face_track import SMALLEST_PX
from kinetix_capture.fitting import body_model
from kinetix_capture.report import uncertainty
from kinetix_capture.video import decode
from kinetix_core import mannequin
from kinetix_core.motion.contacts import CONTACT_BONES, runs
from kinetix_core.motion.editing import cutting
from kinetix_core.motion.editing.looping import Seam
from kinetix_core.motion.motion import Motion
from kinetix_core.values.captured_body import METADATA, CapturedBody
from kinetix_core.values.wording import worded

LIMBS = {
    "head": (0, 7, 8),
    "trunk": (11, 12, 23, 24),
    "leftArm": (13, 15, 17, 19),
    "rightArm": (14, 16, 18, 20),
    "leftLeg": (25, 27, 29, 31),
    "rightLeg": (26, 28, 30, 32),
}
# Those of hands are told where one stands.
_CONTACTS = {"left": "LeftFoot", "right": "RightFoot", "leftHand": "LeftHand", "rightHand": "RightHand"}
_ARMS, _LEGS = ("leftArm", "rightArm"), ("leftLeg", "rightLeg")
# What is seen of the trunk where the hips are below the picture.
_SHOULDERS = (11, 12)
_CLOSE_M = 0.05
_CLEAR = 0.7
_MOSTLY = 0.5
_HIDDEN_LONG = 1 / 3


def report(
    found: estimate.Estimate, motion: Motion, clip: decode.Clip, seam: Seam | None, height_m: float | None = None
) -> dict[str, Any]:
    """`motion` is what is delivered, perhaps a loop of what was found.

    Shares are of frames, 0 … 1; lengths in metres of the mannequin. `height_m` is the person's; it says how large the emote is in
    life, as one view does not.
    """
    visible = found.fit.visible
    limbs = _limbs(found)
    hands = {
        name: {"seen": _short((weights >= 0.5).mean()), "confidence": _short(weights.mean())}
        for name, weights in zip(("leftHand", "rightHand"), found.fit.hand_weights.T, strict=True)
    }
    stands = dict(zip(CONTACT_BONES, np.array(motion.extras["contacts"], bool).T, strict=False))
    report: dict[str, Any] = {
        "score": _short(_mean_confidence(limbs)),
        "frames": len(motion),
        "limbs": limbs,
        "hands": hands,
        "contacts": {
            name: [list(run) for run in runs(stands[bone])] for name, bone in _CONTACTS.items() if bone in stands
        },
        "upConfidence": _short(found.fit.up_confidence),
        "proportions": {
            name: _short(float(np.exp(value)))
            for name, value in zip(body_model.PROPORTIONS, found.state.shape, strict=True)
        },
        "size": _size(found, motion, height_m),
        "clip": {
            "width": clip.width,
            "height": clip.height,
            "codec": clip.codec,
            "durationS": _short(clip.duration_s),
            "rate": _short(clip.rate),
        },
    }
    moved = found.camera_motion
    report["camera"] = {
        "still": moved is None,
        "swingDegrees": _short(moved.swing if moved else 0.0),
        "carried": moved is not None and moved.translates,
    }
    report["parts"] = [
        {"startS": _short(part.start_s), "endS": _short(part.end_s), "why": part.why}
        for part in cutting.propose(motion)
    ]
    unsure = uncertainty.unsure_spans(uncertainty.confidences(found, _captured_limbs(found)))
    report["unsure"] = [span.as_json() for span in unsure]
    report["armChoices"] = [choice.as_json() for choice in uncertainty.arm_choices(found.fit)]
    if found.fit.captured is not CapturedBody.WHOLE:
        report[METADATA] = found.fit.captured.value
    if "group" in motion.extras:
        report["group"] = motion.extras["group"]
    if seam is not None:
        report["loop"] = {"start": seam.start, "end": seam.end, "seamErrorM": _short(seam.gap_m)}
    there = visible.max(axis=1) > 0
    rows = body_model.rows(_captured_limbs(found)["trunk"])
    trunk = float(visible[there][:, rows].mean()) if there.any() else 0.0
    arms = (visible[:, body_model.rows(LIMBS[arm])].mean(axis=1) for arm in _ARMS)
    hidden = [float((seen < _MOSTLY).mean()) for seen in arms]
    report["hints"] = [*found.notes, *_hints(limbs, trunk, 0.0 if found.fit.measured.further else max(hidden))]
    seen = found.face_seen
    if seen is not None:
        share = float((seen if seam is None else seen[seam.start : seam.end + 1]).mean())
        report["face"] = {"seen": round(share, 3), "shapes": list(seen_shapes.load().names)}
        if share < _MOSTLY:
            text = "The face is seen in {percent} % of the frames. Film it from the front and nearer, {pixels} pixels wide or more."
            report["hints"].insert(0, worded(text, percent=f"{100 * share:.0f}", pixels=f"{SMALLEST_PX:.0f}"))
    return report


def score(found: estimate.Estimate) -> float:
    """Return 0 … 1 how well the person was seen, as the report has it."""
    return _mean_confidence(_limbs(found))


def _mean_confidence(limbs: dict[str, dict[str, float]]) -> float:
    return float(np.mean([limb["confidence"] for limb in limbs.values()]))


def _captured_limbs(found: estimate.Estimate) -> dict[str, tuple[int, ...]]:
    if found.fit.captured is CapturedBody.WHOLE:
        return LIMBS
    limbs = {name: landmarks for name, landmarks in LIMBS.items() if name not in _LEGS}
    return {**limbs, "trunk": _SHOULDERS}


def _limbs(found: estimate.Estimate) -> dict[str, dict[str, float]]:
    visible = found.fit.visible
    limbs = {}
    for name, landmarks in _captured_limbs(found).items():
        rows = body_model.rows(landmarks)
        seen = float(visible[:, rows].mean())
        miss = float(np.median(found.miss[:, rows]))
        limbs[name] = {
            "seen": _short(seen),
            "missM": _short(miss),
            "confidence": _short(seen * float(np.exp(-((miss / _CLOSE_M) ** 2)))),
        }
    return limbs


def _size(found: estimate.Estimate, motion: Motion, height_m: float | None) -> dict[str, Any]:
    """The emote is as tall as the mannequin, so that its feet do not slide; times `scaleToPerson` it has the person's size."""
    figure_m = float(np.ptp(mannequin.load("1k").vertices[:, 1]))
    person_m = figure_m / found.fit.scale if height_m is None else height_m
    length = float(np.linalg.norm(np.diff(motion.root_positions[:, [0, 2]], axis=0), axis=1).sum())
    scale = person_m / figure_m
    return {
        "figureHeightM": _short(figure_m),
        "personHeightM": _short(person_m),
        "given": height_m is not None,
        "scaleToPerson": _short(scale),
        "personWayM": _short(length * scale),
    }


def _short(value: float | np.floating[Any]) -> float:
    return round(float(value), 4)


def _hints(limbs: dict[str, dict[str, float]], trunk: float, arm_hidden: float) -> list[str]:
    """Return advice for the next take.

    Args:
        trunk: how clearly the trunk is seen where the person is seen, 0 … 1.
        arm_hidden: share of frames without one of the arms, for a take of one camera.
    """
    if trunk < _CLEAR:
        return [
            "The body is seen unclearly, so that much of the move is guessed: use more light, and keep the camera still and sharp."
        ]
    hints: list[str] = []
    if min((limbs[leg]["seen"] for leg in _LEGS if leg in limbs), default=1.0) < _MOSTLY:
        hints.append("Keep the feet inside the picture for the whole move.")
    if arm_hidden > _HIDDEN_LONG:
        text = "Film with a second phone from the side: an arm is hidden in {percent} % of the frames."
        hints.append(worded(text, percent=f"{100 * arm_hidden:.0f}"))
    elif min(limbs[arm]["seen"] for arm in _ARMS) < _MOSTLY:
        hints.append("Turn a little, so that no arm stays hidden behind the body.")
    if max(limb["missM"] for limb in limbs.values()) > _CLOSE_M:
        hints.append("Use more light and a camera that stands still; parts of the body are blurred.")
    return hints
