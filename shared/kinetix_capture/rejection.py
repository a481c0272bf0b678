"""Rejections of a clip: the reason, and the facts of this clip."""

from __future__ import annotations

from pathlib import Path

from kinetix_capture.interface import CaptureRejected
from kinetix_core.values.clip_length import ClipLength
from kinetix_core.values.errors import InputError
from kinetix_core.values.failure import FailureReason
from kinetix_core.values.wording import worded

SMALLEST_PX = 150
# Of the longer side of the picture; below, the first pass finds a person by luck only.
SMALLEST_SHARE = 0.2
# A container's duration may be some frames longer than its pictures; what is over is left out.
_SLACK_S = 0.15
# A second of video may lack its last frame.
_SHORT_SLACK_S = 0.05
_LENGTHS = {
    FailureReason.TOO_LONG: "The clip is {seconds} s long; an emote has at most {most} s.",
    FailureReason.TOO_SHORT: "The clip is {seconds} s long; an emote has at least {least} s.",
}
_OTHER_LENGTH = {
    FailureReason.TOO_LONG: "Choose the part to use (start and end), or film a move of {least} to {most} s.",
    FailureReason.TOO_SHORT: "Film a move of {least} to {most} s, or choose a longer part.",
}
# Whether the part has an end, and whether it is known how long the clip is.
_NO_SUCH_PART = {
    (False, False): "The chosen part, from {start} s on, is not in the clip.",
    (False, True): "The chosen part, from {start} s on, is not in the clip, which is {seconds} s long.",
    (True, False): "The chosen part, {start} s to {end} s, is not in the clip.",
    (True, True): "The chosen part, {start} s to {end} s, is not in the clip, which is {seconds} s long.",
}


def no_such_file(path: Path) -> InputError:
    return InputError(
        worded("There is no such file: {path}", path=path),
        code="clipNotFound",
        next_step="Check the path of the clip, then try again.",
    )


def too_many_views(count: int, most: int) -> InputError:
    return InputError(
        worded("{count} clips were given; a take has at most {most}.", count=count, most=most),
        code="tooManyViews",
        next_step=worded("Choose the {most} clips that show the person best.", most=most),
    )


def no_such_part(start: float, end: float | None, seconds: float, allowed: ClipLength) -> CaptureRejected:
    values = {"start": f"{start:.1f}", "end": "" if end is None else f"{end:.1f}", "seconds": f"{seconds:.1f}"}
    return CaptureRejected(
        FailureReason.TOO_SHORT,
        title=worded(_NO_SUCH_PART[end is not None, bool(seconds)], **values),
        next_step=worded("Choose a start and an end inside the clip, {least} to {most} s apart.", **_allowed(allowed)),
    )


def not_a_video(detail: str) -> CaptureRejected:
    return CaptureRejected(FailureReason.NOT_A_VIDEO, detail=detail)


def cut_off(read_s: float, expected_s: float) -> CaptureRejected:
    return CaptureRejected(
        FailureReason.DAMAGED,
        next_step="Copy or download the clip again, or choose a part from before the damage.",
        detail=f"Only {read_s:.1f} of {expected_s:.1f} s can be read.",
    )


def unfinished() -> CaptureRejected:
    return CaptureRejected(
        FailureReason.DAMAGED,
        detail="It begins as a video, but the part that says where its pictures are is missing: its end was never written or copied.",
    )


def picture_too_large(width: int, height: int) -> CaptureRejected:
    return CaptureRejected(
        FailureReason.TOO_LARGE,
        title=worded("The picture is {width}×{height}, more than 8K.", width=width, height=height),
        next_step="Film in 1080p: more does not make the motion better.",
    )


def picture_too_small(width: float, height: float) -> CaptureRejected:
    return CaptureRejected(
        FailureReason.TOO_SMALL,
        title=worded(
            "The picture is {width}×{height} pixels, smaller than a person has to be in it.",
            width=f"{width:.0f}",
            height=f"{height:.0f}",
        ),
        next_step="Film in 720p or 1080p, or crop less of the clip.",
        detail=f"A person of {SMALLEST_PX} pixels has to fit.",
    )


