"""A take solved again with what somebody says about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from kinetix_capture import estimate
from kinetix_capture.contacts.said_contacts import SaidContacts
from kinetix_capture.fitting import solver
from kinetix_capture.fitting.clip_fit import ClipFit
from kinetix_capture.fitting.measurements import SEVERAL_VIEWS, Settings
from kinetix_capture.refining import checks, firm
from kinetix_capture.refining.take_file import Take
from kinetix_core.protocol.corrections import Correction

# From the captured solution it takes few steps.
_STEPS = 10


def refine(
    take: Take, corrections: Sequence[Correction], report: Callable[[float], None] = lambda share: None
) -> estimate.Estimate:
    """The take with its corrections; with none of them, what was captured. `report` gets the share done and may raise to stop.

    It always begins with the captured solution: one correction less gives what there was before it came.

    Raises:
        CorrectionError: one is beyond the clip, out of reach, or cannot be followed beside the others.
    """
    turned = estimate.turn_of(take.fit)
    found, said = fit_again(take, corrections, lambda share: report(0.9 * share))
    solved = estimate.finish(found, take.name, said=said, turned=turned, report=lambda share: report(0.9 + 0.1 * share))
    if take.face is not None:
        solved = replace(solved, motion=solved.motion.with_(face=take.face.weights), face_seen=take.face.seen)
    if take.group is not None:
        solved = replace(
            solved, motion=solved.motion.with_(extras={**solved.motion.extras, "group": take.group.as_json()})
        )
    return replace(solved, notes=take.notes, camera_motion=take.camera)


def fit_again(
    take: Take, corrections: Sequence[Correction], report: Callable[[float], None] = lambda share: None
) -> tuple[ClipFit, SaidContacts | None]:
    """The figure that agrees with the corrections, and what they say of feet and hands; None without corrections.

    Raises:
        CorrectionError: as `refine`.
    """
    checks.check_frames(take, corrections)
    checks.check_agreement(corrections, take.used_clips[0])
    if not corrections:
        return take.fit, None
    turn, _ = estimate.turn_of(take.fit)
    given = firm.firm(take.fit, corrections, turn, take.used_clips)
    checks.check_reach(take.fit, corrections, given)
    settings = SEVERAL_VIEWS if take.fit.measured.further else Settings()
    settings = replace(settings, iterations=_STEPS, careful=True)
    state = solver.refine(given.measured, given.state, settings, report)
    found = replace(take.fit, measured=given.measured, state=state)
    checks.check_followed(found, corrections, given)
    return found, given.contacts
