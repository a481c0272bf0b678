"""Every reason why a clip cannot become an emote: the API's code and status, and what to film instead."""

from __future__ import annotations

from pathlib import Path

from kinetix_capture.interface import CaptureRejected
from kinetix_core.errors import InputError

__all__ = [
    "MAX_SECONDS",
    "MIN_SECONDS",
    "SMALLEST_PX",
    "SMALLEST_SHARE",
    "bad_crop",
    "cut_off",
    "half_body",
    "jump_cut",
    "no_such_file",
    "no_such_part",
    "nobody",
    "not_a_video",
    "person_lost",
    "picture_too_large",
    "scene_cut",
    "several_people",
    "too_large",
    "too_long",
    "too_short",
    "too_small",
    "unfinished",
]

MIN_SECONDS = 1.0
MAX_SECONDS = 10.0
SMALLEST_PX = 150
# Of the longer side of the picture; below, the first pass finds a person by luck only.
SMALLEST_SHARE = 0.2


def _rejected(title: str, code: str, status: int, next_step: str, detail: str = "") -> CaptureRejected:
    return CaptureRejected(title, code=code, status=status, next_step=next_step, detail=detail)


def no_such_file(path: Path) -> InputError:
    return InputError(
        f"There is no such file: {path}", code="clipNotFound", next_step="Check the path of the clip, then try again."
    )


def bad_crop() -> InputError:
    return InputError(
        "The crop is not a part of the picture.",
        code="badOption",
        next_step="Give left, top, width and height as fractions of the picture, for example 0.25 0 0.5 1.",
    )


def no_such_part(start: float, end: float | None, seconds: float) -> CaptureRejected:
    part = f"{start:.1f} s to {'the end' if end is None else f'{end:.1f} s'}"
    return _rejected(
        f"The chosen part ({part}) is not in the clip{f', which is {seconds:.1f} s long' if seconds else ''}.",
        "videoTooShort",
        406,
        f"Choose a start and an end inside the clip, {MIN_SECONDS:.0f} to {MAX_SECONDS:.0f} s apart.",
    )


def not_a_video(detail: str) -> CaptureRejected:
    return _rejected(
        "This file is not a video that can be read.",
        "unsupportedMedia",
        415,
        "Use an mp4, mov, webm, mkv or avi file as a phone or camera writes it.",
        detail,
    )


def cut_off(read_s: float, expected_s: float) -> CaptureRejected:
    return _rejected(
        "The file is damaged or cut off.",
        "unsupportedMedia",
        415,
        "Copy or download the clip again, or choose a part from before the damage.",
        f"Only {read_s:.1f} of {expected_s:.1f} s can be read.",
    )


def unfinished() -> CaptureRejected:
    return _rejected(
        "The file is damaged or cut off.",
        "unsupportedMedia",
        415,
        "Copy or download the clip again, or film it again.",
        "It begins as a video, but the part that says where its pictures are is missing: its end was never written or copied.",
    )


def picture_too_large(width: int, height: int) -> CaptureRejected:
    return _rejected(
        f"The picture is {width}×{height}, more than 8K.",
        "fileTooLarge",
        413,
        "Film in 1080p: more does not make the motion better.",
    )


def too_large(size: int, limit: int) -> CaptureRejected:
    return _rejected(
        f"The file has {size / 1e6:.0f} MB; {limit / 1e6:.0f} MB are allowed.",
        "fileTooLarge",
        413,
        "Film in 1080p, or cut the clip to the move itself.",
    )


def too_long(seconds: float) -> CaptureRejected:
    return _rejected(
        f"The clip is {seconds:.1f} s long; an emote has at most {MAX_SECONDS:.0f} s.",
        "videoTooLong",
        413,
        f"Choose the part to use (start and end), or film a move of 1 to {MAX_SECONDS:.0f} s.",
    )


def too_short(seconds: float) -> CaptureRejected:
    return _rejected(
        f"The clip is {seconds:.1f} s long; an emote has at least {MIN_SECONDS:.0f} s.",
        "videoTooShort",
        406,
        f"Film a move of 1 to {MAX_SECONDS:.0f} s, or choose a longer part.",
    )


def nobody(share: float) -> CaptureRejected:
    return _rejected(
        "Nobody was found in the clip.",
        "noPerson",
        406,
        "Film one person from head to feet, in good light, about 3 m from the camera.",
        f"A person is seen in {share:.0%} of the frames.",
    )


def several_people(share: float) -> CaptureRejected:
    return _rejected(
        "More than one person is in the clip.",
        "severalPeople",
        406,
        "Film one person alone, or crop the picture to the one you want.",
        f"A second person is seen in {share:.0%} of the frames.",
    )


def too_small(height: float, longer_side: float) -> CaptureRejected:
    return _rejected(
        "The person is too small in the picture.",
        "personTooSmall",
        406,
        "Go nearer, so that the person fills at least half of the picture's height, or crop the clip.",
        f"The person is about {height:.0f} pixels tall, {height / longer_side:.0%} of the picture's longer side; "
        f"{SMALLEST_PX} pixels and {SMALLEST_SHARE:.0%} are needed.",
    )


def half_body(share: float) -> CaptureRejected:
    return _rejected(
        "The person is not seen from head to feet.",
        "halfBody",
        406,
        "Step back until the whole body, feet included, stays inside the picture for the whole move.",
        f"Feet or head are out of the picture in {share:.0%} of the frames.",
    )


def person_lost(share: float) -> CaptureRejected:
    return _rejected(
        "The person is lost for much of the clip.",
        "personLost",
        406,
        "Keep one person in view, unhidden, for the whole move, or cut the clip to the part where this is so.",
        f"The person is followed in {share:.0%} of the frames.",
    )


def scene_cut(seconds: float) -> CaptureRejected:
    return _rejected(
        f"The scene changes at {seconds:.1f} s.",
        "sceneCut",
        406,
        "Use one uncut shot from a camera that stands still, or choose the part before or after the cut.",
    )


def jump_cut(seconds: float) -> CaptureRejected:
    return _rejected(
        f"The clip is cut, or the camera was knocked, at {seconds:.1f} s: the person is elsewhere from one frame to the next.",
        "sceneCut",
        406,
        "Use one uncut shot, or choose the part before or after the cut.",
    )