def too_large(size: int, limit: int) -> CaptureRejected:
    return CaptureRejected(
        FailureReason.TOO_LARGE,
        title=worded(
            "The file has {size} MB; {most} MB are allowed.", size=f"{size / 1e6:.0f}", most=f"{limit / 1e6:.0f}"
        ),
    )


def refuse_length(seconds: float, allowed: ClipLength) -> None:
    """Raises CaptureRejected for a part of a clip that is too long, or too short, for an emote."""
    if seconds > allowed.longest_s + _SLACK_S:
        reason = FailureReason.TOO_LONG
    elif seconds < allowed.shortest_s - _SHORT_SLACK_S:
        reason = FailureReason.TOO_SHORT
    else:
        return
    values = {"seconds": f"{max(seconds, 0.0):.1f}", **_allowed(allowed)}
    raise CaptureRejected(
        reason, title=worded(_LENGTHS[reason], **values), next_step=worded(_OTHER_LENGTH[reason], **_allowed(allowed))
    )


def nobody(share: float) -> CaptureRejected:
    return CaptureRejected(FailureReason.NOBODY, detail=f"A person is seen in {share:.0%} of the frames.")


def too_dark(light: float) -> CaptureRejected:
    """`light`: the mean of the picture, 0 black … 1 white."""
    return CaptureRejected(
        FailureReason.NOBODY,
        title="The picture is too dark to find anybody in it.",
        next_step="Film one person from head to feet by daylight, or switch lamps on.",
        detail=f"In the mean it is {light:.0%} as bright as a white one.",
    )


def nobody_there(time_s: float) -> CaptureRejected:
    return CaptureRejected(
        FailureReason.NOBODY,
        title="The chosen person was not found in the clip.",
        next_step="Choose somebody again, or capture everybody in the clip.",
        detail=f"Nobody is seen at the chosen place at {time_s:.1f} s.",
    )


def several_people(share: float) -> CaptureRejected:
    return CaptureRejected(
        FailureReason.SEVERAL_PEOPLE, detail=f"A second person is seen in {share:.0%} of the frames."
    )


def too_small(height: float, longer_side: float) -> CaptureRejected:
    return CaptureRejected(
        FailureReason.TOO_SMALL,
        detail=f"The person is about {height:.0f} pixels tall, {height / longer_side:.0%} of the picture's longer side; "
        f"{SMALLEST_PX} pixels and {SMALLEST_SHARE:.0%} are needed.",
    )


def half_body(share: float, upper: bool = False) -> CaptureRejected:
    """`upper`: the upper body can be captured alone."""
    detail = f"Feet or head are out of the picture in {share:.0%} of the frames."
    if upper:
        return CaptureRejected(
            FailureReason.HALF_BODY,
            title="Only the upper body is in the picture.",
            next_step="Capture the upper body alone, or step back until the feet stay inside the picture for the whole move.",
            detail=detail,
        )
    return CaptureRejected(FailureReason.HALF_BODY, detail=detail)


def no_upper_body(share: float) -> CaptureRejected:
    return CaptureRejected(
        FailureReason.HALF_BODY,
        title="The upper body is not in the picture.",
        next_step="Film yourself from the waist to the head, with both shoulders inside the picture for the whole move.",
        detail=f"A shoulder is out of the picture in {share:.0%} of the frames.",
    )


def person_lost(share: float) -> CaptureRejected:
    return CaptureRejected(FailureReason.LOST, detail=f"The person is followed in {share:.0%} of the frames.")


def scene_cut(seconds: float) -> CaptureRejected:
    return CaptureRejected(
        FailureReason.CUT, title=worded("The scene changes at {seconds} s.", seconds=f"{seconds:.1f}")
    )


def jump_cut(seconds: float) -> CaptureRejected:
    return CaptureRejected(
        FailureReason.CUT,
        title=worded(
            "The clip is cut, or the camera was knocked, at {seconds} s: "
            "the person is elsewhere from one frame to the next.",
            seconds=f"{seconds:.1f}",
        ),
        next_step="Use one uncut shot, or choose the part before or after the cut.",
    )


def _allowed(allowed: ClipLength) -> dict[str, str]:
    return {"least": f"{allowed.shortest_s:g}", "most": f"{allowed.longest_s:g}"}
